"""Lines through a lane and a policy: each gets its result, in order, whatever the windows and the lane's pace."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from moderation import samples
from moderation.events import LaneName, LaneResult, Scored, Source
from moderation.intake import read_post
from moderation.offline import Decided, Offline, Refused
from moderation.policy import Policy, evaluate, parse_policy

TIME = datetime(2026, 1, 1, tzinfo=UTC)
POLICY: Policy = parse_policy(
    """
policy: offline-test
rules:
  - {id: hateful, when: text.hate >= 0.5, then: remove, because: hate}
  - {id: new-account, when: facts.account_age_days < 2, then: review, because: spam}
facts:
  account_age_days: number
""",
    "offline-test.yaml",
)


class FirstLetter:
    """A lane that finds hate in texts that begin with h, and takes a while that differs from call to call."""

    name: LaneName = "text"

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self.under_way = 0
        self.most_under_way = 0

    async def score(self, records: Sequence[Scored]) -> list[Scored]:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        for _ in range(self._random.randrange(5)):
            await asyncio.sleep(0)
        self.under_way -= 1
        result = LaneResult(state="scored", models={"text.hate": "first-letter@1"})
        return [
            record.model_copy(
                update={"lanes": {**record.lanes, "text": result}, "signals": {"text.hate": self._hate(record)}}
            )
            for record in records
        ]

    async def ready(self) -> None:
        return

    async def close(self) -> None:
        return

    @staticmethod
    def _hate(record: Scored) -> float:
        return 1.0 if record.post.text.startswith("h") else 0.0


def offline(lane: FirstLetter) -> Offline:
    return Offline(lane, POLICY, "posts.jsonl", TIME, max_bytes=10_000)


def results(windows: list[list[bytes]], lane: FirstLetter) -> list[list[Decided | Refused]]:
    async def given_windows() -> AsyncIterator[list[bytes]]:
        for window in windows:
            yield window

    async def collect() -> list[list[Decided | Refused]]:
        return [window async for window in offline(lane).decide(given_windows())]

    return asyncio.run(collect())


def post(number: int, text: str) -> bytes:
    return json.dumps({"post_id": f"p{number}", "text": text}).encode()


_lines = st.lists(st.sampled_from([b"not JSON", b"", post(1, "hello"), post(2, "world"), post(3, "")]))


@given(st.lists(_lines.filter(bool), max_size=8), st.integers(0, 1000))
def test_each_line_has_its_result_in_order_and_two_windows_at_most_are_held(
    windows: list[list[bytes]], seed: int
) -> None:
    lane = FirstLetter(seed)
    found = results(windows, lane)
    assert [len(window) for window in found] == [len(window) for window in windows]
    flat = [result for window in found for result in window]
    assert [result.line for result in flat] == list(range(1, len(flat) + 1))
    for line, result in zip([line for window in windows for line in window], flat, strict=True):
        if isinstance(result, Decided):
            sent = json.loads(line)
            assert result.decision.post_id == sent["post_id"]
            assert result.decision.action == ("remove" if sent["text"].startswith("h") else "allow")
            assert result.record.source.offset == result.line - 1
        else:
            assert line in (b"not JSON", b"")
            assert json.loads(result.to_json())["line"] == result.line
    assert lane.most_under_way <= 2


def test_the_results_do_not_depend_on_the_windows() -> None:
    lines = samples.lines()
    whole = results([lines], FirstLetter())
    single = results([[line] for line in lines], FirstLetter(seed=3))
    assert [r.to_json() for window in whole for r in window] == [r.to_json() for window in single for r in window]


def test_a_slow_source_does_not_keep_back_what_is_decided() -> None:
    async def first_before_the_second_is_read() -> None:
        may_go_on = asyncio.Event()

        async def slow() -> AsyncIterator[list[bytes]]:
            yield [post(1, "first")]
            await may_go_on.wait()
            yield [post(2, "second")]

        windows = offline(FirstLetter()).decide(slow())
        [first] = await anext(windows)
        may_go_on.set()
        [second] = await anext(windows)
        assert (first.line, second.line) == (1, 2)

    asyncio.run(asyncio.wait_for(first_before_the_second_is_read(), timeout=30))


def test_inline_media_stay_out_of_the_record_as_on_the_topics() -> None:
    media = [{"media_id": "m", "kind": "image", "content": "aGVsbG8="}]
    line = json.dumps({"post_id": "p", "text": "hi", "media": media}).encode()
    [[result]] = results([[line]], FirstLetter())
    assert isinstance(result, Decided)
    assert b"aGVsbG8" not in result.record.to_json()
    assert result.decision.stage == "final"  # removed whatever the picture shows


_facts = st.dictionaries(
    st.sampled_from(["account_age_days", "reports"]), st.none() | st.integers(-5, 5) | st.floats(0, 9)
)
_fields: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"facts": _facts, "text": st.text(max_size=5)},
    optional={
        "change": st.sampled_from(["edited", "deleted"]),
        "author_id": st.none() | st.just("a"),
        "unknown": st.none() | st.lists(st.none()),
        "media": st.just([{"media_id": "m", "kind": "video", "content": "aGk="}]),
        "created_at": st.just("2026-01-01T10:00:00+02:00"),
    },
)


@given(_fields)
def test_a_record_is_decided_alike_before_and_after_it_travelled(fields: dict[str, Any]) -> None:
    source = Source(topic="t", partition=0, offset=0, time=TIME)
    record = read_post(json.dumps({"post_id": "p", **fields}).encode(), source, 10_000)
    record = record.model_copy(update={"post": record.post.without_inline_media()})
    travelled = Scored.model_validate_json(record.to_json())
    assert evaluate(record, POLICY).decision.to_json() == evaluate(travelled, POLICY).decision.to_json()
