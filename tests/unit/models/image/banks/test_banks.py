"""Which entry a picture matches, and what an allow bank vetoes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.image.banks import Banks, Match
from models.image.banks.hashing import BYTES, Digests
from tests.unit.models.image.banks.entries import bank, flipped, some

CENTRE = some(1, seed=9)[0]


def at(*distances: int) -> Digests:
    """Digests so many bits from the centre, each in other bits."""
    digests = [flipped(CENTRE, *(np.arange(distance) * 7 + place)) for place, distance in enumerate(distances)]
    return np.array(digests, np.uint8).reshape(-1, BYTES)


def matched(banks: Banks, digest: Digests = CENTRE) -> Match | None:
    [match] = banks.match(digest[None])
    return match


def test_the_nearest_entry_of_all_block_banks_is_the_match() -> None:
    match = matched(Banks([bank("one", at(20, 9)), bank("two", at(12, 5), category="weapon")]))
    assert match is not None
    assert (match.bank, match.category, match.distance, match.entry.why) == ("two", "weapon", 5, "number 1")
    assert match.entry.by == "anna"
    assert match.blocks


def test_of_entries_equally_near_that_of_the_first_bank_by_name_is_taken() -> None:
    match = matched(Banks([bank("b", at(5)), bank("a", at(5), category=None, reason="scam")]))
    assert match is not None
    assert (match.bank, match.category) == ("a", "scam")


@pytest.mark.parametrize(("distance", "matches"), [(30, True), (31, True), (32, False)])
def test_an_entry_matches_up_to_31_bits(distance: int, matches: bool) -> None:
    assert (matched(Banks([bank("one", at(distance))])) is not None) == matches


def test_each_bank_has_its_own_distance() -> None:
    banks = Banks([bank("narrow", at(11), distance=10), bank("wide", at(25), distance=25)])
    match = matched(banks)
    assert match is not None
    assert (match.bank, match.distance) == ("wide", 25)


@pytest.mark.parametrize(("allowed", "blocks"), [(0, False), (9, False), (10, False), (11, True), (31, True)])
def test_an_allowed_picture_vetoes_where_it_is_as_near_or_nearer(allowed: int, blocks: bool) -> None:
    match = matched(Banks([bank("bad", at(10)), bank("fine", at(allowed), kind="allow")]))
    assert match is not None
    assert match.bank == "bad"
    assert match.blocks == blocks
    if not blocks:
        assert match.vetoed_by is not None
        assert (match.vetoed_by.bank, match.vetoed_by.distance) == ("fine", allowed)


def test_an_allowed_picture_near_a_blocked_one_leaves_exact_copies_of_that_blocked() -> None:
    blocked, allowed = CENTRE, at(20)[0]
    banks = Banks([bank("bad", blocked[None]), bank("fine", allowed[None], kind="allow")])
    of_blocked, of_allowed = banks.match(np.array([blocked, allowed]))
    assert of_blocked is not None
    assert of_blocked.blocks
    assert of_allowed is not None
    assert not of_allowed.blocks


def test_an_allow_bank_does_not_veto_beyond_its_own_distance() -> None:
    match = matched(Banks([bank("bad", at(30)), bank("fine", at(29), kind="allow", distance=10)]))
    assert match is not None
    assert match.blocks


def test_what_only_an_allow_bank_has_is_no_match() -> None:
    assert matched(Banks([bank("fine", at(0), kind="allow")])) is None


def test_a_turned_picture_matches_by_the_nearest_of_its_variants() -> None:
    variants = some(8, seed=4)
    variants[5] = at(3)[0]
    banks = Banks([bank("bad", CENTRE[None])])
    one, other = banks.match(np.stack([variants, some(8, seed=5)]))
    assert one is not None
    assert (one.turn, one.distance) == ("mirrored", 3)
    assert other is None


def test_no_banks_and_empty_banks_match_nothing() -> None:
    assert Banks().match(some(3)) == [None, None, None]
    assert Banks([bank("empty", some(0))]).match(some(2)) == [None, None]
    assert Banks([bank("one", at(0))]).match(some(0)) == []


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_match_is_what_comparing_with_every_entry_gives(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(["block", "allow"]), min_size=1, max_size=4))
    reach = data.draw(st.lists(st.integers(0, 31), min_size=len(kinds), max_size=len(kinds)))
    far = st.lists(st.integers(0, 36), max_size=6)
    distances = [data.draw(far) for _ in kinds]
    banks = [
        bank(f"bank-{number}", at(*far), kind=kind, distance=own)
        for number, (kind, own, far) in enumerate(zip(kinds, reach, distances, strict=True))
    ]
    nearest = {
        kind: min(
            ((d, n) for n, of in enumerate(distances) if kinds[n] == kind for d in of if d <= reach[n]), default=None
        )
        for kind in ("block", "allow")
    }
    match = matched(Banks(banks))
    if nearest["block"] is None:
        assert match is None
    else:
        assert match is not None
        assert (match.distance, match.bank) == (nearest["block"][0], f"bank-{nearest['block'][1]}")
        assert match.blocks == (nearest["allow"] is None or nearest["allow"][0] > nearest["block"][0])
