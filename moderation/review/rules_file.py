"""A file of rules as a model: every mistake with its line, a caret, and what was probably meant."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from moderation.errors import ConfigurationError
from moderation.policy.positions import lines_of
from moderation.policy.problems import Problem, joined, nearest, shortened

Place = tuple[int | str, ...]
"""Keys and indexes from the root of the file."""

_Model = TypeVar("_Model", bound=BaseModel)
_YAML = "tag:yaml.org,2002:"


def dotted(place: Place) -> str:
    """`routing.2.to`: places in lists count from 1."""
    return ".".join(str(part + 1 if isinstance(part, int) else part) for part in place)


def read_text(path: Path, what: str = "the desk's rules") -> str:
    """The text of a file; `what` stands in messages. Raises `ConfigurationError` where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigurationError(f"{path}: {what} cannot be read: {reason}") from error


class RulesText:
    """The text of one file of rules."""

    def __init__(self, source: str, name: str, whole: str = "the desk's rules") -> None:
        """`name` of the file and `whole`, what it has, stand in messages. Raises `ConfigurationError` for no YAML."""
        self._lines, self._name, self._whole = lines_of(source), name, whole
        try:
            loader = _Loader(source)
            self._root = loader.get_single_node()
            self._value = None if self._root is None else loader.construct_document(self._root)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line, mark.column) if mark else (0, 0)
            raise _refusal([self._problem(line, column, f"not valid YAML: {error.problem}")]) from error
        except (yaml.YAMLError, ValueError) as error:
            raise ConfigurationError(f"{name}: not valid YAML: {str(error).splitlines()[0]}") from error

    def read(self, model: type[_Model]) -> _Model:
        """The rules. Raises `ConfigurationError` with every mistake, in the order of the file.

        A file without anything in it is one: it may have been cut off, and is not what anybody writes who means it.
        """
        if self._value is None:
            raise _refusal([self._problem(0, 0, "the file is empty", "write {} where it shall say nothing")])
        twice = [self._at(key, f"'{shortened(key.value)}' stands twice here", "remove one") for key in self._twice()]
        try:
            found = model.model_validate(self._value)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False)
            raise _refusal([*twice, *(self._wrong(model, each) for each in wrong)]) from None
        if twice:
            raise _refusal(twice)
        return found

    def refuse(self, mistakes: Iterable[tuple[Place, str, str | None]]) -> None:
        """Raise `ConfigurationError` if there are mistakes that no value shows by itself: place, message, hint."""
        problems = [self._at(self._node(place), message, hint) for place, message, hint in mistakes]
        if problems:
            raise _refusal(problems)

    def _wrong(self, model: type[BaseModel], error: ErrorDetails) -> Problem:
        place = error["loc"]
        if error["type"] == "extra_forbidden":
            known = _keys(model, place[:-1])
            where = self._written(place[:-1])
            hint = joined(nearest(str(place[-1]), known), f"{where} may have: {', '.join(known)}")
            return self._at(self._node(place, key=True), f"unknown key '{shortened(str(place[-1]))}' in {where}", hint)
        message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
        if error["type"] == "model_type":
            message = "must be a mapping (name: value)"
        return self._at(self._node(place), f"{self._written(place)}: {message}")

    def _written(self, place: Place) -> str:
        return dotted(place) or self._whole

    def _node(self, place: Place, key: bool = False) -> Node | None:
        """The node at a place, or the key before it; the nearest there is where there is none."""
        node = self._root
        for number, part in enumerate(place):
            if isinstance(node, MappingNode):
                pair = next((pair for pair in node.value if str(pair[0].value) == str(part)), None)
                if pair is None:
                    break
                node = pair[0] if key and number == len(place) - 1 else pair[1]
            elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
        return node

    def _twice(self) -> Iterator[ScalarNode]:
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, MappingNode):
                seen: set[str] = set()
                for key, value in node.value:
                    if isinstance(key, ScalarNode) and key.value in seen:
                        yield key
                    seen.add(str(key.value))
                    waiting.append(value)
            elif isinstance(node, SequenceNode):
                waiting.extend(node.value)

    def _at(self, node: Node | None, message: str, hint: str | None = None) -> Problem:
        if node is None:
            return self._problem(0, 0, message, hint)
        start, end = node.start_mark, node.end_mark
        one_line = isinstance(node, ScalarNode) and end.line == start.line
        return self._problem(start.line, start.column, message, hint, end.column - start.column if one_line else 1)

    def _problem(self, line: int, column: int, message: str, hint: str | None = None, length: int = 1) -> Problem:
        line = min(line, len(self._lines) - 1)
        return Problem(self._name, line + 1, column + 1, message, hint, self._lines[line], max(1, length))


class _Loader(yaml.SafeLoader):
    """Only true and false are booleans (`no` is Norwegian), and nothing is a date."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [each for each in resolvers if each[0] not in (f"{_YAML}bool", f"{_YAML}timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(f"{_YAML}bool", re.compile("true|false"), list("tf"))


def _refusal(problems: Iterable[Problem]) -> ConfigurationError:
    ordered = sorted(problems, key=lambda problem: (problem.line, problem.column))
    return ConfigurationError("\n\n".join(str(problem) for problem in ordered))


def _keys(model: type[BaseModel], place: Place) -> tuple[str, ...]:
    """The keys that the section at a place may have."""
    found: Any = model
    for part in place:
        found = _without_none(found)
        if isinstance(found, type) and issubclass(found, BaseModel):
            found = found.model_fields[str(part)].annotation
        else:
            found = get_args(found)[1 if get_origin(found) in (dict, Mapping) else 0]
    return tuple(_without_none(found).model_fields)


def _without_none(annotation: Any) -> Any:
    """`Section` of `Section | None`."""
    options = get_args(annotation)
    return next(each for each in options if each is not NoneType) if NoneType in options else annotation
