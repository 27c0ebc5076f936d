"""Reading order: every line once, in an order that does not depend on how they came."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.image.reading.arrangement import arranged
from models.image.reading.engine import Found

WIDTH, HEIGHT = 800, 600


def found(text: str, x: float, y: float, width: float, height: float, turned: int = 0) -> Found:
    quad = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], np.float32)
    along = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)][turned], np.float32)
    return Found(text, 0.95, quad, along)


lines = st.builds(
    found,
    st.text("abc ", min_size=1, max_size=5),
    *[st.floats(0, 700, width=16)] * 2,
    *[st.floats(1, 300, width=16)] * 2,
    st.integers(0, 3),
)


@given(st.lists(lines, max_size=12), st.randoms(use_true_random=False))
def test_the_order_in_which_lines_were_found_does_not_matter(every: list[Found], chance: object) -> None:
    shuffled = list(every)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert arranged(shuffled, WIDTH, HEIGHT) == arranged(every, WIDTH, HEIGHT)


@given(st.lists(lines, max_size=12))
def test_every_line_is_there_once_and_blocks_and_rows_count_up(every: list[Found]) -> None:
    order = arranged(every, WIDTH, HEIGHT)
    assert sorted(line.text for line in order) == sorted(each.text for each in every)
    places = [(line.block, line.row) for line in order]
    assert places == sorted(places)
    assert sorted({line.block for line in order}) == list(range(len({line.block for line in order})))
    for line in order:
        assert all(0 <= side <= 1 for side in line.box)
        assert line.box[0] + line.box[2] <= 1.001
        assert line.box[1] + line.box[3] <= 1.001


def test_rows_go_from_left_to_right_and_down() -> None:
    order = arranged(
        [
            found("fourth", 10, 62, 100, 20),
            found("second", 120, 22, 100, 20),
            found("third", 10, 40, 210, 20),
            found("first", 10, 20, 100, 20),
        ],
        WIDTH,
        HEIGHT,
    )
    assert [(line.text, line.block, line.row) for line in order] == [
        ("first", 0, 0), ("second", 0, 0), ("third", 0, 1), ("fourth", 0, 2),
    ]  # fmt: skip


def test_a_heading_is_no_part_of_what_is_small_below_it() -> None:
    order = arranged([found("HEADING", 10, 10, 400, 80), found("small print", 10, 95, 200, 14)], WIDTH, HEIGHT)
    assert [line.block for line in order] == [0, 1]


def test_columns_far_apart_are_blocks_of_their_own() -> None:
    order = arranged(
        [found(f"{side}{row}", x, 20 + 22 * row, 200, 20) for row in range(3) for side, x in (("l", 10), ("r", 400))],
        WIDTH,
        HEIGHT,
    )
    assert [line.text for line in order] == ["l0", "l1", "l2", "r0", "r1", "r2"]


def test_most_characters_say_how_the_picture_lies() -> None:
    order = arranged(
        [
            found("the second line", 40, 10, 20, 300, turned=1),
            found("x", 300, 300, 20, 20),
            found("the first line", 70, 10, 20, 300, turned=1),
        ],
        WIDTH,
        HEIGHT,
    )
    written = [line.text for line in order if len(line.text) > 1]
    assert written == ["the first line", "the second line"]
