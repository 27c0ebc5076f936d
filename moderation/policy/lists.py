"""Lists of texts: written out, or one term per line in files or in a block."""

import re
from collections.abc import Iterator

from yaml import MappingNode, Node, ScalarNode
from yaml.reader import Reader

from moderation.policy import keys
from moderation.policy.declarations import own_name
from moderation.policy.document import Document
from moderation.policy.files import Files, Unreadable
from moderation.policy.includes import report, within
from moderation.policy.names import Scope
from moderation.policy.problems import shortened

_COMMENT = re.compile(r"#(\s|$)")  # '#tag' is a term
_BREAK = re.compile(r"\r\n|\n|\r")
_UNPRINTABLE = re.compile(f"{Reader.NON_PRINTABLE.pattern}|[\x85\u2028\u2029\ufeff]")


def lists(document: Document, node: Node | None, scope: Scope, files: Files) -> dict[str, tuple[str, ...]]:
    """Add the lists to the scope. Returns the files, by list, of those that come from files.

    In a list that is written out, `no` is Norwegian, not a boolean.
    """
    origins: dict[str, tuple[str, ...]] = {}
    for key, value in document.entries(node, "lists") if node else ():
        name = own_name(document, key, scope, "a list")
        if isinstance(value, MappingNode):
            terms, origin = _from_lines(document, value, files)
        else:
            what = f"'{shortened(key.value)}'"
            found = [document.text(item, "an element of a list") for item in document.items(value, what)]
            terms, origin = tuple(text for text in found if text is not None), ()
        if name is not None:
            scope.lists[name] = terms
            if origin:
                origins[name] = origin
    return origins


def _from_lines(document: Document, node: Node, files: Files) -> tuple[tuple[str, ...], tuple[str, ...]]:
    entries = document.fields(node, keys.LIST)
    if len(entries) != 1:
        document.at(node, "a list has either 'from' or 'lines'", "such as {from: lists/slurs.txt}")
        return (), ()
    terms: dict[str, None] = {}
    origin: dict[str, None] = {}
    if "lines" in entries:
        text = document.text(entries["lines"], "lines")
        terms.update(dict.fromkeys(term for _, term in _terms(text or "")))
    for item in _files(document, entries.get("from")):
        written = document.text(item, "a file of a list")
        if written is None:
            continue
        try:
            path = files.locate(written, within(item))
            source = files.read(path)
        except Unreadable as problem:
            report(document, item, written, problem)
            continue
        origin[str(path)] = None
        document.show(source, str(path))
        for line, term in _terms(source):
            if bad := _UNPRINTABLE.search(term):
                message = f"a character that cannot be printed: U+{ord(bad.group()):04X}"
                document.add(str(path), line, bad.start(), message, "remove it")
            terms[term] = None
    return tuple(terms), tuple(origin)


def _files(document: Document, node: Node | None) -> list[Node]:
    if node is None:
        return []
    return [node] if isinstance(node, ScalarNode) else document.items(node, "'from'")


def _terms(text: str) -> Iterator[tuple[int, str]]:
    """Line, from 0, and term."""
    for line, written in enumerate(_BREAK.split(text)):
        term = written.strip()
        if term and not _COMMENT.match(term):
            yield line, term
