"""What the policy stage makes of records and verdicts."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import UTC, datetime

from moderation.dead_letters import DeadLetter
from moderation.deciders import Deciders
from moderation.events import Decision, LaneResult, Post, ReviewItem, Scored, Source, Verdict
from moderation.policy import parse_policy
from moderation.release import InForce
from moderation.settings import TopicName
from moderation.state import Change
from streams.memories import Counted
from streams.messages import Message, Output
from streams.policy import PolicyStage

POLICY = parse_policy(
    """
policy: test
rules:
  - {id: hate-remove, when: text.hate >= 0.9, then: remove, because: hate}
  - {id: hate-look, when: text.hate >= 0.6, then: review, because: hate}
"""
)
SOURCE = Source(topic="moderation.posts", partition=2, offset=5, time=datetime(2026, 1, 1, tzinfo=UTC))


class Memory:
    """What is remembered, in memory. `hook` is called while it is read, `others` is what is counted meanwhile."""

    def __init__(self, stands: Sequence[tuple[int, Change]] = ()) -> None:
        self.stands = list(stands)
        self.reads: list[set[int]] = []
        self.others: asyncio.Queue[list[Counted]] = asyncio.Queue()
        self.hook: Callable[[], None] = lambda: None

    async def read(self, partitions: Collection[int]) -> dict[int, list[Change]]:
        self.reads.append(set(partitions))
        found = {own: [change for at, change in self.stands if at == own] for own in partitions}
        for _ in range(3):
            await asyncio.sleep(0)
        self.hook()
        return found

    async def counts(self) -> AsyncIterator[Sequence[Counted]]:
        while True:
            yield await self.others.get()


def record(hate: float) -> bytes:
    return Scored(
        post=Post(post_id="p1", text="words"),
        source=SOURCE,
        lanes={"text": LaneResult(state="scored", models={"text.hate": "m@1"})},
        signals={"text.hate": hate},
    ).to_json()


def process(topic: TopicName, value: bytes | None) -> list[Output]:
    message = Message(topic, f"moderation.{topic}", 2, 7, 0.0, b"k", value)
    [outputs] = asyncio.run(PolicyStage(lambda: InForce(POLICY), Memory()).process([message]))
    return outputs


def test_a_record_becomes_a_decision_on_its_partition() -> None:
    [output] = process("scored", record(0.95))
    decision = Decision.model_validate_json(output.value or b"")
    assert (output.topic, output.partition, output.key) == ("decisions", 2, b"p1")
    assert (decision.action, decision.stage, decision.policy_hash) == ("remove", "final", POLICY.hash)


def test_a_record_for_people_becomes_a_decision_and_a_review_item() -> None:
    decision, review = process("scored", record(0.7))
    item = ReviewItem.model_validate_json(review.value or b"")
    assert (review.topic, review.partition) == ("reviews", 2)
    assert item.decision_id == Decision.model_validate_json(decision.value or b"").decision_id


def test_a_verdict_becomes_a_human_decision() -> None:
    verdict = Verdict(
        verdict_id="v1", post_id="p1", action="allow", reviewer="ann", decided_at=datetime(2026, 1, 2, tzinfo=UTC)
    )
    [output] = process("verdicts", verdict.to_json())
    decision = Decision.model_validate_json(output.value or b"")
    assert (decision.stage, decision.action, decision.verdict_id) == ("human", "allow", "v1")
    assert process("verdicts", verdict.to_json()) == [output] or output.origin is not None


def test_what_is_no_record_becomes_a_dead_letter_with_the_field_that_is_wrong() -> None:
    [letter] = process("scored", b'{"schema": "scored/1", "post": {"post_id": "p"}, "lanes": {}}')
    header = DeadLetter.from_headers(letter.headers)
    assert (letter.topic, letter.partition, header.stage, header.offset) == ("dead-letters", 2, "policy", 7)
    assert "source" in header.message
    for value in (None, b"", b"\xff"):
        assert [output.topic for output in process("verdicts", value)] == ["dead-letters"]


COUNTING = InForce(
    parse_policy("policy: p\nrules: [{id: a, when: 'author.posts(\"1h\") > 2', then: label, because: spam}]")
)
COPIES = InForce(
    parse_policy("policy: p\nrules: [{id: a, when: 'content.posts(\"1h\") > 2', then: label, because: spam}]")
)
TEXT = "a text that is long enough"


def post(offset: int, partition: int = 0, author: str = "ann") -> Message:
    made = Scored(
        post=Post(post_id=f"p{offset}", author_id=author, text=TEXT),
        source=Source(topic="moderation.posts", partition=partition, offset=offset, time=SOURCE.time),
        lanes={"text": LaneResult(state="scored")},
    )
    return Message("scored", "moderation.scored", partition, offset, 0.0, b"k", made.to_json())


def counts(outputs: Sequence[Sequence[Output]]) -> list[int]:
    states = [Decision.model_validate_json(group[0].value or b"").state for group in outputs]
    return [int(next(iter((state or {"": -1}).values()))) for state in states]


def kept(outputs: Sequence[Sequence[Output]]) -> list[tuple[int, Change]]:
    """What is sent last, as it then stands on its topic."""
    sent = [own for group in outputs for own in group if own.last]
    return [(own.partition, Change(own.topic, own.key or b"", own.value)) for own in sent]  # type: ignore[arg-type]


def test_a_batch_writes_each_key_once_with_the_last_message_of_its_partition() -> None:
    stage = PolicyStage(lambda: COUNTING, Memory())
    batch = [post(0), post(0, 1), post(1), post(2, author="bob"), post(1, 1)]
    outputs = asyncio.run(stage.process(batch))
    assert counts(outputs) == [1, 1, 2, 1, 2]
    last = [[(own.topic, own.partition, own.key) for own in group if own.last] for group in outputs]
    ann, bob = b"author:ann", b"author:bob"
    assert last == [[], [], [], [("state", 0, ann), ("state", 0, bob)], [("state", 1, ann)]]


def test_a_partition_s_memory_is_read_before_its_first_record_and_again_when_it_changes_hands() -> None:
    async def scenario() -> None:
        memory = Memory()
        stage = PolicyStage(lambda: COUNTING, memory)
        memory.stands += kept(await stage.process([post(0), post(1)]))
        assert counts(await stage.process([post(2)])) == [3]  # is not delivered
        stage.reassigned()
        outputs = await stage.process([post(1), post(2), post(0, 1)])
        assert counts(outputs) == [2, 3, 1]
        assert memory.reads == [{0}, {0, 1}]

    asyncio.run(scenario())


def test_batches_are_decided_in_the_order_they_came_while_a_memory_is_read() -> None:
    async def scenario() -> None:
        stage = PolicyStage(lambda: COUNTING, Memory())
        batches = [asyncio.create_task(stage.process([post(number)])) for number in range(5)]
        assert [counts(await batch) for batch in batches] == [[1], [2], [3], [4], [5]]

    asyncio.run(scenario())


def test_a_memory_that_was_read_before_the_partition_changed_hands_is_read_anew() -> None:
    async def scenario() -> None:
        memory = Memory()
        stage = PolicyStage(lambda: COUNTING, memory)

        def changes_hands() -> None:
            memory.hook = lambda: None
            memory.stands += kept(written)
            stage.reassigned()

        written = await PolicyStage(lambda: COUNTING, Memory()).process([post(0), post(1)])
        memory.hook = changes_hands
        assert counts(await stage.process([post(2)])) == [3]
        assert memory.reads == [{0}, {0}]

    asyncio.run(scenario())


def test_what_other_partitions_count_is_known_before_the_first_decision_that_needs_it() -> None:
    async def scenario() -> None:
        memory = Memory()
        stage = PolicyStage(lambda: COPIES, memory)
        following = asyncio.create_task(stage.follow())
        deciding = asyncio.create_task(stage.process([post(0)]))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not deciding.done()
        there = Deciders(lambda: COPIES)
        there.begin(1, [])
        for number in (0, 1):
            there[1].record(Scored.model_validate_json(post(number, 1).value or b""), number)
        memory.others.put_nowait([Counted(1, change) for change in there[1].changes()])
        assert counts(await deciding) == [3]
        following.cancel()

    asyncio.run(scenario())
