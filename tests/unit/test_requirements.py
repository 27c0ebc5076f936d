"""The requirement files: hashed, of any index, in step with `pyproject.toml`, and never two ONNX Runtimes at once."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
BASE = PROJECT["project"]["dependencies"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
BUILD = PROJECT["build-system"]["requires"]
WANTED: dict[str, list[str]] = {
    "run-cpu": BASE + EXTRAS["cpu"],
    "run-gpu": BASE + EXTRAS["gpu"],
    "build": BUILD,
    "dev": EXTRAS["dev"] + BUILD,
    "java": EXTRAS["java"],
    "hashes": EXTRAS["hashes"],
    "bench": BASE + EXTRAS["cpu"] + EXTRAS["bench"],
    "train": BASE + EXTRAS["cpu"] + EXTRAS["train"] + EXTRAS["ray"] + EXTRAS["hashes"],
    "uv": ["uv"],
}
FILES = sorted((ROOT / "requirements").glob("*.txt"))


def pins(path: Path) -> dict[str, set[str]]:
    """Package -> its pinned versions (several where they differ by Python version)."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", path.read_text(), re.MULTILINE):
        found.setdefault(normalised(name), set()).add(version)
    return found


def normalised(requirement: str) -> str:
    """The package's name as in PEP 503, without extras and versions."""
    [name] = re.findall(r"^[\w.-]*\w", requirement)
    return re.sub(r"[-_.]+", "-", name).lower()


def test_there_is_a_file_for_each_purpose_and_no_other() -> None:
    assert {path.stem for path in FILES} == set(WANTED)


@pytest.mark.parametrize("name", WANTED)
def test_every_package_that_the_project_asks_for_is_pinned(name: str) -> None:
    missing = {normalised(wanted) for wanted in WANTED[name]} - set(pins(ROOT / "requirements" / f"{name}.txt"))
    assert not missing, "run: make lock"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_package_has_hashes_and_no_line_names_an_index_or_a_path(path: Path) -> None:
    entries = re.split(r"^(?=\S)", path.read_text(), flags=re.MULTILINE)[1:]
    assert entries
    for entry in entries:
        assert re.fullmatch(r"[\w.-]+==\S+( ; [^\\]+)? \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+", entry), entry


def test_only_one_onnx_runtime_is_ever_installed() -> None:
    for path in FILES:
        assert len({"onnxruntime", "onnxruntime-gpu"} & set(pins(path))) <= 1, path.name


def test_files_that_are_installed_together_agree_on_every_version() -> None:
    for run in ("run-cpu", "run-gpu"):
        pinned = pins(ROOT / "requirements" / f"{run}.txt")
        for other in ("dev", "java", "build"):
            for name, versions in pins(ROOT / "requirements" / f"{other}.txt").items():
                assert pinned.get(name, versions) == versions, f"{name} in {run} and {other}"


@pytest.mark.parametrize("name", ["run-cpu", "run-gpu", "dev", "java"])
def test_running_and_testing_never_needs_torch(name: str) -> None:
    assert not {"torch", "transformers"} & set(pins(ROOT / "requirements" / f"{name}.txt"))
