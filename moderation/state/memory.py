"""What is remembered of the posts of one partition: counted once each, whatever comes again."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from moderation.errors import StateError
from moderation.events import Decision, Scalar, Scored, Verdict
from moderation.policy import Policy
from moderation.policy.remembered import Asked
from moderation.state.change import Change
from moderation.state.giving import given_by
from moderation.state.memo import DAY_US, Memo
from moderation.state.needs import Needs, Of, set_of
from moderation.state.traces import Traces, digest_of, micros_of
from moderation.state.windows import FULL, MICROSECONDS, Counter, Distinct, step_of
from moderation.state.world import World

PREFIXES = ("author", "content", "domain")
"""What stands before the first colon of its keys."""

_TOPICS: dict[str, Literal["state", "counts"]] = {"author": "state", "content": "counts", "domain": "counts"}
_SWEPT = 16  # keys looked at with every batch, beside twice as many as it has changed


@dataclass(frozen=True, slots=True)
class Met:
    """What is remembered when a post comes, by name. `again` says that its author's decisions on it were noted."""

    state: dict[str, Scalar] = field(default_factory=dict)
    again: bool = False


class Memory:
    """A `Kept`: authors of one partition, and its own part of what is counted of texts and domains.

    The posts of a partition first come in the order of their offsets: what is not beyond a key's fence was counted.
    `clock` gives seconds since 1970; it bounds the times that posts bring, for forgetting only.
    """

    def __init__(self, partition: int, world: World, clock: Callable[[], float] = time.time) -> None:
        self._partition = partition
        self._world = world
        self._clock = clock
        self._memos: dict[bytes, Memo] = {}
        self._changed: dict[bytes, None] = {}
        self._turns: deque[bytes] = deque()  # every key once: the order in which they are looked at to be forgotten
        self._newest = 0

    def meet(self, record: Scored, offset: int, needs: Needs) -> Met:
        """Count a post, if it is a new one that was not counted yet, and say what is remembered as of its time.

        `offset` is its place on the scored topic.
        """
        post, source = record.post, record.source
        now = micros_of(source.time)
        self._newest = max(self._newest, now)
        counts = post.change == "created" and post.occasion == "live"
        traces = Traces(post)
        met = Met()
        if needs.authors and post.author_id is not None:
            memo = self._changing(_author_key(post.author_id))
            fresh = source.offset > memo.fence
            met = Met(again=offset <= memo.decided or not (fresh or len(record.lanes) > 1))
            memo.decided = max(memo.decided, offset)
            if fresh:
                _count(memo, source.offset, now, needs.author, traces, counts)
            for asked in needs.author.asked:
                _put(met.state, asked, _of_author(memo, asked, now))
        if needs.content.asked:
            keys = [] if traces.content is None else [b"content:%016x" % traces.content]
            self._shared(keys, needs.content, record, counts, traces, met.state)
        if needs.domain.asked:
            keys = [b"domain:" + domain.encode() for domain in traces.domains]
            self._shared(keys, needs.domain, record, counts, traces, met.state)
        return met

    def decided(self, record: Scored, decision: Decision, policy: Policy, met: Met) -> None:
        """Note the strikes that a decision on a record gives or takes back."""
        if met.again or record.post.author_id is None:
            return
        self._note(record.post.author_id, decision, policy, micros_of(record.source.time), 0)

    def judged(self, verdict: Verdict, decision: Decision, policy: Policy) -> None:
        """The same for a reviewer's verdict. A strike counts from the time of the post, where that is known."""
        if verdict.author_id is None:
            return
        decided_at = micros_of(verdict.decided_at)
        posted = decided_at if verdict.source is None else micros_of(verdict.source.time)
        self._note(verdict.author_id, decision, policy, posted, decided_at)

    def changes(self) -> list[Change]:
        """See `Kept.changes`. Forgets, a few keys at a time, what does not matter any more."""
        found: list[Change] = []
        for key in self._changed:
            memo = self._memos[key]
            memo.drop_idle()
            found.append(Change(_topic(key), key, memo.to_json()))
        self._changed.clear()
        return found + self._forgotten(2 * len(found) + _SWEPT)

    def restore(self, change: Change) -> None:
        """See `Kept.restore`. Raises `StateError` for what cannot be read."""
        if change.value is None:
            self._memos.pop(change.key, None)
            return
        try:
            memo = Memo.from_json(change.value)
        except StateError as error:
            raise StateError(f"topic {change.topic}, key {change.key!r}: {error}") from None
        known = self._memos.get(change.key)
        if known is None:
            self._turns.append(change.key)
        else:
            memo, other = (memo, known) if memo.fence >= known.fence else (known, memo)
            memo.strikes.join(other.strikes)
            memo.decided = max(memo.decided, other.decided)
        self._memos[change.key] = memo
        self._newest = max(self._newest, memo.time)

    def elsewhere(self, partition: int, change: Change) -> None:
        """See `Kept.elsewhere`."""
        self._world.note(partition, change)

    def _changing(self, key: bytes) -> Memo:
        memo = self._memos.get(key)
        if memo is None:
            memo = self._memos[key] = Memo()
            self._turns.append(key)
        self._changed[key] = None
        return memo

    def _shared(
        self, keys: Iterable[bytes], of: Of, record: Scored, counts: bool, traces: Traces, state: dict[str, Scalar]
    ) -> None:
        """Count a post under keys that other partitions count under as well, and add up what all know."""
        now, offset = micros_of(record.source.time), record.source.offset
        known: list[list[Memo]] = []
        for key in keys:
            memo = self._memos.get(key)
            if counts and (memo is None or offset > memo.fence):
                memo = self._changing(key)
                _count(memo, offset, now, of, traces, counts)
            known.append([memo or Memo(), *self._world.others(self._partition, key)])
        for asked in of.asked:
            values = [_of_all(memos, asked, now) for memos in known]
            _put(state, asked, max((value for value in values if value is not None), default=0 if not values else None))

    def _note(self, author: str, decision: Decision, policy: Policy, posted: int, decided_at: int) -> None:
        given = given_by(decision, policy, posted, decided_at)
        key = _author_key(author)
        # Without strikes, in the policy or of the author, there is nothing to give and nothing to take back.
        if given is None or not (policy.strikes or key in self._memos):
            return
        memo = self._changing(key)
        memo.strikes.expire(self._now())
        memo.strikes.note(digest_of(decision.post_id), given)

    def _now(self) -> int:
        return min(self._newest, int(self._clock() * MICROSECONDS))

    def _forgotten(self, looks: int) -> list[Change]:
        found: list[Change] = []
        now = self._now()
        for _ in range(min(looks, len(self._turns))):
            key = self._turns.popleft()
            memo = self._memos.get(key)
            if memo is None:
                continue
            if memo.until >= now:
                self._turns.append(key)
            else:
                del self._memos[key]
                found.append(Change(_topic(key), key, None))
        return found


