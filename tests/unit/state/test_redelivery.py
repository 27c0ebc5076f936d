"""Whatever is delivered again, wherever a worker dies, every post counts once and is decided as if nothing had been."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.events import Decision, LaneName, LaneState, Scored
from moderation.policy import Policy, parse_policy
from moderation.state import Change
from moderation.state.traces import micros_of
from moderation.state.windows import step_of
from tests.unit.state.posts import decider, scored

POLICY = parse_policy(
    """
policy: watching
strikes: {hate: {weight: 2, expires: 1d}, spam: {expires: 2h, for: [remove, restrict]}}
rules:
  - {id: hate, when: text.hate >= 0.9, then: remove, because: hate}
  - {id: flood, when: 'author.posts("10m") >= 4', then: restrict, because: spam}
  - {id: known, when: 'author.strikes >= 2 and author.posts("1m") >= 2', then: remove, because: spam}
  - {id: texts, when: 'author.distinct_texts("10m") >= 9', then: label, because: spam}
  - {id: copies, when: 'content.posts("10m") >= 5 or content.authors("10m") >= 3', then: review, because: spam}
  - {id: seen, when: 'author.first_seen >= 100 and author.strikes("hate") > 9', then: label, because: spam}
"""
)
TEXTS = ["one and the same long text", "another text that is long", "short", ""]
COMPLETE: dict[LaneName, LaneState] = {"text": "scored", "image": "scored"}
WAITING: dict[LaneName, LaneState] = {"text": "scored", "image": "pending"}


@st.composite
def partitions(draw: st.DrawFn) -> list[Scored]:
    """The scored topic of one partition: posts in the order of their offsets, some again, some by a later lane."""
    count = draw(st.integers(1, 25))
    now = 0.0
    posts: list[dict[str, Any]] = []
    for offset in range(count):
        now += draw(st.sampled_from([0, 0.5, 1, 7, 30, 90, 400]))
        fresh = draw(st.integers(0, 9))
        posts.append(
            {
                "offset": offset,
                "seconds": now,
                "author": draw(st.sampled_from(["ann", "bob", None])),
                "text": draw(st.sampled_from(TEXTS)),
                "signals": {"text.hate": draw(st.sampled_from([0.0, 0.0, 1.0]))},
                "change": "edited" if fresh == 0 else "created",
                "occasion": "backfill" if fresh == 1 else "live",
            }
        )
    pictures = draw(st.sets(st.integers(0, count - 1)))
    stream: list[Scored] = []
    position = 0
    rewinds = draw(st.lists(st.integers(0, count), max_size=3))
    while position < count:
        own = posts[position]
        stream.append(scored(**own, lanes=WAITING if position in pictures else None))
        position += 1
        if rewinds and draw(st.booleans()):
            position = min(position, rewinds.pop())
    for offset in sorted(pictures):
        first = next(place for place, record in enumerate(stream) if record.source.offset == offset)
        stream.insert(draw(st.integers(first + 1, len(stream))), scored(**posts[offset], lanes=COMPLETE))
    return stream


class Kafka:
    """What workers have delivered: the first decision of each id, and every change in its order."""

    def __init__(self) -> None:
        self.decisions: dict[str, bytes] = {}
        self.changes: list[Change] = []

    def decide(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            self.decisions.setdefault(decision.decision_id, decision.to_json())

    def of(self, posts: set[str]) -> dict[str, bytes]:
        """The decisions on these posts."""
        return {name: own for name, own in self.decisions.items() if json.loads(own)["post_id"] in posts}

    def standing(self) -> dict[bytes, Any]:
        """The newest value of every key, as compaction leaves it, whatever the order of its parts."""
        return {change.key: _unordered(change.value) for change in self.changes if change.value is not None}


def _unordered(value: bytes) -> Any:
    content = json.loads(value)
    for window, (newest, *numbers) in content.get("posts", {}).items():
        content["posts"][window] = newest, dict(zip(numbers[::2], numbers[1::2], strict=True))
    content["sets"] = {
        (kind, window): (newest, set(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)))
        for kind, window, newest, *numbers in content.get("sets", [])
    }
    content["strikes"] = {post: given for post, *given in content.get("strikes", [])}
    return content


def worked(stream: Sequence[Scored], policy: Policy, size: int = 1) -> Kafka:
    """By one worker that nothing happens to."""
    kafka, own = Kafka(), decider(policy)
    for start in range(0, len(stream), size):
        batch = stream[start : start + size]
        kafka.decide([own.record(record, start + place).decision for place, record in enumerate(batch)])
        kafka.changes += own.changes()
    return kafka


@settings(max_examples=60, deadline=None)
@given(partitions(), st.data())
def test_workers_that_die_at_any_point_decide_and_count_as_one_that_does_not(
    stream: list[Scored], data: st.DataObject
) -> None:
    kafka = Kafka()
    committed = deaths = 0
    while committed < len(stream):
        own = decider(POLICY)
        for change in kafka.changes:
            own.restore(change)
        # A commit may be far behind, or lost.
        position = committed = data.draw(st.integers(max(0, committed - 6), committed)) if deaths else 0
        while position < len(stream):
            batch = stream[position : position + data.draw(st.integers(1, 6))]
            decisions = [own.record(record, position + place).decision for place, record in enumerate(batch)]
            changes = own.changes()
            dies = deaths < 5 and data.draw(st.sampled_from(["no", "no", "deciding", "decided", "changing", "changed"]))
            if dies == "deciding":
                kafka.decide(decisions[: data.draw(st.integers(0, len(decisions)))])  # in order: they are of one topic
                break
            kafka.decide(decisions)
            if dies == "decided":
                break
            if dies == "changing":
                kafka.changes += [change for change in changes if data.draw(st.booleans())]
                break
            kafka.changes += changes
            if dies == "changed":
                break
            position = committed = position + len(batch)
        deaths += 1
    undisturbed = worked(stream, POLICY)
    # A picture may have been waited for the first time, and what is known of the author may have settled it since.
    plain = {record.post.post_id for record in stream if not record.post.media}
    assert kafka.of(plain) == undisturbed.of(plain)
    assert kafka.decisions.keys() >= undisturbed.decisions.keys()
    assert kafka.standing() == undisturbed.standing()


@settings(max_examples=50, deadline=None)
@given(partitions(), st.integers(1, 9), st.randoms())
def test_the_value_that_has_counted_most_stands_whatever_order_a_worker_thought_dead_writes_in(
    stream: list[Scored], size: int, chance: Any
) -> None:
    kafka = worked(stream, POLICY, size)
    shuffled = kafka.changes * 2
    chance.shuffle(shuffled)
    orders = []
    for changes in (kafka.changes, shuffled):
        own = decider(POLICY)
        for change in changes:
            own.restore(change)
        orders.append(
            [own.record(scored(100, 30, author=name, text=TEXTS[0]), 999).decision for name in ("ann", "bob")]
        )
    assert orders[0] == orders[1]


class Obvious:
    """Counts by looking through every post that came before."""

    def __init__(self) -> None:
        self._seen: list[Scored] = []
        self._offsets: set[int] = set()

    def meet(self, record: Scored) -> Iterator[tuple[str, int | None]]:
        post = record.post
        if record.source.offset not in self._offsets and post.change == "created" and post.occasion == "live":
            self._seen.append(record)
        self._offsets.add(record.source.offset)
        for name, window in (("1m", 60), ("10m", 600)):
            if post.author_id is not None:
                mine = [own for own in self._seen if own.post.author_id == post.author_id]
                yield f"author.posts({name})", self._count(mine, record, window)
        copies = [own for own in self._seen if own.post.text == post.text and len(post.text) >= 20]
        yield "content.posts(10m)", self._count(copies, record, 600)

    @staticmethod
    def _count(posts: Sequence[Scored], record: Scored, window: int) -> int | None:
        steps = [step_of(micros_of(own.source.time), window) for own in posts]
        now = step_of(micros_of(record.source.time), window)
        if any(step >= now + 60 for step in steps):
            return None
        return sum(now - 60 < step <= now for step in steps)


@settings(max_examples=60, deadline=None)
@given(partitions())
def test_counts_are_what_looking_through_every_post_gives(stream: list[Scored]) -> None:
    own, obvious = decider(POLICY), Obvious()
    for offset, record in enumerate(stream):
        state = own.record(record, offset).decision.state or {}
        for name, expected in obvious.meet(record):
            assert state.get(name) == expected, (name, offset)
