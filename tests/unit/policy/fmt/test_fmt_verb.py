"""`moderation policy fmt`: which files it touches, and how."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from moderation.cli.main import command

MESSY = "rules:\n- {id: a, when: text.hate>0.9, then: label, because: hate}\npolicy:   p\n"
TIDY = "policy: p\n\nrules:\n  - {id: a, when: text.hate > 0.9, then: label, because: hate}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fmt(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["policy", "fmt", *arguments])


def test_a_file_is_formatted_in_place_and_keeps_its_mode(folder: Path) -> None:
    file = folder / "p.yaml"
    file.write_text(MESSY)
    file.chmod(0o640)
    result = fmt("p.yaml")
    assert (result.exit_code, result.stdout) == (0, "p.yaml: formatted\n")
    assert file.read_text() == TIDY
    assert file.stat().st_mode & 0o777 == 0o640
    assert fmt("p.yaml").stdout == "1 file in style already\n"
    assert list(folder.iterdir()) == [file]


def test_a_link_stays_a_link(folder: Path) -> None:
    (folder / "real.yaml").write_text(MESSY)
    (folder / "p.yaml").symlink_to("real.yaml")
    assert fmt("p.yaml").exit_code == 0
    assert (folder / "p.yaml").is_symlink()
    assert (folder / "real.yaml").read_text() == TIDY


def test_check_names_the_files_and_changes_nothing(folder: Path) -> None:
    (folder / "p.yaml").write_text(MESSY)
    (folder / "q.yaml").write_text(TIDY)
    result = fmt("--check", "p.yaml", "q.yaml")
    assert (result.exit_code, result.stdout) == (1, "p.yaml: not in style\n")
    assert (folder / "p.yaml").read_text() == MESSY
    assert fmt("--check", "q.yaml").exit_code == 0


def test_diff_shows_the_lines_and_changes_nothing(folder: Path) -> None:
    (folder / "p.yaml").write_text(MESSY)
    result = fmt("--diff", "p.yaml")
    assert result.exit_code == 0
    assert "-policy:   p\n" in result.stdout
    assert "+policy: p\n" in result.stdout
    assert (folder / "p.yaml").read_text() == MESSY
    (folder / "p.yaml").write_bytes(TIDY.replace("\n", "\r\n").encode())
    assert "only line ends" in fmt("--diff", "p.yaml").stdout


def test_included_files_are_formatted_with_their_policy(folder: Path) -> None:
    (folder / "shared").mkdir()
    (folder / "p.yaml").write_text(f"include: shared/a.yaml\n{MESSY}")
    (folder / "shared" / "a.yaml").write_text("include: [b.yaml, ../p.yaml]\n")
    (folder / "shared" / "b.yaml").write_text("facts:   {a: number}\n")
    result = fmt("p.yaml")
    assert (result.exit_code, result.stdout) == (0, "p.yaml: formatted\nshared/b.yaml: formatted\n")
    assert (folder / "shared" / "b.yaml").read_text() == "facts: {a: number}\n"


def test_an_included_file_by_itself_is_only_itself(folder: Path) -> None:
    (folder / "a.yaml").write_text("include: ../outside.yaml\n")
    assert fmt("a.yaml").exit_code == 0


def test_without_a_file_the_policy_of_the_settings_and_its_tests_are_formatted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "p.yaml").write_text(TIDY)
    (folder / "tests").mkdir()
    tests = folder / "tests" / "p.yaml"
    tests.write_text("tests:\n- expect: {fired: [a],action: label}\n  given: {text.hate: 0.95}\n  name: 'over it'\n")
    monkeypatch.setenv("MODERATION_POLICY", str(folder / "p.yaml"))
    assert fmt().stdout == f"{tests}: formatted\n"
    assert tests.read_text() == (
        "tests:\n  - name: over it\n    given: {text.hate: 0.95}\n    expect: {action: label, fired: [a]}\n"
    )


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_formatted(folder: Path) -> None:
    (folder / "broken.yaml").write_text("policy: [a\n")
    (folder / "p.yaml").write_text(f"include: gone.yaml\n{MESSY}")
    result = fmt("broken.yaml", "p.yaml")
    assert result.exit_code == 1
    assert result.stdout == "p.yaml: formatted\n"
    assert "broken.yaml:2:1: not valid YAML" in result.stderr
    assert "gone.yaml:1:1: cannot be read: No such file or directory" in result.stderr
    assert (folder / "broken.yaml").read_text() == "policy: [a\n"
