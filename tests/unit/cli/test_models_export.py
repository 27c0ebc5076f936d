"""`moderation models export MODEL --out`: a model in another precision."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from models import manifest
from moderation.cli.models import command as group
from moderation.errors import ConfigurationError, ModelError


def test_a_shipped_model_becomes_fp16_by_its_name(tmp_path: Path) -> None:
    out = tmp_path / "gpu"
    words = ["export", "text-minilm", "--precision", "fp16", "--out", str(out)]
    result = CliRunner().invoke(group, words, catch_exceptions=False)
    assert result.stdout.startswith(f"{manifest.load(out).name}: on ")
    assert f"MODERATION_TEXT_MODEL={out}" in result.stderr
    assert manifest.load(out).runtime.precision == "fp16"


@pytest.mark.parametrize(
    ("words", "kind", "message"),
    [
        (["text-maxilm", "--out", "x"], ModelError, "no model 'text-maxilm'"),
        ([str(manifest.SHIPPED / "text-minilm")], ConfigurationError, "is a model, not a run; name the folder"),
    ],
)
def test_what_cannot_be_exported_is_said(words: list[str], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        CliRunner().invoke(group, ["export", *words], catch_exceptions=False)
