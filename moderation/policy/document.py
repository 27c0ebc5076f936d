"""The files of a policy as YAML nodes that know their place, read with limits, every mistake collected."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from moderation.errors import PolicyError
from moderation.policy.keys import Keys
from moderation.policy.positions import index_in_source, line_and_column, lines_of
from moderation.policy.problems import Problem, joined, nearest, policy_error, shortened

MAX_CHARACTERS = 900_000
MAX_DEPTH = 12
MAX_PROBLEMS = 200

_NULL = "tag:yaml.org,2002:null"
_CORE_TAG = "tag:yaml.org,2002:"
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Loader(yaml.SafeLoader):
    """Composes nodes only, and refuses what could make a small file large: aliases and deep nesting."""

    _depth = 0

    def __init__(self, source: str, name: str) -> None:
        super().__init__(source)
        self.name = name  # of the file: every mark carries it

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, "aliases (*name) are not used in policies: write it out")
        if self._depth >= MAX_DEPTH:
            self._refuse(event, "nested too deeply for a policy")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def _refuse(self, event: Any, message: str) -> NoReturn:
        raise yaml.MarkedYAMLError(None, None, message, event.start_mark)


@dataclass(frozen=True, slots=True)
class _Text:
    source: str
    lines: list[str]


class Document:
    """The files of one policy, by name, and the problems found in them so far. Nodes know the file they stand in."""

    def __init__(self, source: str, name: str) -> None:
        self.source = source
        self.name = name
        self.problems: list[Problem] = []
        self._texts: dict[str, _Text] = {}

    def compose(self) -> Node:
        """The root node of the policy itself. Raises `PolicyError` for what is not YAML at all."""
        return self.compose_file(self.source, self.name)

    def compose_file(self, source: str, name: str) -> Node:
        """The root node of a file that it includes. Raises `PolicyError` for what is not YAML at all."""
        self.show(source, name)
        if len(source) > MAX_CHARACTERS:
            self.add(name, 0, 0, f"a policy may have {MAX_CHARACTERS:,} characters, this has {len(source):,}")
            raise self.error()
        loader = None
        try:
            loader = _Loader(source, name)
            node = loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line, mark.column) if mark else (0, 0)
            message = joined(error.context, error.problem) or "cannot be read"
            lines = self._texts[name].lines
            tab = "\t" in lines[min(line, len(lines) - 1)]
            self.add(name, line, column, f"not valid YAML: {message}", "indent with spaces, not tabs" if tab else None)
        except yaml.reader.ReaderError as error:
            line, column = line_and_column(source, error.position)
            self.add(name, line, column, "not valid YAML: a character that cannot be printed", "remove it")
        except Exception as error:  # PyYAML lets a few through, e.g. ValueError for the escape \U00110000
            line, column = (loader.line, loader.column) if loader else (0, 0)
            self.add(name, line, column, f"not valid YAML: {shortened(str(error))}")
        else:
            if node is not None and not _is_null(node):
                return node
            hint = "a policy needs at least 'policy: NAME' and 'rules:'" if name == self.name else "nothing to include"
            self.add(name, 0, 0, "the file is empty", hint)
        raise self.error()

    def show(self, source: str, name: str) -> None:
        """Take the text of a file, whose lines are shown with its problems."""
        self._texts[name] = _Text(source, lines_of(source))

    def error(self) -> PolicyError:
        """The `PolicyError` that lists every problem found."""
        full = len(self.problems) >= MAX_PROBLEMS
        return policy_error(self.problems, f"stopped after {MAX_PROBLEMS} problems" if full else None, [*self._texts])

    def add(self, name: str, line: int, column: int, message: str, hint: str | None = None, length: int = 1) -> None:
        """Report a problem at a place of a file, line and column from 0."""
        lines = self._texts[name].lines if name in self._texts else [""]
        source = lines[min(line, len(lines) - 1)]
        if name in self._texts:
            line, column = min(line, len(lines) - 1), min(column, len(source))
        self.problems.append(Problem(name, line + 1, column + 1, message, hint, source, max(1, length)))
        if len(self.problems) >= MAX_PROBLEMS:
            raise self.error()

    def at(self, node: Node, message: str, hint: str | None = None) -> None:
        """Report a problem with a whole node."""
        start, end = node.start_mark, node.end_mark
        one_line = isinstance(node, ScalarNode) and end.line == start.line
        length = end.column - start.column if one_line else 1
        self.add(start.name, start.line, start.column, message, hint, length)

    def place(self, node: Node, seen_from: Node) -> str:
        """Where a node stands: `line 3`, or `lists/slurs.yaml, line 3` when that is another file."""
        line = f"line {node.start_mark.line + 1}"
        return line if node.start_mark.name == seen_from.start_mark.name else f"{node.start_mark.name}, {line}"

    def inside(self, node: ScalarNode, start: int, end: int, message: str, hint: str | None = None) -> None:
        """Report a problem with the characters `start` to `end` of a scalar's value."""
        text = self._texts[node.start_mark.name]
        first = index_in_source(node, text.source, start)
        last = index_in_source(node, text.source, max(start, end - 1))
        line, column = line_and_column(text.source, first)
        last_line, last_column = line_and_column(text.source, last)
        length = last_column - column + 1 if last_line == line else len(text.lines[line]) - column
        self.add(node.start_mark.name, line, column, message, hint, length)

    def entries(self, node: Node, what: str) -> list[tuple[ScalarNode, Node]]:
        """Key and value of every entry of a mapping; reports what is none, and keys that come twice."""
        if _is_null(node):
            return []
        if not isinstance(node, MappingNode):
            self.at(node, f"{what} must be a mapping (name: value)")
            return []
        found: dict[str, tuple[ScalarNode, Node]] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.at(key, f"a key of {what} must be a plain name")
            elif key.value in found:
                first = self.place(found[key.value][0], key)
                self.at(key, f"'{shortened(key.value)}' stands twice in {what}", f"first in {first}; remove one")
            else:
                found[key.value] = (key, value)
        return list(found.values())

    def fields(self, node: Node, keys: Keys, elsewhere: Iterable[str] = ()) -> dict[str, Node]:
        """The entries of a mapping whose keys are fixed; reports unknown and missing ones.

        `elsewhere` are keys that make it another kind of mapping: only messages name them.
        """
        what, known = keys.what, (*keys.meanings, *elsewhere)
        found: dict[str, Node] = {}
        for key, value in self.entries(node, what):
            if key.value not in known:
                listed = f"{what} may have: {', '.join(known)}"
                hint = joined(nearest(key.value, known), listed)
                self.at(key, f"unknown key '{shortened(key.value)}' in {what}", hint)
            elif not _is_null(value):
                found[key.value] = value
        if isinstance(node, MappingNode):
            present = {key.value for key, _ in node.value if isinstance(key, ScalarNode)}
            for name in keys.required:
                if name not in found:
                    self.at(node, f"{what} {'has an empty' if name in present else 'needs'} '{name}'")
        return found

    def items(self, node: Node, what: str) -> list[Node]:
        """The elements of a list; reports what is none."""
        if _is_null(node):
            return []
        if not isinstance(node, SequenceNode):
            self.at(node, f"{what} must be a list")
            return []
        return list(node.value)

    def text(self, node: Node, what: str) -> str | None:
        """A scalar as it is written: `no` is the text "no" (Norwegian), not a boolean. Reports what is none."""
        if not isinstance(node, ScalarNode) or _is_null(node) or not node.tag.startswith(_CORE_TAG):
            self.at(node, f"{what} must be a text")
            return None
        if _SURROGATE.search(node.value):
            self.at(node, f"{what} contains half of a character pair (\\ud800 to \\udfff)")
            return None
        return str(node.value)

    def name_in(self, node: Node, what: str, pattern: re.Pattern[str], hint: str) -> str | None:
        """A name of the given pattern. Reports what is none."""
        text = self.text(node, what)
        if text is None or pattern.fullmatch(text):
            return text
        self.at(node, f"'{shortened(text)}' cannot be {what}", hint)
        return None

    def choice(self, node: Node, what: str, options: Iterable[str]) -> str | None:
        """One of a few words. Reports what is none."""
        options = tuple(options)
        text = self.text(node, what)
        if text is None or text in options:
            return text
        hint = joined(nearest(text, options), f"one of: {', '.join(options)}")
        self.at(node, f"unknown {what} '{shortened(text)}'", hint)
        return None


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == _NULL
