"""The stage itself: what it reads and writes, and where it goes on after it was killed."""

import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from models.training.prepare.assemble import PARTS, labelled, write_part
from models.training.prepare.report import report
from models.training.prepare.sift import Sieve, sift
from models.training.progress import Progress
from models.training.readers import HELD_OUT, READERS, Reader
from models.training.recipe import Recipe, Source, examples, reader_of
from models.training.run import Run, Stage, code_digest, write_json
from moderation.errors import ConfigurationError

_CODE = (
    "text/*",
    *(f"training/{module}.py" for module in ("examples", "held_out", "disguises")),
    *(f"training/{package}/*.*" for package in ("readers", "prepare", "grammar")),
)
"""What makes a difference to the prepared texts beside recipe and files."""
_NOT_OF_DATA = {
    *("id", "version", "licence", "origin", "data", "budgets", "bounds"),
    *("backbone", "architecture", "ngrams", "plan"),
}


def prepare(recipe: Recipe, data: Path, run: Run, progress: Progress, again: bool = False) -> bool:
    """Write `prepared/` and the record of the run; False where that was done before from the same.

    The same files, recipe and code give the same texts in the same order. Raises `ConfigurationError` for files
    that are missing or cannot be read as the recipe says.
    """
    inputs = {**_files(recipe.sources, READERS, data), **_files(recipe.held_out, HELD_OUT, data)}
    parameters = {**recipe.model_dump(mode="json", exclude=_NOT_OF_DATA), "code": code_digest(*_CODE)}
    stage = Stage(run, "prepare", inputs, parameters)
    outputs = [run.prepared / f"{part}.parquet" for part in PARTS] + [run.prepared / "report.json"]
    if not again and stage.done(outputs):
        return False
    stage.begin()
    shards = _Shards(run.prepared / ".shards", recipe, data, stage, progress)
    counts = shards.fill()
    rows = labelled(recipe, shards.folders)
    found = report(recipe, counts, shards.held_out, shards.sieve, rows)
    for part in PARTS:
        progress.at(1, f"writing {part}")
        hidden = write_part(part, rows, found["parts"][part], recipe, run.prepared / f"{part}.parquet")
        if part == "train":
            found["disguised"] = hidden
    write_json(run.prepared / "report.json", found)
    stage.end(outputs, found["parts"])
    shutil.rmtree(shards.folder)
    if not found["parts"]["train"]:
        raise ConfigurationError("no text is left to train on; prepared/report.json says what became of them")
    return True


def _files(sources: dict[str, Source], known: dict[str, Reader], data: Path) -> dict[str, Path]:
    found = {}
    for source in sources.values():
        reader, options = reader_of(source, known)
        for path in reader.files(data, options):
            found[str(path.relative_to(data)) if path.is_relative_to(data) else path.name] = path
    return found


class _Shards:
    """The sifted sources on disk, each with a record: a run that was killed goes on with the source it was at."""

    def __init__(self, folder: Path, recipe: Recipe, data: Path, stage: Stage, progress: Progress) -> None:
        self.folder, self.recipe, self.data, self.progress = folder, recipe, data, progress
        self.sieve = Sieve(recipe.heads)
        self.held_out: dict[str, int] = {}
        self.folders = {name: folder / f"{number:03d}-{name}" for number, name in enumerate(recipe.sources)}
        self._key = hashlib.sha256(json.dumps([stage.inputs, stage.parameters]).encode()).hexdigest()

    def fill(self) -> dict[str, Counter[str]]:
        """Read what has not been read; returns the counts of each source."""
        self._clear_if_of_another_stage()
        for name, source in self.recipe.held_out.items():
            self.progress.at(0, f"reading {name}, held out")
            self.held_out[name] = self.sieve.hold_out(name, examples(source, self.data, self.recipe.seed, HELD_OUT))
        counts = {}
        for number, (name, source) in enumerate(self.recipe.sources.items()):
            counts[name] = self._source(name, source, number / len(self.recipe.sources))
        return counts

    def _clear_if_of_another_stage(self) -> None:
        key = self.folder / "key"
        if not key.exists() or key.read_text() != self._key:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            key.write_text(self._key)

    def _source(self, name: str, source: Source, share: float) -> Counter[str]:
        folder, done = self.folders[name], self.folders[name] / "done.json"
        if done.exists():
            state: dict[str, Any] = json.loads(done.read_text(encoding="utf-8"))
            self.sieve.restore(name, folder, state["sieve"])
            self.progress.say(f"{name}: read before")
            return Counter(state["counts"])
        shutil.rmtree(folder, ignore_errors=True)
        reader, _ = reader_of(source, READERS)
        language = source.language or reader.language
        counts: Counter[str] = Counter()
        found = examples(source, self.data, self.recipe.seed, READERS)
        self.progress.at(share, f"reading {name}")
        for counts in sift(name, found, self.sieve, language, folder):
            self.progress.at(share, f"reading {name}: {counts['read']:,} texts")
        write_json(done, {"counts": counts, "sieve": self.sieve.state(name)})
        self.progress.say(f"{name}: {counts['read']:,} read, {counts['new']:,} new")
        return counts
