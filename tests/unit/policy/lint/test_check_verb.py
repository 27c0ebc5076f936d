"""`moderation policy check` shows warnings beside problems, and what the installed models have to do with them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from moderation.cli.policy import command
from moderation.policy.lint import CHECKS

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "policy-authors.md").read_text(encoding="utf-8")
NEVER = "policy: p\nrules:\n  - {id: a, when: text.hate > 0.9 and text.hate < 0.5, then: label, because: hate}\n"
FINE = "policy: p\nrules:\n  - {id: a, when: text.hate > 0.9, then: label, because: hate}\n"


@pytest.fixture(autouse=True)
def _stub_model(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, "stub")


def _use(monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    monkeypatch.setenv("MODERATION_TEXT_MODEL", model)


def _check(tmp_path: Path, source: str, *options: str) -> Any:
    file = tmp_path / "p.yaml"
    file.write_text(source, encoding="utf-8")
    return CliRunner().invoke(command, ["check", *options, str(file)])


def test_a_warning_is_shown_and_the_policy_is_still_right(tmp_path: Path) -> None:
    result = _check(tmp_path, NEVER)
    assert result.exit_code == 0
    assert f"{tmp_path / 'p.yaml'}:3:19: warning: rule 'a' can never fire [never-fires]" in result.stderr
    assert result.stderr.endswith("p.yaml: 1 warning\n")
    assert "ok: policy 'p'" in result.stdout


def test_strict_exits_with_1_for_a_warning_only(tmp_path: Path) -> None:
    assert _check(tmp_path, NEVER, "--strict").exit_code == 1
    fine = _check(tmp_path, FINE, "--strict")
    assert (fine.exit_code, fine.stderr) == (0, "")


def test_warnings_as_json_have_their_code_and_place(tmp_path: Path) -> None:
    (entry,) = json.loads(_check(tmp_path, NEVER, "--json").stdout)
    (warning,) = entry["warnings"]
    assert (entry["ok"], warning["code"], warning["line"], warning["column"]) == (True, "never-fires", 3, 19)


def test_a_warning_of_an_included_file_stands_in_that_file(tmp_path: Path) -> None:
    (tmp_path / "shared.yaml").write_text("# Of several policies.\nqueues: {unused: {due: 1d}}\n" + NEVER[10:])
    result = _check(tmp_path, FINE.replace("id: a", "id: b") + "include: [shared.yaml]\n")
    assert f"{tmp_path / 'shared.yaml'}:4:19: warning: rule 'a' can never fire [never-fires]" in result.stderr
    assert result.stderr.endswith("p.yaml: 1 warning\n")


def test_what_is_looked_for_in_the_text_may_be_there_or_not(tmp_path: Path) -> None:
    head = "lists: {words: [casino], other: [bank]}\n"
    conditions = [
        "any_word(post.text, words) and text.spam > 0.5",
        "any_word(post.text, words) and not any_word(post.text, words)",
        "any_word(post.text, other)",
    ]
    rules = [{"id": f"r{i}", "when": own, "then": "label", "because": "spam"} for i, own in enumerate(conditions)]
    result = _check(tmp_path, f"policy: p\n{head}rules: {json.dumps(rules)}\n", "--json")
    ((entry,),) = [json.loads(result.stdout)]
    assert [(warning["code"], "'r1'" in warning["message"]) for warning in entry["warnings"]] == [("never-fires", True)]


def test_a_model_that_cannot_be_read_is_said_and_the_rest_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use(monkeypatch, str(tmp_path / "nowhere"))
    result = _check(tmp_path, NEVER)
    assert result.exit_code == 0
    assert "[never-fires]" in result.stderr
    assert "what depends on models and banks was not checked: no model" in result.stderr


def test_what_the_model_of_the_settings_lacks_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"")
    manifest = {
        "id": "m", "version": "1", "task": "multi-label-classification", "modality": "text",
        "labels": {"toxic": "toxicity", "hate": "hate"}, "file": "model.onnx",
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "calibration": {"hate": {"method": "platt", "a": 1.0, "b": 0.0}},
        "runtime": {"precision": "fp32"}, "licence": "none", "origin": "a test",
    }  # fmt: skip
    (folder / "manifest.yaml").write_text(yaml.safe_dump(manifest), encoding="utf-8")
    bins = [{"low": 0.0, "high": 0.02}, {"low": 0.9, "high": 0.95}]
    (folder / "evaluation.json").write_text(json.dumps({"reliability": {"set": {"hate": {"bins": bins}}}}))
    _use(monkeypatch, str(folder))
    rules = [
        f"  - {{id: {name}, when: text.{name} >= 0.97, then: label, because: {name}}}" for name in ("hate", "spam")
    ]
    source = "\n".join(["policy: p", "rules:", *rules, rules[0].replace("hate", "toxicity")]) + "\n"
    (entry,) = json.loads(_check(tmp_path, source, "--json").stdout)
    assert [warning["code"] for warning in entry["warnings"]] == ["out-of-reach", "no-model", "not-calibrated"]


def test_the_policy_that_ships_makes_no_warning_but_of_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(command, ["check", "--strict", str(ROOT / "policies" / "community-standards.yaml")])
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize("code", CHECKS)
def test_every_code_is_on_the_page(code: str) -> None:
    assert f"| `{code}` |" in PAGE


def test_a_misspelt_bank_is_found_where_the_folder_of_banks_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = '- {id: a, when: image.bank == "teror", then: remove, because: threat}'
    monkeypatch.setenv("MODERATION_HASH_BANKS", str(tmp_path / "banks"))
    (tmp_path / "banks").mkdir()
    for name, kind in (("terror", "kind: block\nreason: terror\n"), ("tenor", "kind: allow\n")):
        (tmp_path / "banks" / f"{name}.yaml").write_text(f"{kind}distance: 31\n")
    found = _check(tmp_path, f"policy: p\nrules:\n  {rules}\n").stderr
    assert "there is no bank 'teror' that 'image.bank' could name [no-bank]" in found
    assert "did you mean 'terror'?  banks that block: terror\n" in found
    assert "no-bank" not in _check(tmp_path, f"policy: p\nrules:\n  {rules.replace('teror', 'terror')}\n").stderr
