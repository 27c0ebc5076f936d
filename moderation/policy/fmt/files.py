"""The files that belong to a policy as its author sees it, each formatted; written whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from moderation.errors import PolicyError
from moderation.policy.document import Document
from moderation.policy.files import Files, Unreadable
from moderation.policy.fmt.formatter import formatted
from moderation.policy.problems import Problem, policy_error


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file as it is, and as it should be."""

    path: Path
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether it is not in canonical style yet."""
        return self.before != self.after

    def write(self) -> None:
        """Put the formatted text in the file's place in one step; its mode is kept. Raises `PolicyError`."""
        path = self.path.resolve()  # a link stays one
        part = None
        try:
            with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
                part = Path(file.name)
                file.write(self.after.encode())
            shutil.copymode(path, part)
            part.replace(path)
        except OSError as error:
            if part is not None:
                part.unlink(missing_ok=True)
            raise PolicyError(f"{self.path}: cannot be written: {error.strerror or error}") from None


def format_files(path: Path) -> Iterator[Formatted | PolicyError]:
    """A file and, where it is a policy, every file that it includes; an error for each that cannot be formatted."""
    files = Files(path.parent)
    waiting, seen = [path], {path}
    while waiting:
        current = waiting.pop(0)
        try:
            source = _read(files, current)
            yield Formatted(current, source, formatted(source, str(current)))
            for included in _included(files, current, source, first=current == path):
                if included not in seen:
                    seen.add(included)
                    waiting.append(included)
        except PolicyError as error:
            yield error


def _read(files: Files, path: Path) -> str:
    try:
        return files.read(path)
    except Unreadable as problem:
        _, line, column = problem.place or (path, 0, 0)
        hint = problem.hint if problem.place else f"looked for {path.absolute()}; name another file"
        found = Problem(str(path), line + 1, column + 1, problem.message, hint)
        raise policy_error([found]) from None


def _included(files: Files, path: Path, source: str, first: bool) -> Iterator[Path]:
    """The files that a file includes. One that is no policy itself is read from a folder that only its policy knows."""
    document = Document(source, str(path))
    sections = {key.value: value for key, value in _pairs(document.compose())}
    if first and "policy" not in sections:
        return
    include = sections.get("include")
    for item in include.value if isinstance(include, SequenceNode) else [include]:
        if isinstance(item, ScalarNode) and item.value:
            try:
                yield files.locate(item.value, path.parent)
            except Unreadable as problem:
                document.at(item, f"'{item.value}' {problem.message}", problem.hint)
    if document.problems:
        raise document.error()


def _pairs(node: Node) -> list[tuple[Node, Node]]:
    return node.value if isinstance(node, MappingNode) else []
