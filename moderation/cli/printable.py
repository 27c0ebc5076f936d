"""Text of strangers on a terminal: nothing in it may act as a control sequence, and it may not fill the screen."""

import unicodedata

_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that move the cursor, reverse or hide text, or have no look of their own."""


def printable(text: str, longest: int | None = None) -> str:
    r"""The text in one line, `\x1b` and the like escaped, cut to `longest` characters."""
    if longest is not None and len(text) > longest:
        return f"{printable(text[:longest])}… ({len(text):,} characters)"
    return "".join(
        _escaped(character) if unicodedata.category(character) in _UNSAFE else character for character in text
    )


def printable_bytes(value: bytes, longest: int | None = None) -> str:
    r"""UTF-8 as text, other bytes as `\xff`; escaped and cut like `printable`, `longest` in bytes."""
    if longest is not None and len(value) > longest:
        return f"{printable_bytes(value[:longest])}… ({len(value):,} bytes)"
    return "".join(
        f"\\x{ord(character) - 0xDC00:02x}" if "\udc80" <= character <= "\udcff" else printable(character)
        for character in value.decode(errors="surrogateescape")
    )


def json_line(value: bytes) -> str:
    """One line of our JSON for a pipe or a terminal: control characters inside strings escaped as JSON has it.

    JSON itself escapes the ASCII ones; those of Unicode are legal in it and act on terminals all the same.
    """
    return "".join(
        _json_escaped(character) if unicodedata.category(character) in _UNSAFE else character
        for character in value.decode()
    )


def _escaped(character: str) -> str:
    return ascii(character)[1:-1]


def _json_escaped(character: str) -> str:
    return "".join(f"\\u{int.from_bytes(unit, 'big'):04x}" for unit in _units(character))


def _units(character: str) -> list[bytes]:
    encoded = character.encode("utf-16-be", "surrogatepass")
    return [encoded[start : start + 2] for start in range(0, len(encoded), 2)]
