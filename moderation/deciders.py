"""The deciders of one worker, one for each of its partitions, and what they know of the partitions of others."""

from collections.abc import Callable, Iterable

from moderation.deciding import Decider
from moderation.policy import Policy
from moderation.release import InForce
from moderation.state import Change
from moderation.state.memory import PREFIXES
from moderation.state.needs import Needs
from moderation.state.world import World


class Deciders:
    """Deciders by partition. `in_force` gives the policies in force."""

    def __init__(self, in_force: Callable[[], InForce]) -> None:
        self._in_force = in_force
        self._world = World()
        self._deciders: dict[int, Decider] = {}
        self._told: dict[tuple[int, bytes], Change] = {}
        self._asked: tuple[tuple[Policy, ...], bool] = ((), False)

    def __contains__(self, partition: int) -> bool:
        return partition in self._deciders

    def __getitem__(self, partition: int) -> Decider:
        return self._deciders[partition]

    @property
    def look_elsewhere(self) -> bool:
        """Whether a policy in force asks for something that is counted over all partitions."""
        every = self._in_force().every
        if every != self._asked[0]:
            self._asked = (every, Needs.of(every).shared or any(policy.breakers for policy in every))
        return self._asked[1]

    def begin(self, partition: int, remembered: Iterable[Change]) -> None:
        """Decide on a partition from now on, with what its last worker remembered. Raises `StateError`."""
        decider = Decider(self._in_force, partition, self._world)
        for change in remembered:
            decider.restore(change)
        for (other, _), change in self._told.items():
            if other != partition:
                decider.elsewhere(other, change)
        self._deciders[partition] = decider

    def forget(self) -> None:
        """Partitions have changed hands: what is remembered of them may be another worker's."""
        self._deciders.clear()

    def elsewhere(self, partition: int, change: Change) -> None:
        """Note what is counted on a partition, by this worker or another: it reaches the deciders of the others."""
        if change.key.partition(b":")[0].decode("utf-8", "replace") in PREFIXES:
            self._world.note(partition, change)  # which the memories share
            return
        self._told[partition, change.key] = change
        for own, decider in self._deciders.items():
            if own != partition:
                decider.elsewhere(partition, change)
