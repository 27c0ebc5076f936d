"""The lines of a picture as one text: each is found again where its offsets say."""

from hypothesis import given
from hypothesis import strategies as st

from models.image.reading.line import Line
from models.image.reading.text import MOST_CHARACTERS, Passage, joined


def line(text: str, block: int = 0, row: int = 0) -> Line:
    return Line(text, (0.1, 0.1, 0.2, 0.05), 0.99, block, row)


steps = st.tuples(st.text(min_size=1, max_size=8), st.sampled_from(["row", "next row", "next block"]))


@given(st.lists(steps, max_size=12))
def test_offsets_lead_back_to_the_lines(every: list[tuple[str, str]]) -> None:
    lines, block, row = [], 0, 0
    for text, step in every:
        block, row = (block + 1, 0) if step == "next block" else (block, row + (step == "next row"))
        lines.append(line(text, block, row))
    text = joined(lines)
    assert [text.written[start:end] for start, end in text.spans] == [each.text for each in lines]
    for each, (start, end) in zip(lines, text.spans, strict=True):
        assert text.at(start, end) == [each]
    covered = [index for each in text.blocks for index in range(each.first, each.last + 1)]
    assert covered == list(range(len(lines)))


def test_rows_are_joined_by_blanks_lines_by_breaks_blocks_by_empty_lines() -> None:
    text = joined([line("top", 0, 0), line("right", 0, 0), line("below", 0, 1), line("elsewhere", 1, 0)])
    assert text.written == "top right\nbelow\n\nelsewhere"
    assert text.blocks == [Passage(0, 2), Passage(3, 3)]
    assert text.of(Passage(1, 2)) == "right\nbelow"


def test_chinese_and_japanese_go_on_in_the_next_line_without_a_break() -> None:
    assert (
        joined([line("你们都是", 0, 0), line("害虫 ok", 0, 1), line("走开", 0, 2)]).written == "你们都是害虫 ok\n走开"
    )


def test_no_more_is_taken_than_is_scored() -> None:
    text = joined([line("x" * 999, 0, row) for row in range(9)])
    assert len(text.lines) == 5
    assert len(text.written) <= MOST_CHARACTERS
