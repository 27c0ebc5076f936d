"""The text lane against its contract, with the stub and with a small real ONNX model."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.runtime.classifier import Array, Prepared, Row
from models.stub import Stub
from models.text import text_lane
from models.text.lane import TextLane
from models.text.normalise import normalise
from models.text.scorer import MAX_CHARACTERS, Scorer
from moderation.events import LaneResult, Scored
from moderation.settings import Settings
from moderation.signals import SIGNALS
from moderation.taxonomy import TEXT_CATEGORIES
from tests.unit.models.text.lanes import NOW, Counting, record, score

WORDS = ["you", "are", "a", "lovely", "idiot", "buy", "cheap", "pills", "hello", "world", "kill", "cat", "http", "."]


class Gated(Counting):
    """Holds every run until the gate is opened."""

    def __init__(self, sessions: int = 2) -> None:
        super().__init__(sessions)
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)

    def run(self, rows: Sequence[Row], session: int) -> Array:
        self.entered.release()
        assert self.gate.wait(30)
        return super().run(rows, session)


@pytest.fixture(params=["stub", "onnx"])
def make_lane(request: pytest.FixtureRequest, tiny_model: Path) -> Callable[..., TextLane]:
    model = "stub" if request.param == "stub" else str(tiny_model)
    return lambda **kwargs: text_lane(Settings(text_model=model, sessions=2), **kwargs)


def test_a_text_gets_every_declared_signal_that_a_shipped_model_has_with_its_model(
    make_lane: Callable[..., TextLane],
) -> None:
    lane = make_lane()
    [scored] = score(lane, [record("Hello, you lovely world.")])
    assert scored.lanes["text"].state == "scored"
    declared = {name for name, signal in SIGNALS.items() if signal.lane == "text" and signal.type == "score"}
    assert set(scored.signals) == declared - {"text.sexual", "text.self_harm"}
    assert all(0 <= value <= 1 and value == round(value, 6) for value in scored.signals.values())
    model, lexicon = lane.scorer.classifier.name, lane.scorer.lexicon.name
    assert scored.lanes["text"].models == {
        name: lexicon if name.startswith("text.lexicon.") else model for name in scored.signals
    }
    assert scored.attributes == {
        "text.language": "en",
        "text.length": 24,
        "text.truncated": False,
        "text.understood": True,
    }
    assert Scored.model_validate_json(scored.to_json()).to_json() == scored.to_json()


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\u200d"])
def test_a_text_that_says_nothing_has_nothing_to_score(make_lane: Callable[..., TextLane], text: str) -> None:
    [scored] = score(make_lane(), [record(text)])
    assert scored.lanes["text"].state == "nothing_to_score"
    assert not scored.signals
    assert scored.attributes["text.length"] == 0


def test_a_deleted_post_is_not_scored(make_lane: Callable[..., TextLane]) -> None:
    [scored] = score(make_lane(), [record("you idiot", change="deleted")])
    assert scored.lanes["text"].state == "nothing_to_score"
    assert not scored.signals


def test_a_post_past_its_deadline_fails_without_the_model() -> None:
    counting = Counting()
    deadline = timedelta(seconds=10)
    for late, state in ((timedelta(seconds=11), "failed"), (timedelta(seconds=9), "scored")):
        counting.runs.clear()
        now = NOW + late
        [scored] = score(TextLane(Scorer(counting), deadline, now=lambda now=now: now), [record("hello")])
        assert scored.lanes["text"].state == state
        assert sum(counting.runs.values()) == (state == "scored")
        assert scored.lanes["text"].reason == ("deadline" if state == "failed" else None)


def test_what_other_lanes_found_stays(make_lane: Callable[..., TextLane]) -> None:
    other = LaneResult(state="failed", reason="deadline")
    before = record("hello").model_copy(
        update={
            "lanes": {"text": LaneResult(state="pending"), "image": other},
            "signals": {"image.weapon": 0.5},
            "attributes": {"image.count": 2},
        }
    )
    [after] = score(make_lane(), [before])
    assert after.lanes["image"] == other
    assert after.signals["image.weapon"] == 0.5
    assert after.attributes["image.count"] == 2
    assert before.lanes["text"].state == "pending"
    assert after.post == before.post
    assert after.source == before.source


texts = st.lists(
    st.one_of(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join), st.text(max_size=60)), max_size=30
)


@pytest.fixture(scope="module", params=["stub", "onnx"])
def uncached_lanes(request: pytest.FixtureRequest, tiny_model: Path) -> Iterator[tuple[TextLane, TextLane]]:
    """One with two sessions, one with one."""
    model = "stub" if request.param == "stub" else str(tiny_model)
    lanes = [text_lane(Settings(text_model=model, sessions=count, cache_texts=0)) for count in (2, 1)]
    yield lanes[0], lanes[1]
    for lane in lanes:
        asyncio.run(lane.close())


@pytest.fixture(scope="module")
def onnx_lane(tiny_model: Path) -> Iterator[TextLane]:
    lane = text_lane(Settings(text_model=str(tiny_model), sessions=2))
    yield lane
    asyncio.run(lane.close())


@settings(max_examples=50, deadline=None)
@given(texts)
def test_a_score_does_not_depend_on_its_neighbours(uncached_lanes: tuple[TextLane, TextLane], texts: list[str]) -> None:
    two, one = uncached_lanes
    records = [record(text) for text in texts]

    async def alone() -> list[Scored]:
        return [(await one.score([each]))[0] for each in records]

    together, single = asyncio.run(two.score(records)), asyncio.run(alone())
    assert [each.post.text for each in together] == texts
    assert [(each.signals, each.attributes) for each in together] == [
        (each.signals, each.attributes) for each in single
    ]


def test_identical_texts_are_run_once_in_a_window_and_across_windows() -> None:
    counting = Counting()

    async def calls() -> list[Scored]:
        lane = TextLane(Scorer(counting))
        first = await lane.score([record(text) for text in ("spam", "ham", "spam", "  spam ")])
        second = await lane.score([record("ham"), record("eggs")])
        await lane.close()
        return first + second

    scored = asyncio.run(calls())
    assert sorted(counting.runs.values()) == [1, 1, 1]
    assert scored[0].signals == scored[2].signals == scored[3].signals
    assert scored[1].signals == scored[4].signals != scored[5].signals


def test_without_a_cache_a_text_is_run_again_in_the_next_window_only() -> None:
    counting = Counting()

    async def calls() -> None:
        lane = TextLane(Scorer(counting, cache_texts=0))
        first = await lane.score([record("spam"), record("spam")])
        second = await lane.score([record("spam")])
        assert first[0].signals == first[1].signals == second[0].signals
        await lane.close()

    asyncio.run(calls())
    assert list(counting.runs.values()) == [2]


def test_identical_texts_under_way_in_two_windows_share_one_run() -> None:
    gated = Gated()

    async def calls() -> list[list[Scored]]:
        lane = TextLane(Scorer(gated))
        first = asyncio.create_task(lane.score([record("spam")]))
        await asyncio.to_thread(gated.entered.acquire)  # the text is with the model
        second = asyncio.create_task(lane.score([record("spam"), record("ham")]))
        await asyncio.to_thread(gated.entered.acquire)  # "ham" is too, so "spam" was seen again
        gated.gate.set()
        results = [await first, await second]
        await lane.close()
        return results

    first, second = asyncio.run(calls())
    assert sorted(gated.runs.values()) == [1, 1]
    assert first[0].signals == second[0].signals


@settings(max_examples=20, deadline=None)
@given(st.lists(texts, min_size=1, max_size=6))
def test_concurrent_calls_each_get_their_own_records_in_order(onnx_lane: TextLane, windows: list[list[str]]) -> None:
    async def calls() -> list[list[Scored]]:
        return await asyncio.gather(*(onnx_lane.score([record(text) for text in window]) for window in windows))

    assert [[each.post.text for each in result] for result in asyncio.run(calls())] == windows


def test_sessions_work_side_by_side() -> None:
    gated = Gated(sessions=3)

    async def calls() -> None:
        lane = TextLane(Scorer(gated, batch_tokens=1))
        task = asyncio.create_task(lane.score([record(f"text {number}") for number in range(3)]))
        for _ in range(3):  # three runs are under way before any may end
            await asyncio.to_thread(gated.entered.acquire)
        gated.gate.set()
        await task
        await lane.close()

    asyncio.run(calls())


def test_one_row_that_fails_does_not_take_its_neighbours_along(make_model: Callable[..., Path]) -> None:
    lane = text_lane(Settings(text_model=str(make_model(forbidden="kill")), sessions=1))
    bad, good = score(lane, [record("kill you"), record("hello you")])
    assert bad.lanes["text"].state == "failed"
    assert bad.lanes["text"].reason == "model: gave a score that is not a number"
    assert not [name for name in bad.signals if not name.startswith("text.lexicon.")]
    assert bad.attributes["text.length"] == 8
    assert good.lanes["text"].state == "scored"


class Panic(BaseException):
    """As a fault inside a library written in Rust comes up: not an `Exception`."""


class Poisoned(Counting):
    """Cannot take more than `most` rows at once, nor prepare one text, nor run another."""

    most = 2

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        if "unpreparable" in texts:
            raise Panic("cannot prepare this")
        return super().prepare(texts)

    def run(self, rows: Sequence[Row], session: int) -> Array:
        super().run(rows, session)
        if len(rows) > self.most:
            raise MemoryError("out of memory")
        if Stub().prepare(["unrunnable"])[0].rows[0] in rows:
            raise RuntimeError("cannot\nrun this")
        return Stub.run(self, rows, session)


def test_a_batch_that_fails_is_tried_row_by_row() -> None:
    names = ["one", "unrunnable", "two", "unpreparable", "three"]
    scored = score(TextLane(Scorer(Poisoned(), batch_tokens=10_000)), [record(name) for name in names])
    reasons = {each.post.text: each.lanes["text"].reason for each in scored}
    assert reasons == {
        "one": None,
        "unrunnable": "model: cannot run this",
        "two": None,
        "unpreparable": "model: cannot prepare this",
        "three": None,
    }


def test_a_failure_is_not_remembered() -> None:
    class FailsOnce(Counting):
        def run(self, rows: Sequence[Row], session: int) -> Array:
            if not self.runs:
                self.runs.update(map(bytes, rows))
                raise MemoryError("out of memory")
            return super().run(rows, session)

    async def calls() -> list[str]:
        lane = TextLane(Scorer(FailsOnce(sessions=1)))
        states = [(await lane.score([record("hello")]))[0].lanes["text"].state for _ in range(2)]
        await lane.close()
        return states

    assert asyncio.run(calls()) == ["failed", "scored"]


@settings(max_examples=40, deadline=None)
# Single letters with blanks between are read as one word, so cutting the text by hand would cut a word.
@given(st.lists(st.sampled_from([word for word in WORDS if len(word) > 1]), min_size=15, max_size=200))
def test_a_long_text_scores_as_the_worst_of_its_windows(onnx_lane: TextLane, words: list[str]) -> None:
    # By hand: 16 tokens of which 2 are special, 4 of them shared with the window before.
    windows = [" ".join(words[at : at + 14]) for at in range(0, len(words) - 4, 10)]
    whole, *parts = asyncio.run(onnx_lane.score([record(" ".join(words)), *map(record, windows)]))
    assert not whole.attributes["text.truncated"]
    assert whole.signals == {name: max(part.signals[name] for part in parts) for name in whole.signals}


def test_evidence_of_a_long_text_is_the_part_that_gave_it_the_score(onnx_lane: TextLane) -> None:
    ballast = [f"hello number{letter} lovely" for letter in "abcdefghijklmnopqrst"]
    part = "kill a cat kill you idiot kill kill"
    text = "Greetings!!\n\n  " + "\n".join((*ballast[:10], part, *ballast[10:]))
    whole, without = asyncio.run(onnx_lane.score([record(text), record(text.replace(part, ""))]))
    evidence = {each.signal: each for each in whole.lanes["text"].evidence}
    names = {f"text.{category}" for category in onnx_lane.scorer.classifier.categories}
    assert names <= set(evidence)
    raised = [name for name in names if whole.signals[name] > without.signals[name]]
    assert raised
    for name, each in ((name, evidence[name]) for name in names):
        assert each.value == whole.signals[name]
        assert each.start is not None
        assert each.end is not None
        assert 0 < len(normalise(text[each.start : each.end]).split()) <= 14
        if name in raised:
            assert each.start < text.index(part) + len(part)
            assert each.end > text.index(part)


def test_what_a_long_text_says_beyond_the_cap_is_not_read_and_that_is_said(make_lane: Callable[..., TextLane]) -> None:
    base = "hello world " * (MAX_CHARACTERS // 12 + 1)
    whole, longer, shorter = score(
        make_lane(), [record(base), record(base + "kill you " * 100_000), record("hello world")]
    )
    assert whole.attributes["text.truncated"]
    assert longer.attributes["text.truncated"]
    assert longer.signals == whole.signals
    assert longer.attributes["text.length"] == len(longer.post.text)
    assert not shorter.attributes["text.truncated"]


@pytest.mark.parametrize("nothing", [" ", "\u200b", "\n"])
def test_a_text_that_hides_behind_nothing_is_not_taken_for_an_empty_one(
    make_lane: Callable[..., TextLane], nothing: str
) -> None:
    [scored] = score(make_lane(), [record(nothing * MAX_CHARACTERS + "kill you")])
    assert scored.lanes["text"].state == "failed"
    assert "nothing to read in the first 50000 characters" in (scored.lanes["text"].reason or "")
    assert scored.attributes["text.truncated"]


def test_a_fault_of_ours_fails_one_post_and_neither_its_neighbours_nor_the_lane(
    make_lane: Callable[..., TextLane], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = ["broken"]

    def normalise_or_break(text: str) -> str:
        if text in broken:
            raise ZeroDivisionError("division by zero")
        return normalise(text)

    monkeypatch.setattr("models.text.scorer.normalise", normalise_or_break)

    async def calls() -> list[list[str]]:
        lane = make_lane()
        windows = [await lane.score([record("hello"), record("broken")])]
        broken.clear()
        windows.append(await lane.score([record("hello"), record("broken")]))
        await lane.close()
        return [[each.lanes["text"].state for each in window] for window in windows]

    assert asyncio.run(calls()) == [["scored", "failed"], ["scored", "scored"]]


def test_a_fault_in_a_whole_window_fails_it_and_not_the_lane(
    make_lane: Callable[..., TextLane], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def calls() -> list[list[str | None]]:
        lane = make_lane()
        with monkeypatch.context() as patch:
            patch.setattr("models.text.scorer.languages", lambda _: 1 / 0)
            windows = [await lane.score([record("hello"), record("world")])]
        windows.append(await lane.score([record("hello"), record("world")]))
        await lane.close()
        return [[each.lanes["text"].reason for each in window] for window in windows]

    assert asyncio.run(calls()) == [["model: division by zero"] * 2, [None, None]]


def test_a_window_of_nothing_is_answered(make_lane: Callable[..., TextLane]) -> None:
    assert score(make_lane(), []) == []


def test_a_lane_is_ready_only_when_the_window_before_is_with_the_model() -> None:
    gated = Gated(sessions=1)

    async def calls() -> None:
        lane = TextLane(Scorer(gated, batch_tokens=1))
        await lane.ready()
        window = asyncio.create_task(lane.score([record(f"text {number}") for number in range(3)]))
        ready = asyncio.create_task(lane.ready())
        await asyncio.to_thread(gated.entered.acquire)
        assert not ready.done()  # one batch runs, two wait
        gated.gate.set()
        await ready
        await window
        await lane.close()

    asyncio.run(calls())


def test_closing_waits_for_the_calls_under_way_and_ends_every_thread() -> None:
    gated = Gated()

    async def calls() -> list[Scored]:
        before = set(threading.enumerate())
        lane = TextLane(Scorer(gated))
        window = asyncio.create_task(lane.score([record("hello"), record("world")]))
        await asyncio.to_thread(gated.entered.acquire)
        closing = asyncio.create_task(lane.close())
        gated.gate.set()
        await closing
        assert window.done()
        assert not [t for t in set(threading.enumerate()) - before if t.name.startswith(("session", "prepare"))]
        return await window

    assert [each.lanes["text"].state for each in asyncio.run(calls())] == ["scored", "scored"]


def test_a_call_that_is_given_up_does_not_disturb_the_next() -> None:
    gated = Gated(sessions=1)

    async def calls() -> list[Scored]:
        lane = TextLane(Scorer(gated))
        given_up = asyncio.create_task(lane.score([record("hello")]))
        await asyncio.to_thread(gated.entered.acquire)
        given_up.cancel()
        gated.gate.set()
        result = await lane.score([record("hello"), record("world")])
        await lane.close()
        return result

    assert [each.lanes["text"].state for each in asyncio.run(calls())] == ["scored", "scored"]


def test_the_stub_gives_scores_over_the_whole_range() -> None:
    scored = score(TextLane(Scorer(Stub())), [record(f"text {number}") for number in range(400)])
    for category in TEXT_CATEGORIES:
        values = [each.signals[f"text.{category}"] for each in scored]
        assert min(values) < 0.05
        assert max(values) > 0.95
