"""What pictures say is scored by the text lane's own models, and is shown where it stands."""

import asyncio
from collections.abc import Sequence

import pytest

from models.image.reading import Line, Reader
from models.image.reading.scoring import Said, nothing, said
from models.text.lexicon import SIGNALS
from models.text.onnx import OnnxTextClassifier
from models.text.scorer import Scorer
from moderation.errors import ModelError
from moderation.taxonomy import TEXT_CATEGORIES
from tests.unit.models.image.drawn import page, pixels

HATE = "All muslims are animals and should be thrown out of this country."
HARMLESS = [
    "The bakery opens at seven", "Fresh bread every morning", "We are closed on Sunday", "Ask for our cakes",
    "Coffee and tea to take away", "Thank you for your visit",
]  # fmt: skip


def line(text: str, row: int = 0, block: int = 0) -> Line:
    return Line(text, (0.1, round(0.1 * row + 0.3 * block, 2), 0.5, 0.08), 0.99, block, row)


def scored(model: OnnxTextClassifier, *pictures: Sequence[Line]) -> list[Said]:
    async def call() -> list[Said]:
        scorer = Scorer(model)
        try:
            return await said(scorer, pictures)
        finally:
            await scorer.close()

    return asyncio.run(call())


def plain(model: OnnxTextClassifier, text: str) -> dict[str, float]:
    async def call() -> dict[str, float]:
        scorer = Scorer(model)
        try:
            (reading,) = await scorer.read([text])
        finally:
            await scorer.close()
        assert reading.values is not None
        assert reading.route is not None
        return dict(zip(reading.route.signals, reading.values, strict=True))

    return asyncio.run(call())


def test_hate_in_a_picture_scores_as_it_does_in_a_post(reader: Reader, text_model: OnnxTextClassifier) -> None:
    broken = HATE.replace(" and ", "\nand ").replace(" of ", "\nof ")
    lines = reader.read(pixels(page((40, 60, broken), ink="white", paper="black"))).lines
    (picture,) = scored(text_model, lines)
    post = plain(text_model, HATE)
    assert picture.signals["text.hate"] == pytest.approx(post["text.hate"], abs=0.02)
    assert post["text.hate"] > 0.9
    assert picture.models["text.hate"] == text_model.name
    assert picture.length == len(HATE)


def test_a_caption_is_not_weakened_by_what_else_is_written(text_model: OnnxTextClassifier) -> None:
    caption = [line(HATE, 0, 1)]
    around = [line(text, row) for row, text in enumerate(HARMLESS)]
    (alone,), (within,) = scored(text_model, caption), scored(text_model, around + caption)
    assert within.signals["text.hate"] >= alone.signals["text.hate"] > 0.9


def test_evidence_is_the_line_that_carries_the_score(text_model: OnnxTextClassifier) -> None:
    lines = [line(text, row) for row, text in enumerate([*HARMLESS[:3], HATE, *HARMLESS[3:]])]
    (picture,) = scored(text_model, lines)
    of_hate = [each for each in picture.evidence if each.signal == "text.hate"]
    assert [each.box for each in of_hate] == [lines[3].box]
    assert of_hate[0].value > 0.9


def test_a_sentence_over_two_lines_is_shown_with_both(text_model: OnnxTextClassifier) -> None:
    lines = [line("Women are inferior and", 0), line("too stupid to vote.", 1)]
    lines += [line(text, row + 2) for row, text in enumerate(HARMLESS[:3])]
    (picture,) = scored(text_model, lines)
    boxes = [each.box for each in picture.evidence if each.signal == "text.hate"]
    assert picture.signals["text.hate"] > 0.5
    assert boxes in ([lines[0].box], [lines[0].box, lines[1].box])


def test_a_term_of_the_lexicon_is_shown_in_its_line(text_model: OnnxTextClassifier) -> None:
    lines = [line("good morning"), line("fuck all of this", 1), line("and that", 2)]
    (picture,) = scored(text_model, lines)
    (term,) = [each for each in picture.evidence if each.signal == "text.lexicon.obscenity"]
    assert picture.signals["text.lexicon.obscenity"] == term.value > 0
    assert (term.label, term.box, term.start) == ("en:fuck", lines[1].box, None)


def test_a_picture_without_text_has_nothing_in_every_signal(text_model: OnnxTextClassifier) -> None:
    pictures = scored(text_model, [], [line(HATE)], [line("\u200b")])
    every = {f"text.{category}" for category in TEXT_CATEGORIES} | set(SIGNALS.values())
    for silent in (pictures[0], pictures[2]):
        assert silent.signals == dict.fromkeys(every, 0.0)
        assert silent.models.keys() == every
        assert (silent.evidence, silent.length) == ((), 0)
    assert pictures[1].signals["text.hate"] > 0.9


def test_what_is_low_is_not_pointed_at(text_model: OnnxTextClassifier) -> None:
    (picture,) = scored(text_model, [line(text, row) for row, text in enumerate(HARMLESS)])
    assert picture.evidence == ()
    assert max(picture.signals.values()) < 0.25


def test_pictures_do_not_change_each_others_scores(text_model: OnnxTextClassifier) -> None:
    pictures = [[line(HATE)], [line(text, row) for row, text in enumerate(HARMLESS)], []]
    assert scored(text_model, *pictures) == [each for picture in pictures for each in scored(text_model, picture)]


def test_a_model_that_fails_is_said(text_model: OnnxTextClassifier, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(text_model, "run", fail)
    with pytest.raises(ModelError, match=r"text of a picture: .*out of memory"):
        scored(text_model, [line(HATE)])


def test_the_signals_are_named_before_a_picture_has_come(text_model: OnnxTextClassifier) -> None:
    scorer = Scorer(text_model)
    assert nothing(scorer).models["text.hate"] == text_model.name
    assert nothing(scorer).models["text.lexicon.hate"] == scorer.lexicon.name
    asyncio.run(scorer.close())
