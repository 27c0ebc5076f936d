"""docs/training.md: its recipe is a recipe, its table names every key, and its commands make a model that is served."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from models.training import recipe as recipes
from models.training.readers.table import TableOptions
from models.training.recipe import Recipe, Source
from moderation.cli.main import command as moderation
from tests.training import posts

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.+?)```", PAGE, re.S)


def test_the_commands_of_the_page_make_a_model_that_is_served(
    tmp_path: Path, backbone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policies").symlink_to(ROOT / "policies")
    [sample], [recipe] = blocks("csv"), blocks("yaml")
    assert tuple(sample.splitlines()[0].split(",")) == posts.COLUMNS
    posts.write_csv(tmp_path / "posts.csv", posts.rows(500))
    (tmp_path / "my-model.yaml").write_text(recipe, encoding="utf-8")
    assert recipes.load(tmp_path / "my-model.yaml").name == "my-model@1"
    smaller = {**yaml.safe_load(recipe), "backbone": str(backbone)}
    smaller["plan"] = {"epochs": 3, "learning_rate": 5e-3, "batch_tokens": 400, "max_length": 32}
    (tmp_path / "my-model.yaml").write_text(yaml.safe_dump(smaller), encoding="utf-8")
    texts = [row["body"] for row in posts.rows(20, seed=8)]
    lines = [json.dumps({"post_id": str(number), "text": text}) for number, text in enumerate(texts)]
    (tmp_path / "posts.jsonl").write_text("\n".join(lines))
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) == 7
    for line in commands:
        *settings, words = re.split(r"\s*moderation ", line)
        environment = dict(setting.split("=") for setting in settings if setting)
        result = CliRunner().invoke(moderation, shlex.split(words), env=environment)
        assert result.exit_code == 0, f"{line}: {result.exception!r}\n{result.output}"
    decisions = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()]
    assert [decision["post_id"] for decision in decisions] == [str(number) for number in range(20)]
    assert all("my-model@1" in decision["models"].values() for decision in decisions)
    assert (tmp_path / "runs" / "my-model" / "my-model" / "CARD.md").is_file()


def keys_of(after: str) -> set[str]:
    table = PAGE.split(after)[1].lstrip().split("\n\n")[0]
    return {name for row in re.findall(r"^\| (`.+?) \|", table, re.M) for name in re.findall(r"`(\w+)`", row)}


def test_every_key_of_a_recipe_has_its_line_and_no_other() -> None:
    assert keys_of("## The recipe\n") == set(Recipe.model_fields)
    assert keys_of("Of every source:\n") == set(Source.model_fields)
    assert keys_of("And of a `file`:\n") == set(TableOptions.model_fields)
