"""What a decision rests on besides the record and the policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from moderation.events import Decision, Scalar


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is remembered, and the breakers that are open. A decision keeps what it used of them, so that it can be
    made again.

    `state` is name -> value, `breakers` are ids.
    """

    state: Mapping[str, Scalar] = field(default_factory=dict)
    breakers: frozenset[str] = frozenset()

    @classmethod
    def of(cls, decision: Decision) -> "Circumstances":
        """Those under which a decision was made."""
        return cls(decision.state or {}, frozenset(decision.breakers or ()))


NONE = Circumstances()
"""Nothing is remembered and no breaker is open."""
