"""From a record to everything that follows from it: decision, review item, shadow decisions, alarms."""

from collections.abc import Callable
from dataclasses import dataclass

from moderation.breakers import Breakers
from moderation.events import Alarm, Decision, ReviewItem, Scored, ShadowDecision, Verdict
from moderation.policy import Circumstances, Policy, evaluate, human_decision
from moderation.release import InForce
from moderation.state import Change


@dataclass(frozen=True, slots=True)
class Effects:
    """What should be sent. Nothing has happened yet."""

    decision: Decision
    review: ReviewItem | None = None
    shadows: tuple[ShadowDecision, ...] = ()
    alarms: tuple[Alarm, ...] = ()


class Decider:
    """Decides on the posts of one partition, in their order, and remembers what has to be remembered between them.

    A `Kept`: its owner restores it before the first record, and delivers its changes with the effects.
    """

    def __init__(self, in_force: Callable[[], InForce]) -> None:
        self._in_force = in_force
        self._breakers = Breakers()

    def record(self, record: Scored, offset: int) -> Effects:
        """What follows from a record; `offset` is its place in the scored topic."""
        policies = self._in_force()
        policy = policies.of(record.post)
        under = Circumstances(breakers=self._open(record, policy))
        outcome = evaluate(record, policy, under)
        decision = outcome.decision
        alarms = self._breakers.note(decision, policy, record.source.time, offset)
        shadows = tuple(
            ShadowDecision.model_construct(
                decision=evaluate(record, shadow, under).decision, live_hash=policy.hash, live_action=decision.action
            )
            for shadow in policies.shadows
        )
        return Effects(decision, outcome.review, shadows, tuple(alarms))

    def verdict(self, verdict: Verdict) -> Effects:
        """What follows from a reviewer's verdict."""
        return Effects(human_decision(verdict))

    def changes(self) -> list[Change]:
        """See `Kept.changes`."""
        return self._breakers.changes()

    def restore(self, change: Change) -> None:
        """See `Kept.restore`."""
        self._breakers.restore(change)

    def elsewhere(self, partition: int, change: Change) -> None:
        """See `Kept.elsewhere`."""
        self._breakers.elsewhere(partition, change)

    def _open(self, record: Scored, policy: Policy) -> frozenset[str]:
        """Breakers guard live posts: a backfill is asked for, and watched, by people."""
        if record.post.occasion != "live":
            return frozenset()
        return self._breakers.open_at(policy, record.source.time, record.post)
