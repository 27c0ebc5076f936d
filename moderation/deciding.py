"""From a record to everything that follows from it: decision, review item, shadow decisions, alarms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from moderation.breakers import Breakers
from moderation.events import Alarm, Decision, Post, ReviewItem, Scored, ShadowDecision, Verdict
from moderation.policy import Circumstances, Policy, evaluate, human_decision
from moderation.release import InForce
from moderation.state import Change, Kept
from moderation.state.memory import PREFIXES, Memory, Met
from moderation.state.needs import Needs
from moderation.state.world import World


@dataclass(frozen=True, slots=True)
class Effects:
    """What should be sent. Nothing has happened yet."""

    decision: Decision
    review: ReviewItem | None = None
    shadows: tuple[ShadowDecision, ...] = ()
    alarms: tuple[Alarm, ...] = ()


class Decider:
    """Decides on the posts of one partition, in their order, and remembers what has to be remembered between them.

    A `Kept`: its owner restores it before the first record, and delivers its changes after the effects. Its parts are
    `Kept` in turn, each with the keys of some prefixes.
    """

    def __init__(self, in_force: Callable[[], InForce], partition: int = 0, world: World | None = None) -> None:
        self._in_force = in_force
        self._memory = Memory(partition, world or World())
        self._breakers = Breakers()
        self._parts: Mapping[str, Kept] = {**dict.fromkeys(PREFIXES, self._memory), "breaker": self._breakers}
        self._every: tuple[Policy, ...] = ()
        self._needs = Needs()

    def record(self, record: Scored, offset: int) -> Effects:
        """What follows from a record; `offset` is its place in the scored topic."""
        policies = self._in_force()
        policy = policies.of(record.post)
        needs = self._needed(policies)
        met = Met() if record.post.change == "deleted" else self._memory.meet(record, offset, needs)
        under = Circumstances(met.state, self._open(record, policy))
        outcome = evaluate(record, policy, under)
        decision = outcome.decision
        if needs.strikes:
            self._memory.decided(record, decision, policy, met)
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
        decision = human_decision(verdict)
        post = Post.model_construct(post_id=verdict.post_id, author_id=verdict.author_id)
        self._memory.judged(verdict, decision, self._in_force().of(post))
        return Effects(decision)

    def changes(self) -> list[Change]:
        """See `Kept.changes`."""
        return [change for part in dict.fromkeys(self._parts.values()) for change in part.changes()]

    def restore(self, change: Change) -> None:
        """See `Kept.restore`."""
        if (part := self._part(change)) is not None:
            part.restore(change)

    def elsewhere(self, partition: int, change: Change) -> None:
        """See `Kept.elsewhere`."""
        if (part := self._part(change)) is not None:
            part.elsewhere(partition, change)

    def _open(self, record: Scored, policy: Policy) -> frozenset[str]:
        """Breakers guard live posts: a backfill is asked for, and watched, by people."""
        if record.post.occasion != "live":
            return frozenset()
        return self._breakers.open_at(policy, record.source.time, record.post)

    def _part(self, change: Change) -> Kept | None:
        """Whose a key is. A program to come may have written keys of its own: those are left alone."""
        return self._parts.get(change.key.partition(b":")[0].decode("utf-8", "replace"))

    def _needed(self, policies: InForce) -> Needs:
        every = policies.every
        if every != self._every:
            self._every, self._needs = every, Needs.of(every)
        return self._needs
