"""What the tests of training share."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from moderation.cli.main import command as moderation
from tests.training import posts

# `make test` runs this ring in .venv-train; the other environments lack what it needs.
collect_ignore_glob = [] if importlib.util.find_spec("torch") is not None else ["test_*.py"]

RECIPE: dict[str, Any] = {
    "id": "my-model",
    "version": 1,
    "languages": ["en"],
    "licence": "MIT",
    "origin": "made by the tests",
    "backbone": "backbone",
    "heads": ["toxicity", "spam"],
    "sources": {
        "mine": {
            "reader": "file",
            "path": "posts.csv",
            "text": "body",
            "labels": {"toxicity": "toxic", "spam": {"column": "kind", "positive": ["spam"]}},
            "group": "thread",
            "language_column": "lang",
        }
    },
    "valid_share": 0.2,
    "plan": {"epochs": 12, "learning_rate": 5e-3, "batch_tokens": 400, "max_length": 32},
}

MakeRecipe = Callable[..., Path]


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny backbone."""
    return posts.save_backbone(tmp_path_factory.mktemp("data") / "backbone")


@pytest.fixture
def make_recipe(tmp_path: Path, backbone: Path) -> MakeRecipe:
    """Writes a recipe beside `posts.csv` of 300 posts; keywords replace parts of it."""

    def make(posts_written: list[dict[str, str]] | None = None, **changes: Any) -> Path:
        posts.write_csv(tmp_path / "posts.csv", posts.rows(300) if posts_written is None else posts_written)
        path = tmp_path / "my.yaml"
        content = {**RECIPE, "backbone": str(backbone), **changes}
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return path

    return make


class Silent:
    """A `Progress` that shows nothing, and ends the stage at its call number `ends_at` as a killed process would."""

    def __init__(self, ends_at: int | None = None) -> None:
        self.calls = 0
        self.ends_at = ends_at
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def at(self, share: float, text: str) -> None:
        self.calls += 1
        if self.calls == self.ends_at:
            raise Killed


class Killed(BaseException):
    """Nothing catches it."""


def call(*words: str | Path) -> Result:
    result = CliRunner().invoke(moderation, list(map(str, words)))
    assert result.exit_code == 0, f"{words}: {result.exception!r}\n{result.output}"
    return result


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory, backbone: Path) -> Any:
    """A run on 600 posts with every stage done."""
    folder = tmp_path_factory.mktemp("user")
    posts.write_csv(folder / "posts.csv", posts.rows(600))
    source = {**RECIPE["sources"]["mine"], "natural": 0.3}
    content = {**RECIPE, "backbone": str(backbone), "sources": {"mine": source}, "budgets": {"size_mb": 25}}
    # The first source keeps a third of its posts for calibration, the second a fifth to choose thresholds on.
    posts.write_csv(folder / "more.csv", posts.rows(200, seed=3))
    content["sources"]["more"] = {**RECIPE["sources"]["mine"], "path": "more.csv"}
    (folder / "my.yaml").write_text(yaml.safe_dump(content))
    call("models", "prepare", folder / "my.yaml", "--run", folder / "run")
    for stage in ("train", "export", "calibrate"):
        call("models", stage, folder / "run")
    from models.training.run import Run

    return Run(folder / "run")
