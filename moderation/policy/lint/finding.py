"""One warning, and what makes it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from moderation.policy.problems import Problem

if TYPE_CHECKING:
    from moderation.policy.lint.subject import Subject


@dataclass(frozen=True, slots=True)
class Finding:
    """A warning with its place. `code` never changes its meaning: it is what `# lint: ignore[code]` names."""

    code: str
    problem: Problem

    def __str__(self) -> str:
        return str(replace(self.problem, message=f"warning: {self.problem.message} [{self.code}]"))


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of warning. `meaning` is its line in the documentation."""

    code: str
    meaning: str
    findings: Callable[["Subject"], Iterator[Finding | None]]
    """Yields None for what an author asked to ignore."""
