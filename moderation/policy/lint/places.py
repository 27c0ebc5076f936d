"""Where the parts of a policy stand in its file, and which warnings its author asked not to see."""

import re

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from moderation.policy.document import Document
from moderation.policy.positions import lines_of
from moderation.policy.problems import Problem

_IGNORE = re.compile(r"#.*?\blint:\s*ignore\[([^\]]*)\]")


class Places:
    """The YAML nodes of one policy, by the names of what they declare. A part that is not found stands at the top."""

    def __init__(self, source: str, file: str) -> None:
        self._document = Document(source, file)
        self._root = self._document.compose()
        self._lines = lines_of(source)
        sections = {key: value for key, (_, value) in _entries(self._root).items()}
        self._declared = {name: _entries(node) for name, node in sections.items() if isinstance(node, MappingNode)}
        rules = sections.get("rules")
        items = rules.value if isinstance(rules, SequenceNode) else []
        self._rules: dict[str, Node] = {_id(item): item for item in items}
        first = self._root.value[0][0] if isinstance(self._root, MappingNode) else self._root
        self._head = self._ignored_in(0, first.start_mark.line)

    def line_of(self, rule: str) -> int:
        """The line on which a rule begins, from 1; rules are told in this order."""
        return self._rules.get(rule, self._root).start_mark.line + 1

    def rule(self, code: str, rule: str, key: str, message: str, hint: str | None = None) -> Problem | None:
        """A problem with one key of a rule; None where its author asked to ignore the code."""
        item = self._rules.get(rule, self._root)
        entry = _entries(item).get(key)
        return self._problem(code, item, entry[1] if entry else item, message, hint)

    def declaration(self, code: str, section: str, name: str, message: str, hint: str | None = None) -> Problem | None:
        """A problem with something that is declared; None where its author asked to ignore the code."""
        entry = self._declared.get(section, {}).get(name)
        key, value = entry or (self._root, self._root)
        return self._problem(code, key, key, message, hint, value)

    def unknown_codes(self, known: set[str]) -> list[tuple[str, Problem]]:
        """Codes that comments ask to ignore and that do not exist."""
        found = []
        for line, text in enumerate(self._lines):
            for match in _IGNORE.finditer(text):
                for code in _codes(match):
                    if code not in known:
                        column = text.index(code, match.start(1)) if code else match.start(1)
                        place = Problem(self._document.name, line + 1, column + 1, "", None, text, max(1, len(code)))
                        found.append((code, place))
        return found

    def _problem(
        self, code: str, element: Node, node: Node, message: str, hint: str | None, last: Node | None = None
    ) -> Problem | None:
        first = element.start_mark.line
        while element is not self._root and first > 0 and self._lines[first - 1].lstrip().startswith("#"):
            first -= 1
        end = (last or element).end_mark
        whole = element is self._root
        if code in self._head or (not whole and code in self._ignored_in(first, end.line + (end.column > 0))):
            return None
        self._document.at(node, message, hint)
        return self._document.problems.pop()

    def _ignored_in(self, first: int, end: int) -> set[str]:
        return {code for line in self._lines[first:end] for match in _IGNORE.finditer(line) for code in _codes(match)}


def _codes(match: re.Match[str]) -> list[str]:
    return [code.strip() for code in match[1].split(",")]


def _entries(node: Node) -> dict[str, tuple[Node, Node]]:
    pairs = node.value if isinstance(node, MappingNode) else []
    return {str(key.value): (key, value) for key, value in pairs if isinstance(key, ScalarNode)}


def _id(item: Node) -> str:
    entry = _entries(item).get("id")
    return str(entry[1].value) if entry else ""
