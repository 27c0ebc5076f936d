"""What makes two posts as good as the same, beside the slow and obvious way."""

import hashlib
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.events import Media, Post
from moderation.review.likeness import (
    BANDS,
    PIECE,
    PLACES,
    ROWS,
    Likeness,
    likeness_of,
    overlap,
    pieces_of,
    plain,
    signature_of,
)

SPAM = "Earn 500 euros a day from home, no experience needed. Write to Kim on the messenger, today only!"
TEXTS = st.text(st.sampled_from("abcdefghij äß字"), min_size=PIECE, max_size=400)


def look(text: str, *media: Media) -> Likeness | None:
    return likeness_of(Post(post_id="1", text=text, media=media), shortest=24)


def picture(number: int, name: str = "m") -> Media:
    return Media(media_id=name, kind="image", url=f"https://media.example/{number}.jpg")


def near(first: Likeness | None, second: Likeness | None, similarity: float = 0.85) -> bool:
    assert first is not None
    assert second is not None
    return first.near(second.words, second.signature, second.pictures, similarity, bits=31)


def slow_signature(text: str) -> list[int]:
    """One piece and one hash function after the other, in whole numbers."""
    drawn = hashlib.shake_256(b"moderation likeness 1").digest(PLACES * 16)
    words = [int.from_bytes(drawn[place * 8 : place * 8 + 8], "little") for place in range(2 * PLACES)]
    pieces = {text[start : start + PIECE] for start in range(len(text) - PIECE + 1)}
    return [
        min(
            ((zlib.crc32(piece.encode()) * (words[place] | 1) + words[PLACES + place]) % 2**64) >> 32
            for piece in pieces
        )
        for place in range(PLACES)
    ]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(TEXTS)
def test_the_signature_is_what_the_slow_way_gives(text: str) -> None:
    assert signature_of(text).tolist() == slow_signature(text)


@settings(max_examples=50, deadline=None)
@given(TEXTS, TEXTS, st.floats(0.0, 1.0))
def test_the_overlap_is_estimated_within_five_standard_errors(first: str, second: str, shared: float) -> None:
    second = first[: int(len(first) * shared)] + second
    pieces, others = pieces_of(first), pieces_of(second)
    exact = len(pieces & others) / len(pieces | others)
    signatures = [signature_of(text).astype("u1").tobytes() for text in (first, second)]
    assert overlap(*signatures) == pytest.approx(exact, abs=5 * 0.5 / PLACES**0.5)


@pytest.mark.parametrize(
    "other",
    [
        SPAM.upper(),
        f"  {SPAM}!!! ",
        SPAM.replace(" ", " \N{ZERO WIDTH SPACE}· "),
        SPAM.replace("a", "\N{FULLWIDTH LATIN SMALL LETTER A}"),
        f"{SPAM} {SPAM}",
    ],
)
def test_dressing_a_text_up_changes_nothing(other: str) -> None:
    assert near(look(SPAM), look(other))


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (SPAM.replace("500", "501"), True),
        (f"{SPAM} #q", True),
        (SPAM.replace("no experience needed", "my brother lives there"), False),
        ("Nobody should answer people who promise 500 euros a day from home: it is a fraud.", False),
    ],
)
def test_a_changed_word_is_near_and_a_changed_sentence_is_not(other: str, same: bool) -> None:
    assert near(look(SPAM), look(other)) is same


def test_short_texts_are_like_no_other() -> None:
    assert look("I agree completely!") is None
    assert look("          ·  ¡ ! ") is None


def test_pictures_are_the_same_by_what_they_are_in_any_order() -> None:
    assert near(look("", picture(1, "a"), picture(2, "b")), look("", picture(2, "x"), picture(1, "y")))
    assert not near(look("", picture(1)), look("", picture(2)))
    inline = Media(media_id="m", kind="image", content=b"aGFsbG8=")  # type: ignore[arg-type]
    assert near(look("", inline), look("", inline.without_content()))


def test_the_same_text_with_another_picture_is_another_post() -> None:
    assert near(look(SPAM, picture(1)), look(SPAM.upper(), picture(1)))
    assert not near(look(SPAM, picture(1)), look(SPAM, picture(2)))
    assert not near(look(SPAM, picture(1)), look(SPAM))
    assert not near(look("yes", picture(1)), look("no", picture(1)))


def test_near_texts_share_a_band_nearly_always_and_far_ones_seldom() -> None:
    def found(similarity: float) -> float:
        return float(1 - (1 - similarity**ROWS) ** BANDS)

    assert found(0.9) > 0.995
    assert found(0.85) > 0.97
    assert found(0.5) < 0.13


def test_a_plain_text_has_letters_digits_and_single_blanks() -> None:
    assert plain("  Ｈéllo,_WÖRLD…  №5! ") == "héllo wörld no5"
