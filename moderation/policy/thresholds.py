"""Named thresholds: `low`, `moderate` and `high` of each signal, for conditions such as `text.hate >= high`."""

from itertools import pairwise

from yaml import Node, ScalarNode

from moderation.policy import keys
from moderation.policy.document import Document
from moderation.policy.names import Scope
from moderation.policy.problems import shortened
from moderation.policy.readers import number


class Thresholds:
    """The `thresholds:` section. It is read before derived signals, which may use it, and checked after them."""

    def __init__(self, document: Document, scope: Scope) -> None:
        self._document = document
        self._scope = scope
        self._read: list[tuple[ScalarNode, dict[str, tuple[Node, float]]]] = []

    def read(self, node: Node | None) -> None:
        """Add the levels of every signal to the scope; reports those that do not rise."""
        document = self._document
        for key, value in document.entries(node, "thresholds") if node else ():
            entries = document.fields(value, keys.LEVELS)
            levels: dict[str, tuple[Node, float]] = {}
            for level in keys.LEVELS.meanings:
                found = number(document, entries[level], f"'{level}'") if level in entries else None
                if found is not None:
                    levels[level] = (entries[level], found)
            for (low, (_, lower)), (high, (place, higher)) in pairwise(levels.items()):
                if lower >= higher:
                    document.at(place, f"'{high}' must be above '{low}'", f"'{low}' is {lower:g}")
            self._scope.thresholds[key.value] = {level: value for level, (_, value) in levels.items()}
            self._read.append((key, levels))

    def check(self) -> None:
        """Report thresholds of what is no number, and those that are never reached."""
        for key, levels in self._read:
            declared = self._scope.names.get(key.value)
            if declared is None:
                if key.value not in self._scope.broken:
                    message = f"thresholds for an unknown signal '{shortened(key.value)}'"
                    self._document.at(key, message, self._scope.hint_for(key.value))
            elif declared.type != "number":
                self._document.at(key, f"'{key.value}' is a {declared.type}", "thresholds are for numbers")
            else:
                for place, value in levels.values():
                    if not declared.low <= value <= declared.high:
                        hint = f"for {value:g} % write {value / 100:g}" if 1.0 < value <= 100.0 else None
                        message = f"'{key.value}' lies between {declared.low:g} and {declared.high:g}"
                        self._document.at(place, message, hint)
