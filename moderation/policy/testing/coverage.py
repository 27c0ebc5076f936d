"""Which rules the tests saw fire, not fire, and undetermined."""

from collections.abc import Sequence
from dataclasses import dataclass

from moderation.policy.model import Policy
from moderation.policy.synthetic import Given


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one rule or exemption: in how many tests its condition was true, false and neither."""

    rule: str
    fired: int
    not_fired: int
    undetermined: int

    @property
    def complete(self) -> bool:
        """Whether it was seen to fire and not to."""
        return self.fired > 0 and self.not_fired > 0


def coverage(records: Sequence[Given], policy: Policy) -> list[Coverage]:
    """Every rule, then every exemption, by severity and id."""
    ids = [*(own.id for own in policy.rules), *(own.id for own in policy.exemptions)]
    fired, undetermined = [0] * len(ids), [0] * len(ids)
    for given in records:
        found = policy.program.run(given.record, given.under.state)
        for index in found.fired:
            fired[index] += 1
        for index in found.undetermined:
            undetermined[index] += 1
    return [
        Coverage(own, fired[index], len(records) - fired[index] - undetermined[index], undetermined[index])
        for index, own in enumerate(ids)
    ]
