"""The words that can be pointed at cover what can be seen, each once, in order."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.units import units

TEXTS = st.text(st.sampled_from("abc d.e!\u200b\u202e\n\t这あ😀e\u0301مر'@$"), max_size=120) | st.text(max_size=60)


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in units(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Shut up, you (stupid) idiot!!", ["Shut", "up", "you", "stupid", "idiot"]),
        ("sh!t @user a$$ don't", ["sh!t", "@user", "a$$", "don't"]),
        ("you i d i o t now", ["you", "i d i o t", "now"]),
        ("u r a fool", ["u", "r", "a", "fool"]),
        ("你是 idiot", ["你", "是", "idiot"]),
        ("\u202eid\u200biot\u202c \u200b", ["id\u200biot"]),
        ("wow !!! :(", ["wow", "!!!", ":("]),
        ("x" * 90, ["x" * 40, "x" * 40, "x" * 10]),
        ("", []),
    ],
)
def test_words_are_those_that_a_reader_sees(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(TEXTS)
def test_words_do_not_overlap_and_stand_in_order(text: str) -> None:
    spans = units(text)
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@given(TEXTS)
def test_every_letter_stands_in_a_word(text: str) -> None:
    covered = {index for start, end in units(text) for index in range(start, end)}
    assert all(index in covered for index, character in enumerate(text) if character.isalnum())
