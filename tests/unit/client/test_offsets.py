"""The set of offsets that were replayed survives its way through Kafka."""

from hypothesis import example, given
from hypothesis import strategies as st

from moderation.client.offsets import OffsetSet

offsets = st.integers(0, 60)


@given(st.sets(offsets), st.integers(0, 20))
def test_a_set_is_the_same_after_it_was_remembered(members: set[int], floor: int) -> None:
    known = OffsetSet(floor)
    for member in members:
        known.add(member)
    again = OffsetSet.read(known.floor, known.metadata())
    expected = set(range(floor)) | members
    assert {offset for offset in range(80) if offset in known} == expected
    assert {offset for offset in range(80) if offset in again} == expected


@given(st.sets(st.integers(0, 2_000), max_size=500))
@example(set(range(0, 4_000, 2)))
def test_what_is_remembered_fits_and_claims_nothing_that_is_not_so(members: set[int]) -> None:
    known = OffsetSet(0, members)
    metadata = known.metadata()
    again = OffsetSet.read(known.floor, metadata)
    assert len(metadata) <= 4_000
    assert all(offset in members for offset in range(4_001) if offset in again)


@given(st.text())
def test_metadata_of_another_origin_is_ignored(metadata: str) -> None:
    assert 3 in OffsetSet.read(4, metadata)


def test_what_expired_counts_as_replayed() -> None:
    known = OffsetSet(0, [5, 6, 9])
    known.skip_to(4)
    assert known.floor == 4
    known.skip_to(5)
    assert (known.floor, known.metadata()) == (7, "9-9")
