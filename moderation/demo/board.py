"""Brings together what the topics say about each post: its scores, its decision, or why it is a dead letter."""

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from moderation.dead_letters import DeadLetter
from moderation.demo.listening import Heard
from moderation.events import LANES, Decision, LaneName, Scored

_REMEMBERED = 10_000

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_Place = tuple[int, int]  # partition and offset of the post
_Version = tuple[str, int, tuple[LaneName, ...]]  # post_id, revision and the lanes that are still at work


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision and the record it was made on; None where that came before we listened."""

    decision: Decision
    record: Scored | None


@dataclass(frozen=True, slots=True)
class Dead:
    """A message that could not be processed, with its original bytes."""

    letter: DeadLetter
    value: bytes


class Board:
    """Pairs scores and decisions, whichever comes first. `actions` counts posts by the action that stands.

    A post with pictures comes once for each lane that reports: a decision belongs to the record that it was made on.
    """

    def __init__(self, lanes: Collection[str] = LANES) -> None:
        """`lanes` are those that run: of a post that waits for another, nothing more will come."""
        self.dead = 0
        self._lanes = frozenset(lanes)
        self._settled: set[_Place] = set()
        self._records: OrderedDict[_Version, Scored] = OrderedDict()
        self._early: OrderedDict[_Version, list[Decision]] = OrderedDict()
        self._standing: dict[tuple[str, int], Decision] = {}

    @property
    def actions(self) -> Counter[str]:
        """Action -> how many posts stand with it now."""
        return Counter(decision.action for decision in self._standing.values())

    @property
    def provisional(self) -> int:
        """How many posts still wait for a lane."""
        return sum(1 for decision in self._standing.values() if decision.stage == "provisional")

    @property
    def settled(self) -> int:
        """How many messages of the posts topic are done with: decided by all lanes that run, or dead letters."""
        return len(self._settled)

    def hear(self, heard: Heard) -> Iterator[Decided | Dead]:
        """What is now known in full."""
        value = heard.record.value or b""
        if heard.topic == "dead-letters":
            letter = DeadLetter.from_headers(heard.record.headers)
            self.dead += 1
            if letter.topic.endswith(".posts"):
                self._settled.add((letter.partition, letter.offset))
            yield Dead(letter, value)
            return
        try:
            if heard.topic == "scored":
                yield from self._scored(Scored.model_validate_json(value))
            elif heard.topic == "decisions":
                yield from self._decided(Decision.model_validate_json(value))
        except ValidationError:  # from a newer worker; the decisions of this one are still shown
            return

    def _scored(self, record: Scored) -> Iterator[Decided]:
        version = (record.post.post_id, record.post.revision, record.lanes_in("pending"))
        _remember(self._records, version, record)
        for decision in self._early.pop(version, ()):
            yield self._pair(decision, record)

    def _decided(self, decision: Decision) -> Iterator[Decided]:
        if decision.stage == "human":
            yield self._pair(decision, self._latest(decision))
            return
        waits_for = tuple(lane for lane in LANES if decision.lanes.get(lane) == "pending")
        version = (decision.post_id, decision.revision, waits_for)
        record = self._records.get(version)
        if record is None:
            _remember(self._early, version, [*self._early.get(version, ()), decision])
        else:
            yield self._pair(decision, record)

    def _latest(self, decision: Decision) -> Scored | None:
        """A reviewer saw the post, not what this or that lane made of it."""
        for (post_id, revision, _), record in reversed(self._records.items()):
            if (post_id, revision) == (decision.post_id, decision.revision):
                return record
        return None

    def _pair(self, decision: Decision, record: Scored | None) -> Decided:
        post = (decision.post_id, decision.revision)
        standing = self._standing.get(post)
        if standing is None or standing.order() <= decision.order():
            self._standing[post] = decision
        if record is not None and self._lanes.isdisjoint(record.lanes_in("pending")):
            self._settled.add((record.source.partition, record.source.offset))
        return Decided(decision, record)


def _remember(memory: "OrderedDict[_Key, _Value]", key: _Key, value: _Value) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)
