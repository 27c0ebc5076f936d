"""Where the parts of a policy stand in its file, and which warnings its author asked not to see."""

import re
from collections.abc import Iterator, Mapping

from yaml import MappingNode, Mark, Node, ScalarNode, SequenceNode

from moderation.policy.document import Document
from moderation.policy.positions import lines_of
from moderation.policy.problems import Problem

_IGNORE = re.compile(r"#.*?\blint:\s*ignore\[([^\]]*)\]")


class Places:
    """The YAML nodes of one policy, by the names of what they declare; `texts` are its files, itself first.

    A part that is found in none of them stands at the top.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._files = [_File(text, name) for name, text in texts.items()]

    def order(self, rule: str) -> tuple[int, int]:
        """Where a rule begins: its file and its line, from 1."""
        for place, file in enumerate(self._files):
            if rule in file.rules:
                return place, file.rules[rule].start_mark.line + 1
        return 0, 1

    def named(self, rule: str) -> str:
        """Where a rule begins, as a message says it to those who read the first file."""
        place, line = self.order(rule)
        return f"line {line} of {self._files[place].name}" if place else f"line {line}"

    def rule(self, code: str, rule: str, key: str, message: str, hint: str | None = None) -> Problem | None:
        """A problem with one key of a rule; None where its author asked to ignore the code."""
        file = self._files[self.order(rule)[0]]
        item = file.rules.get(rule, file.root)
        entry = _entries(item).get(key)
        return file.problem(code, item, entry[1] if entry else item, message, hint)

    def declaration(self, code: str, section: str, name: str, message: str, hint: str | None = None) -> Problem | None:
        """A problem with something that is declared; None where its author asked to ignore the code."""
        file = next((file for file in self._files if name in file.declared.get(section, {})), self._files[0])
        key, value = file.declared.get(section, {}).get(name) or (file.root, file.root)
        return file.problem(code, key, key, message, hint, value)

    def is_own(self, section: str, name: str) -> bool:
        """Whether something is declared by the policy itself, rather than by a file it includes."""
        return name in self._files[0].declared.get(section, {})

    def unknown_codes(self, known: set[str]) -> list[tuple[str, Problem]]:
        """Codes that comments ask to ignore and that do not exist."""
        return [found for file in self._files for found in file.unknown_codes(known)]


class _File:
    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._document = Document(text, name)
        self.root = self._document.compose()
        self._lines = lines_of(text)
        sections = {key: value for key, (_, value) in _entries(self.root).items()}
        self.declared = {section: _entries(node) for section, node in sections.items() if isinstance(node, MappingNode)}
        rules = sections.get("rules")
        items = rules.value if isinstance(rules, SequenceNode) else []
        self.rules: dict[str, Node] = {name: node for item in items for name, node in _rules(item)}
        first = self.root.value[0][0] if isinstance(self.root, MappingNode) and self.root.value else self.root
        self._head = self._ignored_in(0, first.start_mark.line)

    def unknown_codes(self, known: set[str]) -> Iterator[tuple[str, Problem]]:
        for line, text in enumerate(self._lines):
            for match in _IGNORE.finditer(text):
                for code in _codes(match):
                    if code not in known:
                        column = text.index(code, match.start(1))
                        yield code, Problem(self.name, line + 1, column + 1, "", None, text, max(1, len(code)))

    def problem(
        self, code: str, element: Node, node: Node, message: str, hint: str | None, last: Node | None = None
    ) -> Problem | None:
        """A problem with `node`, a part of `element`, which ends with `last`; None where the code is ignored there."""
        first, end = element.start_mark.line, _end(last or element)
        while first > 0 and self._lines[first - 1].lstrip().startswith("#"):
            first -= 1
        inside = set() if element is self.root else self._ignored_in(first, end.line + (end.column > 0))
        if code in self._head | inside:
            return None
        self._document.at(node, message, hint)
        return self._document.problems.pop()

    def _ignored_in(self, first: int, end: int) -> set[str]:
        return {code for line in self._lines[first:end] for match in _IGNORE.finditer(line) for code in _codes(match)}


def _end(node: Node) -> Mark:
    """Where the last word of a node ends; the mark of a block itself stands where the next one begins."""
    while isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        node = node.value[-1] if isinstance(node, SequenceNode) else node.value[-1][1]
    return node.end_mark


def _codes(match: re.Match[str]) -> list[str]:
    return [code.strip() for code in match[1].split(",")]


def _entries(node: Node) -> dict[str, tuple[Node, Node]]:
    pairs = node.value if isinstance(node, MappingNode) else []
    return {str(key.value): (key, value) for key, value in pairs if isinstance(key, ScalarNode)}


def _rules(item: Node) -> Iterator[tuple[str, Node]]:
    """A rule and its variants, by the ids that decisions call them."""
    rule = _scalar(item, "id")
    yield rule, item
    variants = _entries(item).get("variants")
    for variant in variants[1].value if variants and isinstance(variants[1], SequenceNode) else ():
        yield f"{rule}/{_scalar(variant, 'name')}", variant


def _scalar(node: Node, key: str) -> str:
    entry = _entries(node).get(key)
    return str(entry[1].value) if entry else ""
