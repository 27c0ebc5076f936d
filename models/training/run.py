"""A run: the folder in which the stages from data to a model leave their results, each with a record of itself."""

import hashlib
import json
import os
import platform
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from models.training import recipe
from models.training.recipe import Recipe
from moderation.errors import ConfigurationError

ROOT = Path(__file__).parents[2]
VERBS = {"prepare": "prepare RECIPE --run", "train": "train", "export": "export", "calibrate": "calibrate"}


@dataclass(frozen=True, slots=True)
class Run:
    """Where the results of a run lie."""

    folder: Path

    @property
    def recipe_file(self) -> Path:
        return self.folder / "recipe.yaml"

    @property
    def prepared(self) -> Path:
        return self.folder / "prepared"

    @property
    def trained(self) -> Path:
        return self.folder / "trained"

    @property
    def exported(self) -> Path:
        return self.folder / "exported"

    @property
    def model(self) -> Path:
        """The model folder, ready to be served."""
        return self.folder / self.recipe().id

    def recipe(self) -> Recipe:
        """The recipe that was prepared. Raises `ConfigurationError` where there is none yet."""
        self.need("prepare", self.recipe_file)
        return recipe.load(self.recipe_file)

    def keep(self, recipe_file: Path, data: Path) -> None:
        """Remember the recipe that was prepared, and the folder of its data, for the stages to come."""
        self.recipe_file.write_bytes(recipe_file.read_bytes())
        (self.folder / "data").write_text(f"{data}\n", encoding="utf-8")

    def data_folder(self) -> Path:
        """Where the recipe's paths start."""
        self.need("prepare", self.folder / "data")
        return Path((self.folder / "data").read_text(encoding="utf-8").strip())

    def need(self, stage: str, *files: Path) -> None:
        """Raises `ConfigurationError` that names the command which makes `files`, where one is not there."""
        for file in files:
            if not file.exists():
                command = f"moderation models {VERBS[stage]} {self.folder}"
                raise ConfigurationError(f"{file} is not there yet; make it with `{command}`")

    def record(self, stage: str) -> dict[str, Any]:
        """What a stage wrote of itself, empty where it has not ended."""
        path = self.folder / f"{stage}.json"
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{path}: cannot be read: {error}; delete it to do the stage again") from error
        return found


class Stage:
    """One stage at work: what it is made from, and whether that was done before.

    `inputs` names files, `parameters` all else that makes a difference to the result.
    """

    def __init__(self, run: Run, name: str, inputs: Mapping[str, Path], parameters: Mapping[str, Any]) -> None:
        self.run, self.name = run, name
        self.inputs = {key: sha256(path) for key, path in sorted(inputs.items())}
        self.parameters = json.loads(json.dumps(parameters))
        self._began = time.monotonic()

    def done(self, outputs: Iterable[Path]) -> bool:
        """Whether the record is of these inputs and parameters, and every output is there."""
        before = self.run.record(self.name)
        same = before.get("inputs") == self.inputs and before.get("parameters") == self.parameters
        return same and all(path.exists() for path in outputs)

    def begin(self) -> None:
        """From now on, and until `end`, the stage counts as not done."""
        self.run.folder.mkdir(parents=True, exist_ok=True)
        (self.run.folder / f"{self.name}.json").unlink(missing_ok=True)

    def end(self, outputs: Iterable[Path], metrics: Mapping[str, Any]) -> None:
        """Write the record."""
        content = {
            "stage": self.name,
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self._began, 1),
            "inputs": self.inputs,
            "outputs": {str(path.relative_to(self.run.folder)): sha256(path) for path in outputs},
            "parameters": self.parameters,
            "metrics": metrics,
            "code": code_version(),
            "machine": machine(),
        }
        write_json(self.run.folder / f"{self.name}.json", content)


def write_json(path: Path, content: Any) -> None:
    """Write a file that is whole when it has its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)


def sha256(path: Path) -> str:
    """Of a file's bytes, in hexadecimal digits. Raises `ConfigurationError` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error


def code_version() -> dict[str, str]:
    """The package's version and, in a working copy, the commit, with a + where files of it were changed since."""
    try:
        found = {"package": version("moderation-pipeline")}
    except PackageNotFoundError:
        found = {}
    commit = _git("rev-parse", "HEAD")
    if commit:
        found["commit"] = commit[:12] + ("+" if _git("status", "--porcelain", "--", "models", "moderation") else "")
    return found


def code_digest(*patterns: str) -> str:
    """One hash over our own source files that match, relative to `models/`."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in (ROOT / "models").glob(pattern) if path.is_file()}):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def machine() -> dict[str, Any]:
    """What the stage ran on."""

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": _processor(),
        "cores": cores,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    except OSError:
        names = []
    return names[0].partition(":")[2].strip() if names else platform.processor() or "unknown"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
