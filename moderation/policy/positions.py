"""From a place in the value of a YAML scalar back to its place in the file.

YAML folds lines, strips indents and unescapes, but keeps every character that is not white space, in order: the
n-th such character of the value is the n-th of the raw text. So no scalar style needs its rules repeated here.
"""

import re

from yaml import ScalarNode

_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\r\n|.)", re.DOTALL)
_WHITE_ESCAPES = frozenset(" \t\n\r\x85\u2028\u2029tnveNLP_")  # what stands after a backslash and yields white space
_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")


def lines_of(source: str) -> list[str]:
    """The lines as YAML counts them."""
    return _BREAK.split(source)


def line_and_column(source: str, index: int) -> tuple[int, int]:
    """Line and column, both from 0, of a character of the file."""
    line, start = 0, 0
    for match in _BREAK.finditer(source, 0, index):
        line, start = line + 1, match.end()
    return line, index - start


def index_in_source(node: ScalarNode, source: str, offset: int) -> int:
    """The index in `source` of the character at `offset` of the scalar's value (its end when beyond)."""
    ink = sum(1 for character in node.value[:offset] if not character.isspace())
    places = _ink(node, source)
    if ink < len(places):
        return places[ink]
    return places[-1] + 1 if places else int(node.start_mark.index)


def _ink(node: ScalarNode, source: str) -> list[int]:
    """Where each character of the value that is not white space stands in the file."""
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    if node.style in ("|", ">"):
        header = _BREAK.search(source, start, end)
        start = header.end() if header else end
    elif node.style in ("'", '"'):
        start, end = start + 1, end - 1
    places: list[int] = []
    index = start
    while index < end:
        width, white = 1, source[index].isspace()
        if node.style == "'" and source.startswith("''", index):
            width = 2
        elif node.style == '"' and source[index] == "\\":
            match = _ESCAPE.match(source, index, end)
            width = len(match.group()) if match else 1
            escaped = source[index + 1 : index + 2]
            code = source[index + 2 : index + width]
            white = chr(int(code, 16)).isspace() if escaped in tuple("xuU") and code else escaped in _WHITE_ESCAPES
        if not white:
            places.append(index)
        index += width
    return places
