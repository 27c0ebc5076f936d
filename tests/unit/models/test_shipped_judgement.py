"""Every text model in the package keeps to the bounds and budgets of its manifest, and the page has its results."""

from pathlib import Path

import pytest

from models import manifest
from models.training import results
from models.training.judge import evaluation as evaluations
from models.training.judge import gate
from models.training.judge.cost import memory_mb

FOLDERS = sorted(path.parent for path in manifest.SHIPPED.glob("text-*/manifest.yaml"))
PAGE = Path(__file__).parents[3] / "docs" / "models.md"

shipped = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@shipped
def test_what_was_measured_is_of_these_weights_and_within_the_limits(folder: Path) -> None:
    spec = manifest.load(folder)
    evaluation = evaluations.load(folder, spec)
    checks = gate.checks(spec, evaluation, evaluation.cost)
    assert set(spec.budgets) == {"size_mb", "p95_ms", "memory_mb", "posts_per_second"}
    assert {"subgroup_auc_gap", "bpsn_auc_gap", "bnsp_auc_gap"} <= set(spec.bounds)
    assert all(check.passed for check in checks), gate.table(checks)


@shipped
def test_size_and_memory_are_within_the_budget_here_and_now(folder: Path) -> None:
    spec = manifest.load(folder)
    assert (folder / spec.file).stat().st_size / 1e6 <= spec.budgets["size_mb"]
    assert memory_mb(folder) <= spec.budgets["memory_mb"]


@shipped
def test_the_page_has_the_results_of_the_evaluation(folder: Path) -> None:
    assert results.block(folder) in PAGE.read_text(encoding="utf-8")


@shipped
def test_the_manifest_has_the_key_figures_of_the_evaluation(folder: Path) -> None:
    spec = manifest.load(folder)
    assert spec.metrics == evaluations.key_figures(evaluations.load(folder, spec))