def _author_key(author: str) -> bytes:
    return b"author:" + author.encode("utf-8", "surrogatepass")


def _topic(key: bytes) -> Literal["state", "counts"]:
    return _TOPICS[key.partition(b":")[0].decode()]


def _count(memo: Memo, offset: int, now: int, of: Of, traces: Traces, counts: bool) -> None:
    """Count a post that has not been counted under this key; without `counts` only note that it came."""
    memo.fence = offset
    memo.time = max(memo.time, now)
    if of.first and memo.first is None:
        memo.first = now
    if not counts:
        return
    for window in of.posts:
        memo.counter(window).add(step_of(now, window))
    for kind, window in of.sets:
        for member in traces.members(kind):
            memo.set(kind, window).add(member, step_of(now, window))


def _put(state: dict[str, Scalar], asked: Asked, value: float | None) -> None:
    if value is not None:
        state[asked.name] = int(value) if value == int(value) else value


def _of_author(memo: Memo, asked: Asked, now: int) -> float | None:
    if asked.measure.name == "author.strikes":
        return memo.strikes.weight(now, asked.argument)
    if asked.measure.name == "author.first_seen":
        return None if memo.first is None else round(max(0, now - memo.first) / DAY_US, 4)
    return _of_all([memo], asked, now)


def _of_all(memos: list[Memo], asked: Asked, now: int) -> int | None:
    """What several partitions have counted, the own first; None where the own is not kept for so long."""
    step = step_of(now, asked.window)
    own: Counter | Distinct | None
    if asked.counts_posts:
        counters = [counter for memo in memos if (counter := memo.posts.get(asked.window)) is not None]
        own = memos[0].posts.get(asked.window)
        return None if own is not None and not own.knows(step) else sum(counter.count(step) for counter in counters)
    name = (set_of(asked), asked.window)
    own = memos[0].sets.get(name)
    if own is not None and not own.knows(step):
        return None
    members: set[int] = set()
    for memo in memos:
        if name in memo.sets and len(members) < FULL:
            members.update(memo.sets[name].members(step))
    return min(len(members), FULL)
