"""The text model in the package: whole, the same alone as in any batch, and sensible on plain cases."""

import json
from collections.abc import Iterator

import numpy as np
import pytest

from models import manifest
from models.text.normalise import normalise
from models.text.onnx import OnnxTextClassifier
from moderation.settings import Settings
from moderation.taxonomy import Category

FOLDER = manifest.SHIPPED / "text-minilm"

HARMLESS = [
    "Good morning everyone, the meeting starts at ten.",
    "I love this recipe, my whole family asked for more!",
    "Could you please send me the link to the documentation?",
    "The match yesterday was great, both teams played well.",
    "Thanks for your help, that fixed the problem.",
    "What time does the train to Berlin leave tomorrow?",
    "My sister and her wife are visiting us next week.",
    "The article describes the history of the town in the 19th century.",
    "Happy birthday! Hope you have a wonderful day.",
    "Ich fahre morgen mit dem Zug nach Hause.",
]
HARMFUL = [
    ("You are a fucking idiot and everybody hates you.", Category.TOXICITY),
    ("You stupid piece of shit, shut up.", Category.INSULT),
    ("What the fuck is this bullshit?", Category.OBSCENITY),
    ("All muslims are animals and should be thrown out of this country.", Category.HATE),
    ("Women are inferior and too stupid to vote.", Category.HATE),
    ("I will find you and kill you.", Category.THREAT),
    ("URGENT! You have won a £1000 cash prize. Call 09061701461 now to claim.", Category.SPAM),
]


@pytest.fixture(scope="module")
def classifier() -> OnnxTextClassifier:
    return OnnxTextClassifier(FOLDER, Settings(provider="cpu", sessions=1))


def test_every_file_is_the_one_the_manifest_names() -> None:
    spec = manifest.load(FOLDER)
    assert spec.id == FOLDER.name
    assert list(spec.labels.values()) == [
        Category.TOXICITY,
        Category.HATE,
        Category.INSULT,
        Category.THREAT,
        Category.OBSCENITY,
        Category.SPAM,
    ]
    assert set(spec.calibration) == set(spec.labels)


def test_the_model_keeps_to_its_budget_of_size() -> None:
    spec = manifest.load(FOLDER)
    assert (FOLDER / spec.file).stat().st_size <= spec.budgets["size_mb"] * 1_000_000


def test_the_tokenizer_leaves_cutting_and_padding_to_the_serving_code() -> None:
    tokenizer = json.loads((FOLDER / "tokenizer.json").read_text(encoding="utf-8"))
    assert tokenizer["truncation"] is None
    assert tokenizer["padding"] is None


def test_a_post_scores_exactly_the_same_alone_as_in_any_batch(classifier: OnnxTextClassifier) -> None:
    chance = np.random.default_rng(0)
    rows = [row for text in texts(chance) for row in classifier.prepare([normalise(text)])[0].rows]
    rows += [chance.integers(1000, 30000, length).tolist() for length in range(2, 129)]
    alone = np.concatenate([classifier.run([row], 0) for row in rows])
    for size in (2, 3, 9, 32):
        order = chance.permutation(len(rows))
        for start in range(0, len(rows), size):
            batch = order[start : start + size]
            assert np.array_equal(classifier.run([rows[i] for i in batch], 0), alone[batch])


@pytest.mark.parametrize("text", HARMLESS)
def test_a_plainly_harmless_text_has_no_high_score(classifier: OnnxTextClassifier, text: str) -> None:
    scores = score(classifier, text)
    assert max(scores.values()) < 0.5, scores


@pytest.mark.parametrize(("text", "category"), HARMFUL)
def test_a_plainly_harmful_text_has_a_high_score(classifier: OnnxTextClassifier, text: str, category: Category) -> None:
    scores = score(classifier, text)
    assert scores[category] > 0.5, scores


def test_a_disguised_text_scores_as_the_plain_one(classifier: OnnxTextClassifier) -> None:
    plain = score(classifier, "You are an idiot and an asshole")
    assert score(classifier, "You are an id1ot and an @sshole") == plain


def score(classifier: OnnxTextClassifier, text: str) -> dict[Category, float]:
    row = classifier.prepare([normalise(text)])[0].rows[0]
    return dict(zip(classifier.categories, classifier.finish(classifier.run([row], 0))[0].tolist(), strict=True))


def texts(chance: np.random.Generator) -> Iterator[str]:
    """Texts of 1 to 300 words put together from the plain cases, in any script."""
    words = " ".join([*HARMLESS, *(text for text, _ in HARMFUL), "Привет мир 你好 مرحبا 😀 @someone"]).split()
    for length in [*chance.integers(1, 60, 150).tolist(), 150, 300]:
        yield " ".join(chance.choice(words, length))
