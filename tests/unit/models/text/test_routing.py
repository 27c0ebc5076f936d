"""Which model reads a text, and what a record says of it."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.runtime.classifier import Prepared
from models.stub import Stub
from models.text.lane import TextLane
from models.text.routing import Reader, Router
from models.text.scorer import Scorer
from moderation.events import LaneResult, Post, Scored, Source
from moderation.taxonomy import TEXT_CATEGORIES, Category

ENGLISH = "This is a sentence in plain English."
GERMAN = "Das ist ein ganz gewöhnlicher deutscher Satz."
CHINESE = "今天天气很好我们一起去公园吧"
SPANISH = "No entiendo por qué siempre haces lo mismo conmigo."
JAPANESE = "今日はとても天気がいいですね"
RUSSIAN = "Я не понимаю, почему ты всегда так говоришь."
PERSIAN = "نمی‌دانم چرا همیشه این کار را می‌کنی"
NOW = "2026-01-01T00:00:00Z"
WORST = Category("toxicity")


class Named(Stub):
    """A stub by another name that remembers what it was given."""

    def __init__(self, name: str, **options: float) -> None:
        super().__init__(sessions=1, **options)
        self.name = name
        self.read: list[str] = []

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        self.read += texts
        return super().prepare(texts)


class Fails(Named):
    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        raise ValueError("cannot")


def readers(others: Named | None = None) -> list[Reader]:
    taught = {"zh": frozenset({WORST})}
    return [Reader(Named("main@1"), ("en",)), Reader(others or Named("others@1"), ("de", "zh", "ar"), taught)]


def score(router: Router, texts: Sequence[str]) -> list[Scored]:
    async def run() -> list[Scored]:
        lane = TextLane(Scorer(router.readers[0].classifier, router=router))
        try:
            return await lane.score([record(text) for text in texts])
        finally:
            await lane.close()

    return asyncio.run(run())


def record(text: str) -> Scored:
    return Scored.model_validate(
        {
            "post": Post(post_id="p", text=text),
            "source": Source.model_validate({"topic": "posts", "partition": 0, "offset": 0, "time": NOW}),
            "lanes": {"text": LaneResult(state="pending")},
        }
    )


def models_of(scored: Scored) -> set[str]:
    return {name for signal, name in scored.lanes["text"].models.items() if not signal.startswith("text.lexicon.")}


def scores_of(scored: Scored) -> set[str]:
    return {signal for signal in scored.signals if not signal.startswith("text.lexicon.")}


def test_each_language_goes_to_the_model_that_was_taught_in_it() -> None:
    english, german = score(Router(readers()), [ENGLISH, GERMAN])
    assert (models_of(english), models_of(german)) == ({"main@1"}, {"others@1"})
    assert english.attributes["text.understood"]
    assert german.attributes["text.understood"]


def test_a_category_that_was_not_taught_in_a_language_has_no_score_there() -> None:
    [chinese] = score(Router(readers()), [CHINESE])
    assert scores_of(chinese) == {f"text.{WORST}"}
    assert set(chinese.lanes["text"].models) >= {f"text.{WORST}"}


@pytest.mark.parametrize("text", [SPANISH, "ok", "xyzzy 12", "😀", "123"])
def test_other_latin_letters_go_to_the_main_model_which_does_not_claim_to_understand(text: str) -> None:
    [scored] = score(Router(readers()), [text])
    assert models_of(scored) == {"main@1"}
    assert scored.attributes["text.understood"] is False


@pytest.mark.parametrize("text", [JAPANESE, RUSSIAN, PERSIAN, "Γειά σου", "שלום"])
def test_a_script_that_no_model_was_taught_is_scored_without_the_models_signals(text: str) -> None:
    [scored] = score(Router(readers()), [text])
    assert scored.lanes["text"].state == "scored"
    assert scores_of(scored) == set()
    assert scored.attributes["text.understood"] is False
    assert scored.attributes["text.length"] == len(text)


def test_an_arabic_greeting_too_short_to_be_sure_of_is_read_but_not_claimed_to_be_understood() -> None:
    [scored] = score(Router(readers()), ["مرحبا"])
    assert models_of(scored) == {"others@1"}
    assert scored.attributes["text.understood"] is False


@pytest.mark.parametrize("text", [ENGLISH, CHINESE, RUSSIAN, "😀"])
def test_a_model_alone_reads_everything(text: str) -> None:
    [scored] = score(Router([Reader(Named("main@1"), ("en",))]), [text])
    assert scores_of(scored) == {f"text.{category}" for category in TEXT_CATEGORIES}
    assert scored.attributes["text.understood"] is (text is ENGLISH)


@pytest.mark.parametrize("text", [ENGLISH, RUSSIAN])
def test_a_main_model_that_names_no_languages_counts_as_taught_in_all(text: str) -> None:
    [scored] = score(Router([Reader(Named("main@1")), *readers()[1:]]), [text])
    assert models_of(scored) == {"main@1"}
    assert scored.attributes["text.understood"] is True


def test_a_post_without_text_leaves_nothing_not_understood() -> None:
    [scored] = score(Router(readers()), [""])
    assert scored.lanes["text"].state == "nothing_to_score"
    assert scored.attributes["text.understood"] is True


def test_a_model_that_fails_fails_only_what_it_was_to_read() -> None:
    english, german = score(Router(readers(Fails("others@1"))), [ENGLISH, GERMAN])
    assert english.lanes["text"].state == "scored"
    assert (german.lanes["text"].state, german.lanes["text"].reason) == ("failed", "model: cannot")
    assert "text.understood" not in german.attributes


def test_each_model_gets_only_its_own_texts_and_each_text_once() -> None:
    router = Router(readers())
    score(router, [ENGLISH, GERMAN, JAPANESE, ENGLISH, GERMAN])
    main, others = (reader.classifier for reader in router.readers)
    assert isinstance(main, Named)
    assert isinstance(others, Named)
    assert (main.read, others.read) == ([ENGLISH], [GERMAN])


@pytest.fixture(scope="module")
def lane() -> Iterator[TextLane]:
    router = Router(readers())
    lane = TextLane(Scorer(router.readers[0].classifier, cache_texts=0, router=router))
    yield lane
    asyncio.run(lane.close())


@settings(max_examples=20, deadline=None)
@given(st.permutations([ENGLISH, GERMAN, CHINESE, SPANISH, JAPANESE, RUSSIAN]), st.integers(1, 6))
def test_a_text_gets_the_same_scores_whatever_comes_with_it(lane: TextLane, texts: list[str], count: int) -> None:
    async def both() -> tuple[list[Scored], list[Scored]]:
        records = [record(text) for text in texts[:count]]
        together = await lane.score(records)
        await lane.ready()
        return together, [(await lane.score([each]))[0] for each in records]

    together, alone = asyncio.run(both())
    assert [each.signals for each in together] == [each.signals for each in alone]
    assert [each.attributes for each in together] == [each.attributes for each in alone]
