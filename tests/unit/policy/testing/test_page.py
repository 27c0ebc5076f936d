"""What the page for policy authors says of tests: its example passes, and every key is explained."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from moderation.cli.main import command
from moderation.policy.testing import Case, Expected

PAGE = (Path(__file__).parents[4] / "docs" / "policy-authors.md").read_text(encoding="utf-8")
PART = PAGE[PAGE.index("## Tests of a policy") :].split("\n## ")[0]
POLICY = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[0]
TESTS, FAILING = re.findall(r"^```yaml test\n(.*?)^```$", PART, re.DOTALL | re.MULTILINE)
OUTPUT, FAILURE = re.findall(r"^```text test\n(.*?)^```$", PART, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(("tests", "shown", "code"), [(TESTS, OUTPUT, 0), (TESTS + FAILING, FAILURE, 1)])
def test_the_example_gives_what_the_page_shows(
    tests: str, shown: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my-policy.yaml").write_text(POLICY)
    Path("tests").mkdir()
    Path("tests/my-policy.yaml").write_text(tests)
    (line,) = re.findall(r"^```console\n\$ moderation (.*)\n```$", PART, re.MULTILINE)
    result = CliRunner().invoke(command, line.split())
    assert result.exit_code == code
    assert result.stdout.startswith(shown)


@pytest.mark.parametrize("key", [*Case.model_fields, *Expected.model_fields, "--strict", "--seconds", "--json"])
def test_every_key_is_on_the_page(key: str) -> None:
    assert f"`{key}" in PART
