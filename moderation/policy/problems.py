"""What is wrong with a policy, and where: as a value for programs, as text with a caret for people."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from moderation.errors import PolicyError

_WIDTH = 160  # a longer source line is shown in part, around the caret


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `line` and `column` count from 1, in characters; `source` is that line of the file."""

    file: str
    line: int
    column: int
    message: str
    hint: str | None = None
    source: str = ""
    length: int = 1

    def __str__(self) -> str:
        lines = [f"{self.file}:{self.line}:{self.column}: {self.message}"]
        if self.source:
            first = max(0, min(self.column - 1, len(self.source) - _WIDTH))
            shown = self.source[first : first + _WIDTH].replace("\t", " ")
            place = self.column - 1 - first
            caret = " " * place + "^" * max(1, min(self.length, len(shown) - place))
            lines += [f"{self.line:>5} | {shown}".rstrip(), f"      | {caret}"]
        return "\n".join([*lines, f"   {self.hint}"] if self.hint else lines)


def policy_error(problems: Iterable[Problem], note: str | None = None, files: Sequence[str] = ()) -> PolicyError:
    """All problems as one error, by file in the order of `files`, then by place."""
    rank = {name: place for place, name in enumerate(files)}
    key = lambda problem: (rank.get(problem.file, len(rank)), problem.line, problem.column)  # noqa: E731
    ordered = tuple(sorted(problems, key=key))
    parts = [str(problem) for problem in ordered]
    return PolicyError("\n\n".join([*parts, note] if note else parts), ordered)


def shortened(text: str, width: int = 60) -> str:
    """A name fit for a message, however long the file made it."""
    return text if len(text) <= width else text[: width - 3] + "..."


def nearest(name: str, known: Iterable[str]) -> str | None:
    """\"did you mean 'x'?\" for the most similar known name, if one is similar."""
    if len(name) > 80:
        return None
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean '{found[0]}'?" if found else None


def joined(*hints: str | None) -> str | None:
    """Several hints on one line."""
    return "  ".join(hint for hint in hints if hint) or None
