"""`moderation models`: verbs that explain themselves, cheaply, and say which extra is missing."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from models import manifest
from models.training import extra
from moderation.cli.models import VERBS
from moderation.cli.models import command as group
from moderation.errors import MissingDependency, ModelError

HEAVY = {"torch", "transformers", "onnx", "onnxruntime", "polars", "sklearn", "scipy", "matplotlib"}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_can_be_imported_and_explains_itself(verb: str) -> None:
    loaded = group.get_command(click.Context(group), verb)
    assert loaded is not None
    assert loaded.help


def test_help_imports_nothing_heavy() -> None:
    words = [["models", "--help"], *(["models", verb, "--help"] for verb in VERBS)]
    program = (
        "import sys\nfrom moderation.cli.main import command\n"
        f"for words in {words!r}:\n"
        "    try: command.main(words)\n"
        "    except SystemExit as end: assert not end.code\n"
        f"assert not {HEAVY!r} & set(sys.modules), {HEAVY!r} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "prepare" in done.stdout


def test_list_names_the_shipped_models_and_those_of_a_folder() -> None:
    shipped = [manifest.load(path.parent).name for path in sorted(manifest.SHIPPED.glob("*/manifest.yaml"))]
    found = CliRunner().invoke(group, ["list", "--json"])
    assert [row["model"] for row in json.loads(found.stdout)] == shipped
    again = CliRunner().invoke(group, ["list", "--json", str(manifest.SHIPPED), str(manifest.SHIPPED / "text-minilm")])
    assert [row["model"] for row in json.loads(again.stdout)] == shipped
    table = CliRunner().invoke(group, ["list"]).stdout
    assert all(name in table for name in shipped)


def test_list_says_what_is_wrong_with_a_model(tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_text("id: x\n")
    result = CliRunner().invoke(group, ["list", str(tmp_path)])
    assert isinstance(result.exception, ModelError)


def test_what_is_not_installed_is_named_with_the_extra() -> None:
    with pytest.raises(MissingDependency, match=r"needs no_such_module, .*pip install 'moderation-pipeline\[train\]'"):
        extra.require("no_such_module", "json")
    extra.require("json")
