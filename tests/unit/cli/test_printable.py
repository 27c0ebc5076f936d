"""Nothing a stranger wrote acts on a terminal."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from moderation.cli.printable import json_line, printable, printable_bytes

HARMLESS = {"L", "M", "N", "P", "S", "Zs"}


def is_harmless(text: str) -> bool:
    return all(unicodedata.category(c) in HARMLESS or unicodedata.category(c)[0] in HARMLESS for c in text)


@given(st.text(st.characters()))
def test_no_text_keeps_a_control_character(text: str) -> None:
    assert is_harmless(printable(text))


@given(st.binary())
def test_no_bytes_keep_a_control_character(value: bytes) -> None:
    assert is_harmless(printable_bytes(value))


@given(st.dictionaries(st.text(), st.text()))
def test_json_means_the_same_and_keeps_no_control_character(content: dict[str, str]) -> None:
    line = json_line(json.dumps(content, ensure_ascii=False).encode())
    assert is_harmless(line)
    assert json.loads(line) == content


def test_escapes_are_readable_and_long_text_is_cut() -> None:
    assert printable("a\x1b[31mb\u202ec\nd é 語") == r"a\x1b[31mb\u202ec\nd é 語"
    assert printable("x" * 5_000, 3) == "xxx… (5,000 characters)"
    assert printable_bytes(b"ok \xff\x1b") == r"ok \xff\x1b"
    assert printable_bytes(b"x" * 5_000, 3) == "xxx… (5,000 bytes)"
