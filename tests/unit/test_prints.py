"""What makes two pictures near: hashes that differ in few bits, and the same writing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.events import Evidence
from moderation.prints import Print, is_print, of_hash, of_writing, prints_of
from moderation.signals import SIGNALS

DIGITS = "0123456789abcdef" * 4
HASHES = st.integers(0, 2**256 - 1)


def evidence(media_id: str = "m", digits: str = DIGITS, quality: int = 80, written: str = "") -> list[Evidence]:
    """As the lane of pictures has it."""
    return [
        each.model_copy(update={"signal": f"image.{each.signal}", "media_id": media_id})
        for each in (of_hash(digits, quality), of_writing(written))
    ]


def slow_distance(first: int, second: int) -> int:
    """One bit after the other."""
    return sum((first >> bit & 1) != (second >> bit & 1) for bit in range(256))


@given(HASHES, HASHES, st.integers(0, 31))
def test_hashes_are_near_by_the_bits_in_which_they_differ(first: int, second: int, bits: int) -> None:
    expected = slow_distance(first, second) <= bits
    assert Print(f"{first:064x}", "").near(Print(f"{second:064x}", ""), bits) is expected


@given(HASHES, st.sets(st.integers(0, 255), max_size=34))
def test_near_hashes_are_near_up_to_31_bits(own: int, flipped: set[int]) -> None:
    other = own
    for bit in flipped:
        other ^= 1 << bit
    assert Print(f"{own:064x}", "").near(Print(f"{other:064x}", ""), 31) is (len(flipped) <= 31)


def test_another_caption_is_another_picture() -> None:
    captions = ("Buy now!", "BUY  N\N{FULLWIDTH LATIN SMALL LETTER O}W", "Run now!")
    same, dressed, other = (prints_of(evidence(written=caption))["m"] for caption in captions)
    assert same.near(dressed, 31)
    assert not same.near(other, 31)


@pytest.mark.parametrize(
    "found",
    [
        evidence(quality=49),
        evidence()[:1],  # what is written is not known
        evidence()[1:],
        [*evidence(), *evidence()],  # of two pictures by one name
        evidence(digits="ab"),
        [each.model_copy(update={"media_id": None}) for each in evidence()],
        [each.model_copy(update={"at_ms": 500}) for each in evidence()],
        [each.model_copy(update={"signal": each.signal.replace("image", "video")}) for each in evidence()],
    ],
    ids=["flat", "unread", "not hashed", "twice", "no hash", "of no picture", "of a moment", "of a clip"],
)
def test_what_is_not_known_for_sure_is_no_print(found: list[Any]) -> None:
    assert prints_of(found) == {}


def test_prints_are_no_signals() -> None:
    names = [each.signal for each in evidence()]
    assert all(map(is_print, names))
    assert not any(map(is_print, SIGNALS))
    assert not set(names) & set(SIGNALS)
