"""How much is read is bounded, whatever was found."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.image.reading.bounds import length, within_bounds
from models.image.reading.engine import Quad

quads = st.tuples(*[st.floats(0, 1000, width=32)] * 2, *[st.floats(0, 1024, width=32)] * 2).map(
    lambda box: np.array(
        [
            (box[0], box[1]),
            (box[0] + box[2], box[1]),
            (box[0] + box[2], box[1] + box[3]),
            (box[0], box[1] + box[3]),
        ],
        np.float32,
    )
)


@given(st.lists(quads, max_size=120))
def test_no_more_than_a_core_can_read_in_seconds_is_kept(every: list[Quad]) -> None:
    kept = within_bounds(every)
    assert len(kept) <= 80
    assert sum(map(length, kept)) <= 1_000
    assert all(any(quad is other for other in every) for quad in kept)


@given(st.lists(quads, max_size=60))
def test_all_is_kept_where_it_is_little(every: list[Quad]) -> None:
    if sum(map(length, every)) <= 1_000:
        assert len(within_bounds(every)) == len(every)
