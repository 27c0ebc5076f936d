"""Which pictures are the same, beside the slow and obvious way."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from moderation.events import Media
from moderation.prints import Print
from moderation.review.pictures import Picture, all_near, bands_of, digest_of, pictures_of, read, written

HASHES = st.integers(0, 2**256 - 1)


def shown(identity: str, own: int | None = None, writing: str = "0" * 32) -> Picture:
    return Picture(identity, None if own is None else Print(f"{own:064x}", writing))


def media(number: int, name: str = "m", kind: str = "image") -> Media:
    return Media(media_id=name, kind=kind, url=f"https://media.example/{number}")  # type: ignore[arg-type]


@given(HASHES, st.sets(st.integers(0, 255), max_size=15))
def test_hashes_that_differ_in_up_to_15_bits_share_a_band(own: int, flipped: set[int]) -> None:
    other = own ^ sum(1 << bit for bit in flipped)
    assert set(enumerate(bands_of(shown("a", own)))) & set(enumerate(bands_of(shown("b", other))))


@given(HASHES)
def test_sixteen_changed_bits_can_change_every_band(own: int) -> None:
    other = own ^ sum(1 << bit for bit in range(0, 256, 16))
    assert not set(enumerate(bands_of(shown("a", own)))) & set(enumerate(bands_of(shown("b", other))))


# Far from each other: three kinds of picture, each with some noise.
KINDS, NOISE = st.integers(0, 2), st.integers(0, 2**8 - 1)
ALBUMS = st.lists(st.builds(lambda kind, noise: shown("", kind * (2**256 - 1) // 3 ^ noise), KINDS, NOISE), max_size=4)


@given(ALBUMS, ALBUMS)
def test_albums_are_near_where_some_order_makes_every_pair_near(first: list[Picture], second: list[Picture]) -> None:
    slow = len(first) == len(second) and any(
        all(one.near(other, 31) for one, other in zip(first, order, strict=True)) for order in permutations(second)
    )
    assert all_near(first, second, 31) is slow


@given(st.lists(st.builds(shown, st.text("0123456789abcdef", min_size=32, max_size=32), st.none() | HASHES)))
def test_what_was_written_is_read_again(pictures: list[Picture]) -> None:
    assert read(written(pictures)) == tuple(pictures)


def test_without_prints_the_address_counts_and_with_both_it_does_not() -> None:
    assert shown("a").near(shown("a", 7), 31)
    assert not shown("a").near(shown("b", 7), 31)
    assert shown("a", 7).near(shown("b", 6), 31)
    assert not shown("a", 0).near(shown("a", 2**256 - 1), 31)


def test_clips_and_pictures_that_share_an_id_have_no_prints() -> None:
    prints = {name: Print("0" * 64, "0" * 32) for name in "abc"}
    found = pictures_of([media(1, "a"), media(2, "b", "video"), media(3, "c"), media(4, "c"), media(5, "d")], prints)
    assert [each.print is not None for each in found] == [True, False, False, False, False]
    assert len({each.identity for each in found}) == 5


def test_of_more_pictures_than_can_be_compared_only_the_same_are_near() -> None:
    prints = {str(number): Print("0" * 64, "0" * 32) for number in range(30)}
    first, second = (pictures_of([media(number + far, str(number)) for number in range(21)], prints) for far in (0, 50))
    assert all_near(first, tuple(reversed(first)), 31)
    assert not all_near(first, second, 31)
    assert digest_of(first) == digest_of(tuple(reversed(first))) != digest_of(second)
