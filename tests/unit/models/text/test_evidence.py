"""Windows of the normalised text, found again in the text as written."""

from hypothesis import given
from hypothesis import strategies as st

from models.text.evidence import span_in, window_at
from models.text.normalise import normalise

words = st.lists(st.text("abcdefgh", min_size=4, max_size=8), min_size=1, max_size=60)


@given(words, st.sampled_from([" ", "\n", "  ", "\t\n "]), st.data())
def test_a_window_is_found_where_it_stands(words: list[str], blank: str, data: st.DataObject) -> None:
    original, normalised = blank.join(words), " ".join(words)
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    start = len(" ".join(words[:first])) + bool(first)
    end = len(" ".join(words[: last + 1]))
    span = span_in(original, window_at(normalised, start, end))
    if span is not None:
        inside = original[span[0] : span[1]].split()
        assert " ".join(inside) in normalised[start:end]


def test_words_that_were_folded_do_not_hide_the_window() -> None:
    original = "Some plain words first, then\u200b more of them. H4te and ha\u200bte, and then an ordinary ending of it"
    normalised = normalise(original)
    start = normalised.index("then more")
    window = window_at(normalised, start, len(normalised))
    span = span_in(original, window)
    assert span is not None
    assert original[span[0] : span[1]].endswith("ordinary ending of it")
    assert start <= span[0] <= start + 40


def test_a_window_that_could_be_in_two_places_gives_none() -> None:
    text = "the very same words again " * 10
    assert span_in(text, window_at(text, 0, 60)) is None


@given(st.text(), st.integers(0, 50), st.integers(0, 50), st.text())
def test_no_text_breaks_it(normalised: str, start: int, length: int, original: str) -> None:
    span = span_in(original, window_at(normalised, start, start + length))
    assert span is None or 0 <= span[0] < span[1] <= len(original)
