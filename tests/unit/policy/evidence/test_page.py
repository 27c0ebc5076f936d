"""What the page for authors shows of evidence is what comes of it."""

import re
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from moderation.cli.main import command
from moderation.policy import keys
from moderation.policy.lint import CHECKS
from tests.unit.policy.evidence.files import judged
from tests.unit.policy.test_authors_page import BLOCKS, PAGE, POLICIES
from tests.unit.policy.test_schema import VALIDATOR, as_an_editor_sees

POLICY, SHOWN = (text for _, about, text in BLOCKS if about == " evidence")


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The policy of the page, with posts made up for it."""
    judged(tmp_path / "evidence" / "hate.csv", 20_000, model="text-minilm@2", label_as="hate")
    (tmp_path / "my-policy.yaml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_check_tells_what_the_page_shows(board: Path) -> None:
    result = CliRunner().invoke(command, ["policy", "check", "my-policy.yaml"])
    assert re.sub(r"hash \w+", "hash ...", result.stdout) == SHOWN


def test_tuning_shows_what_the_page_shows(board: Path) -> None:
    (board / "my-policy.yaml").write_text(POLICIES[0])
    (line,) = [text for _, _, text in BLOCKS if text.startswith("$ moderation policy tune")]
    (shown,) = [text for _, about, text in BLOCKS if about == " tune"]
    told = CliRunner().invoke(command, line.split()[2:], env={"MODERATION_TEXT_MODEL": "stub"}).output
    assert re.fullmatch(re.escape(shown).replace(re.escape("...\n"), "(?:.*\n)+"), told), told


def test_editors_know_the_section(board: Path) -> None:
    VALIDATOR.validate(as_an_editor_sees(POLICY))
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(as_an_editor_sees(POLICY.replace("label: hate", "lable: hate")))


@pytest.mark.parametrize("key", [key for key in keys.EVIDENCE.meanings if key != "resolved"])
def test_every_key_of_evidence_is_on_the_page(key: str) -> None:
    assert f"| `{key}:` | " in PAGE.partition("## Thresholds from evidence")[2]


def test_the_warning_is_on_the_page() -> None:
    assert f"| `{CHECKS['other-model'].code}` | " in PAGE
