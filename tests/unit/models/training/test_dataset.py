"""What makes the training set: nothing of the evaluation sets, nothing twice, groups on one side, masks."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.training import dataset
from models.training.dataset import Dataset, build
from models.training.examples import HEADS, Example, fingerprint, written
from models.training.readers import Source


def posts(_: Path) -> Iterator[Example]:
    for number in range(300):
        word = spelled(number)
        yield Example(f"A post about {word}!", "posts", {"toxicity": number % 2}, {"spam": 0.0}, f"pair {number // 2}")
    yield Example("a POST about: seen in an evaluation", "posts", {"toxicity": 1.0})
    yield Example("\u200b", "posts", {"toxicity": 1.0})


def copies(_: Path) -> Iterator[Example]:
    yield Example("a post about, " + spelled(3), "copies", {"threat": 1.0})
    yield Example("something else that is new", "copies", {"threat": 1.0})


def held_out(_: Path) -> Iterator[Example]:
    yield Example("A post about seen in an evaluation", "held-out", {"toxicity": 1.0})


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Dataset:
    monkeypatch.setattr(dataset, "READERS", {"posts": Source(posts), "copies": Source(copies, weight=0.5)})
    monkeypatch.setattr(dataset, "EVALUATION", {"held-out": held_out})
    monkeypatch.setattr(dataset, "VALID_SHARE", 0.2)
    monkeypatch.setattr(dataset, "DISGUISED_SHARE", 0.0)
    return build(tmp_path)


def test_texts_of_evaluation_sets_and_repeated_texts_are_dropped(built: Dataset) -> None:
    everything = [*built.train.texts, *built.valid.texts]
    assert not any("evaluation" in text for text in everything)
    assert len({fingerprint(text) for text in everything}) == len(everything) == 301
    assert built.counts["posts"]["leaked"] == 1
    assert built.counts["posts"]["empty"] == 1
    assert built.counts["copies"]["repeated"] == 1


def test_a_group_stays_on_one_side_of_the_split(built: Dataset) -> None:
    held = Counter(number_of(text) // 2 for text in built.valid.texts if text.startswith("A post"))
    assert 10 < len(held) < 60
    assert set(held.values()) == {2}


def test_what_a_set_does_not_annotate_is_masked(built: Dataset) -> None:
    texts = built.train if "something else that is new" in built.train.texts else built.valid
    row = texts.texts.index("something else that is new")
    weights = dict(zip(HEADS, texts.weights[row].tolist(), strict=True))
    assert weights == dict.fromkeys(HEADS, 0.0) | {"threat": 0.5 * dataset.POSITIVE_WEIGHT["threat"]}
    assert texts.targets[row, HEADS.index("threat")] == 1
    other = next(row for row, source in enumerate(built.train.sources) if source == "posts")
    assert built.train.weights[other, HEADS.index("spam")] == dataset.WEAK_WEIGHT


def test_the_same_seed_gives_the_same_set(built: Dataset, tmp_path: Path) -> None:
    again = build(tmp_path)
    assert again.train.texts == built.train.texts
    assert np.array_equal(again.train.weights, built.train.weights)


def test_copies_share_a_fingerprint_and_minimal_pairs_do_not() -> None:
    assert fingerprint('"Hello,  World" 1!') == fingerprint("hello world")
    assert fingerprint("I love 😀 people") != fingerprint("I love 🔪 people")


def test_the_masks_of_the_data_sets_become_ours() -> None:
    assert written("[USER] &amp; <user> see [URL]") == "@user & @user see http"


def spelled(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:03d}")


def number_of(text: str) -> int:
    return int("".join(str("abcdefghij".index(letter)) for letter in text.removeprefix("A post about ").rstrip("!")))
