"""What every reader of labelled texts offers to the preparation, and how a named set is one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from models.training.examples import Example
from moderation.errors import ConfigurationError
from moderation.policy.problems import nearest


class Options(BaseModel):
    """What a recipe may say to a reader beside what it says of every source. Here: nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reader(Protocol):
    """One way to get at labelled texts. `folder` is where a recipe's data lies; a reader may ignore it.

    `options` is the model of what a recipe may say to it, and the other methods get an instance of that.
    """

    @property
    def options(self) -> type[Options]: ...

    @property
    def language(self) -> str:
        """ISO 639-1 of texts for which neither they nor the recipe say it; empty: identify it."""
        ...

    def files(self, folder: Path, options: Any) -> list[Path]:
        """The files it will read, sorted. Raises `ConfigurationError` where they are not there."""
        ...

    def read(self, folder: Path, options: Any, seed: int) -> Iterator[Example]:
        """The examples, in an order that depends on files, options and seed only."""
        ...


@dataclass(frozen=True, slots=True)
class SetReader:
    """A public data set, or several: `function` knows the traps of the files in the folders `sets`."""

    function: Callable[[Path], Iterator[Example]]
    sets: tuple[str, ...]
    language: str = "en"

    @property
    def options(self) -> type[Options]:
        return Options

    def files(self, folder: Path, options: Options) -> list[Path]:
        for name in self.sets:
            if not (folder / name).is_dir():
                raise ConfigurationError(
                    f"{folder / name}: no such folder; it should hold the set '{name}'. "
                    "`--data` names the folder in which the sets lie, a folder each"
                )
        return sorted(path for name in self.sets for path in (folder / name).rglob("*") if path.is_file())

    def read(self, folder: Path, options: Options, seed: int) -> Iterator[Example]:
        return self.function(folder)


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """What to say of a name that is none of `known`: the nearest of them, and all."""
    names = sorted(known)
    hint = nearest(name, names)
    return f"unknown {kind} '{name}'" + (f"; {hint}" if hint else "") + f" Known: {', '.join(names) or 'none'}"
