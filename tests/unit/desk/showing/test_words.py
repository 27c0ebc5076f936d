"""The text of a post as a reviewer sees it."""

from hypothesis import given
from hypothesis import strategies as st

from moderation.desk.showing.characters import line, pieces
from moderation.desk.showing.words import marks_of, stretches
from moderation.events import Evidence

ODD = st.sampled_from(["\u202e", "\u200b", "\u0301", "\u0301" * 9, "👩\u200d👧", "a", "\n", "ह\u200d", "\ufe0f", "<b>"])
texts = st.lists(ODD | st.text(max_size=5), max_size=12).map("".join)


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, list[Evidence]]:
    text = draw(texts)
    places = st.integers(-2, len(text) + 3)
    found = st.builds(Evidence, signal=st.sampled_from(["text.hate", "text.spam"]), value=st.just(0.5),
                      start=st.none() | places, end=st.none() | places)  # fmt: skip
    return text, draw(st.lists(found, max_size=5))


@given(texts)
def test_pieces_are_the_whole_text(text: str) -> None:
    found = list(pieces(text))
    assert "".join(piece.text for piece in found) == text
    assert all(text[piece.start :].startswith(piece.text) for piece in found)


@given(marked())
def test_every_character_lies_under_exactly_the_marks_that_cover_it(case: tuple[str, list[Evidence]]) -> None:
    text, evidence = case
    found = stretches(text, marks_of(text, evidence))
    assert "".join(stretch.text for stretch in found) == text
    place = 0
    for stretch in found:
        for at in range(place, place + len(stretch.text)):
            covering = {(e.signal, max(0, e.start), min(len(text), e.end)) for e in evidence
                        if e.start is not None and e.end is not None and e.start <= at < e.end}  # fmt: skip
            assert {(mark.signal, mark.start, mark.end) for mark in stretch.marks} == covering
        place += len(stretch.text)


def test_overlapping_spans_say_both_signals_where_they_overlap() -> None:
    evidence = [
        Evidence(signal="text.hate", value=0.9, start=0, end=8, label="en:x"),
        Evidence(signal="text.insult", value=0.4, start=5, end=12),
    ]
    found = stretches("abcdefghijklmno", marks_of("abcdefghijklmno", evidence))
    assert [(stretch.text, stretch.told) for stretch in found] == [
        ("abcde", "text.hate 0.90 (en:x)"),
        ("fgh", "text.hate 0.90 (en:x); text.insult 0.40"),
        ("ijkl", "text.insult 0.40"),
        ("mno", ""),
    ]


def test_evidence_of_a_picture_marks_no_text() -> None:
    assert marks_of("abc", [Evidence(signal="image.hate", value=1, start=0, end=2, media_id="m")]) == ()


def test_what_turns_or_hides_text_is_named() -> None:
    assert [piece.hidden for piece in pieces("a\u202eb\u200bc\x00")] == [
        None,
        "U+202E right-to-left override",
        None,
        "U+200B zero width space",
        None,
        "U+0000 control character",
    ]
    assert [piece.hidden for piece in pieces("a" + "\u0301" * 20)] == [None, "20 marks"]
    assert line("evil\u202egpj.exe\n x") == "evil<U+202E>gpj.exe x"


def test_so_many_empty_lines_that_nobody_reads_on_are_one_mark() -> None:
    far = "Hello" + "\n" * 298 + "and death to them all"
    assert [(piece.hidden or piece.text) for piece in pieces(far)] == [
        "Hello\n",
        "297 empty lines",
        "\nand death to them all",
    ]
    assert "".join(piece.text for piece in pieces(far)) == far
    assert line(far) == "Hello and death to them all"
    assert [piece.hidden for piece in pieces("\n \n\t\n\n\nbegun late")] == ["5 empty lines", None]
    assert [piece.hidden for piece in pieces("a poem\n\n\n\nof parts")] == [None]


def test_joiners_and_marks_that_a_script_needs_stay() -> None:
    for harmless in ("می\u200cخواهم", "क्\u200dष", "👨\u200d👩\u200d👧 ❤\ufe0f", "Việt Nam", "שָׁלוֹם", "tab\tand\nline"):
        assert [piece.hidden for piece in pieces(harmless)] == [None]
