"""Near-duplicates have near hashes, other pictures have not, and flat ones are not hashed."""

import itertools

import numpy as np
import pytest
from PIL import Image

from models.image.banks import hash_of
from models.image.banks.hashing import FARTHEST, TURNS, digest_of, text_of
from tests.unit.models.image.banks.pictures import NEAR, TURNED, photograph


def distance(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.bitwise_count(one ^ other).sum())


@pytest.mark.parametrize("change", NEAR)
def test_a_picture_that_was_changed_a_little_is_within_the_distance(change: str) -> None:
    for seed in range(3):
        before = hash_of(np.asarray(photograph(seed)))
        after = hash_of(np.asarray(NEAR[change](photograph(seed))))
        assert before.usable
        assert distance(before.variants[0], after.variants[0]) <= FARTHEST


def test_other_pictures_are_far_away_however_they_are_turned() -> None:
    hashes = [hash_of(np.asarray(photograph(seed))) for seed in range(12)]
    for one, other in itertools.permutations(hashes, 2):
        assert min(distance(one.variants[0], variant) for variant in other.variants) > 2 * FARTHEST


@pytest.mark.parametrize("turn", TURNED)
def test_a_variant_is_the_hash_of_the_picture_turned_so(turn: str) -> None:
    variants = hash_of(np.asarray(photograph(1))).variants
    turned = hash_of(np.asarray(photograph(1).transpose(TURNED[turn]))).variants[0]
    nearest = min(range(8), key=lambda place: distance(variants[place], turned))
    assert TURNS[nearest] == turn
    assert distance(variants[nearest], turned) <= FARTHEST


@pytest.mark.parametrize(
    "flat",
    [
        Image.new("RGB", (300, 200), "white"),
        Image.new("RGB", (300, 200), "black"),
        Image.linear_gradient("L").convert("RGB"),
        Image.new("RGB", (1, 1), "red"),
    ],
    ids=["white", "black", "a gradient", "one pixel"],
)
def test_the_hash_of_a_flat_picture_is_not_to_be_used(flat: Image.Image) -> None:
    assert not hash_of(np.asarray(flat)).usable


def test_a_hash_is_written_as_64_hexadecimal_digits_and_read_again() -> None:
    picture = hash_of(np.asarray(photograph(2)))
    assert len(picture.text) == 64
    assert text_of(digest_of(picture.text.upper())) == picture.text
    for wrong in ("", "ab", "g" * 64, "a" * 63, "a" * 66, "a" * 62 + " a"):
        with pytest.raises(ValueError, match="is no PDQ hash"):
            digest_of(wrong)
