"""A whole evaluation of a small model, and the gate that holds it to its bounds."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from models import manifest
from models.training import card, results
from models.training.judge import evaluation as evaluations
from models.training.judge import gate
from models.training.judge.evaluate import evaluate
from models.training.judge.subject import Subject
from moderation.cli.models.gate import command
from moderation.errors import ConfigurationError, ModelError

BOUNDS = {"subgroup_auc_gap": 0.05, "bpsn_auc_gap": 0.05, "bnsp_auc_gap": 0.05, "parity_flipped": 0.01}
BUDGETS = {"size_mb": 1, "memory_mb": 2000, "posts_per_second": 1}


class Quiet:
    def say(self, line: str) -> None: ...

    def at(self, share: float, text: str) -> None: ...


@dataclass(frozen=True)
class Case:
    text: str
    hateful: bool
    functionality: str
    group: str = ""


CASES = [
    Case("I hate them", True, "plain"),
    Case("I h8 them", True, "spelling"),
    Case("I lovely them", False, "plain"),
    Case("nobody should hate them", False, "negated"),
]


@pytest.fixture(scope="module")
def judged_fair(word_model: Any, data: Path) -> Path:
    return judged(word_model(bounds=BOUNDS, budgets=BUDGETS, thresholds={"hate": 0.9}), data)


@pytest.fixture(scope="module")
def judged_biased(word_model: Any, data: Path) -> Path:
    return judged(word_model({"gay": 12.0}, bounds=BOUNDS, budgets=BUDGETS), data)


@pytest.fixture
def fair(judged_fair: Path, tmp_path: Path) -> Path:
    """A model to which groups are the same."""
    return shutil.copytree(judged_fair, tmp_path / "fair")


@pytest.fixture
def biased(judged_biased: Path, tmp_path: Path) -> Path:
    """A model to which the name of one group is an offence."""
    return shutil.copytree(judged_biased, tmp_path / "biased")


def judged(folder: Path, data: Path) -> Path:
    subject = Subject(folder)
    evaluations.save(folder, evaluate(subject, data, Quiet(), CASES, {"fp32": subject}))
    return folder


def test_every_figure_is_of_the_sets_in_the_models_languages(fair: Path) -> None:
    found = evaluations.load(fair, manifest.load(fair))
    assert set(found.sets) == {"comments", "talk", "neighbours", *(f"dynahate-{v}" for v in "OABC")}
    assert (found.sets["comments"].texts, found.sets["comments"].of) == (30, 100)
    assert found.rankings["comments"]["toxicity"].auc.value == 1
    assert set(found.rankings) == {"comments", "talk", *(f"dynahate-{v}" for v in "OABC")}
    # Six of sixty are labelled toxic, of which the model knows three.
    assert found.rankings["talk"]["toxicity"].auc.value == pytest.approx(0.75)
    assert found.alarms["talk"].any.of == 54
    assert found.alarms["talk"].any.count == 0
    assert found.reliability["talk"]["toxicity"].texts == 60


def test_attacks_are_compared_on_the_hateful_items(fair: Path) -> None:
    found = evaluations.load(fair, manifest.load(fair)).attacks
    assert set(found) == {"African American English", "gang slang", "internet slang"}
    assert {(each.plain.count, each.attacked.count, each.plain.of, each.lost) for each in found.values()} == {
        (20, 10, 20, 10)
    }


def test_functional_cases_are_right_or_wrong_at_the_shipped_threshold(fair: Path) -> None:
    found = evaluations.load(fair, manifest.load(fair)).functions
    assert found is not None
    assert found.threshold == 0.9
    assert (found.overall.count, found.overall.of) == (2, 4)
    assert (found.hateful.count, found.harmless.count) == (1, 1)
    assert {name: each.right.count for name, each in found.by_functionality.items()} == {
        "plain (hateful)": 1,
        "plain (not hateful)": 1,
        "spelling": 0,
        "negated": 0,
    }


def test_a_fair_model_passes_the_gate(fair: Path) -> None:
    done = CliRunner().invoke(command, [str(fair)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "words@1 passes: 7 limits kept" in done.stderr


def test_a_biased_model_does_not_pass_the_gate(biased: Path) -> None:
    done = CliRunner().invoke(command, [str(biased), "--recorded"])
    assert isinstance(done.exception, ModelError)
    assert "words@1 does not pass: " in str(done.exception)
    assert "bpsn_auc_gap" in str(done.exception)
    found = evaluations.load(biased, manifest.load(biased))
    assert found.fairness["en"].terms["gay"].bpsn_auc.value < 0.1
    assert found.alarms["neighbours"].groups["gay"].value == 1
    assert found.alarms["neighbours"].groups["old"].value == 0


def test_a_bound_that_was_not_measured_does_not_pass(fair: Path) -> None:
    spec = manifest.load(fair)
    found = evaluations.load(fair, spec).model_copy(update={"parity": {}, "fairness": {}})
    checks = gate.checks(spec, found, found.cost)
    assert {check.name for check in checks if not check.passed} == set(BOUNDS)


def test_a_model_without_limits_has_nothing_to_pass(fair: Path) -> None:
    content = yaml.safe_load((fair / "manifest.yaml").read_text(encoding="utf-8"))
    (fair / "manifest.yaml").write_text(yaml.safe_dump(content | {"bounds": {}, "budgets": {}}), encoding="utf-8")
    done = CliRunner().invoke(command, [str(fair), "--recorded"])
    assert "states neither bounds nor budgets" in str(done.exception)


def test_figures_of_other_weights_or_thresholds_are_refused(fair: Path) -> None:
    spec = manifest.load(fair)
    with pytest.raises(ModelError, match="another ONNX file"):
        evaluations.load(fair, spec.model_copy(update={"sha256": "0" * 64}))
    with pytest.raises(ModelError, match="other thresholds"):
        evaluations.load(fair, spec.model_copy(update={"thresholds": {"hate": 0.8}}))
    (fair / evaluations.FILE).write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be read"):
        evaluations.load(fair, spec)
    (fair / evaluations.FILE).unlink()
    with pytest.raises(ModelError, match="has not been judged; run `moderation models evaluate"):
        evaluations.load(fair, spec)


def test_a_missing_set_is_named_with_its_folder(word_model: Any, data: Path) -> None:
    with pytest.raises(ConfigurationError, match="comments: no such folder; it should hold the evaluation set"):
        evaluate(Subject(word_model()), data / "talk", Quiet())


def test_an_evaluation_is_the_same_after_it_was_written_and_read(fair: Path) -> None:
    found = evaluations.load(fair, manifest.load(fair))
    evaluations.save(fair, found)
    assert evaluations.load(fair, manifest.load(fair)) == found


def test_key_figures_fit_into_a_manifest(fair: Path) -> None:
    found = evaluations.load(fair, manifest.load(fair))
    figures = evaluations.key_figures(found)
    content = yaml.safe_load((fair / "manifest.yaml").read_text(encoding="utf-8")) | {"metrics": figures}
    assert manifest.Manifest.model_validate(content).metrics == json.loads(json.dumps(figures))
    assert figures["auc"]["comments"] == {"toxicity": 1.0}
    assert figures["functional"]["overall"] == 0.5


def test_the_card_says_what_was_measured_and_keeps_what_people_wrote(fair: Path) -> None:
    text = card.write(fair, "For the tests, **only**.\n").read_text(encoding="utf-8")
    assert "# words@1" in text
    assert "| comments | en | toxicity | 1.0000 (1.0000 to 1.0000) |" in text
    assert "**MISSED**" in text
    assert "no output for sexual content, self-harm, insult, threat, obscenity, spam" not in text
    assert "It has no output for insult, threat, obscenity, spam, sexual content, self-harm" in text
    again = card.write(fair).read_text(encoding="utf-8")
    assert again == text
    assert "For the tests, **only**." in again


def test_the_results_in_a_page_are_replaced_between_their_marks(fair: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "before\n<!-- results of words -->\nthe old ones\n<!-- end of results -->\nafter\n", encoding="utf-8"
    )
    results.write(fair, page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- results of words -->\n")
    assert text.endswith("<!-- end of results -->\nafter\n")
    assert "the old ones" not in text
    assert results.block(fair) in text
    results.write(fair, page)
    assert page.read_text(encoding="utf-8") == text


def test_a_page_without_marks_is_refused(fair: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="has no lines"):
        results.write(fair, page)
