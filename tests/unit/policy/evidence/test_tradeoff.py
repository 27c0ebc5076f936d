"""The trade-off of a threshold: every figure as counted by hand, and the proposal only where it can be told."""

import contextlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.cli.policy import command
from moderation.policy import parse_policy
from moderation.policy.evidence.columns import Columns
from moderation.policy.evidence.dial import dials
from moderation.policy.evidence.examples import Examples
from moderation.policy.evidence.subject import Subject
from moderation.policy.evidence.tradeoff import GRID, Prices, cheapest, rows
from moderation.policy.synthetic import record_of
from tests.unit.policy.evidence.files import judged

GOLDEN = Path(__file__).parents[1] / "golden" / "evidence" / "tune"
PRICES = Prices(miss=5.0, mistake=2.0, minutes=1.5, hour=30.0, posts=2_000.0)


@st.composite
def evidence(draw: st.DrawFn) -> Examples:
    """Some posts that stand for one or for several."""
    post = st.tuples(st.integers(0, 100), st.booleans(), st.sampled_from([1.0, 2.5, 20.0]))
    drawn = [*draw(st.lists(post, max_size=40)), (90, True, 1.0), (10, False, 1.0)]
    scores, right, weights = (np.array(column) for column in zip(*drawn, strict=True))
    return Examples(scores / 100, right, weights, True)


def _by_hand(examples: Examples, threshold: float) -> tuple[float, float, float, float]:
    """Precision, recall, reviews and cost."""
    posts = list(zip(examples.scores, examples.right, examples.weights, strict=True))
    above = sum(weight for score, _, weight in posts if score >= threshold)
    hits = sum(weight for score, right, weight in posts if score >= threshold and right)
    sought = sum(weight for _, right, weight in posts if right)
    day = 2_000 / sum(weight for *_, weight in posts)
    cost = (sought - hits) * 5 + (above - hits) * 2 + above * 1.5 / 60 * 30
    return hits / above if above else 0.0, hits / sought, above * day, cost * day


@settings(max_examples=60, deadline=None)
@given(evidence())
def test_every_figure_is_the_one_counted_by_hand(examples: Examples) -> None:
    points = np.array([0.0, 0.1, 0.55, 0.9, 1.0])
    for row in rows(examples, points, PRICES):
        assert (row.precision[0], row.recall[0], row.acted, row.cost) == pytest.approx(
            _by_hand(examples, row.threshold), abs=1e-9
        )
        assert row.hours == pytest.approx(row.acted / 40)
        for share, low, high in (row.precision, row.recall):
            assert 0.0 <= low <= share <= high <= 1.0 or not row.above


@settings(max_examples=30, deadline=None)
@given(evidence(), st.sampled_from([0.1, 0.555, 0.9]))
def test_the_cheapest_threshold_is_the_cheapest_of_all_and_saves_what_it_costs_less(
    examples: Examples, now: float
) -> None:
    found = cheapest(examples, PRICES, now)
    costs = {float(point): _by_hand(examples, point)[3] for point in [*GRID, now]}
    assert costs[found.threshold] == pytest.approx(min(costs[float(point)] for point in GRID))
    assert found.saves is not None
    assert found.saves[0] == pytest.approx(costs[now] - costs[found.threshold], abs=1e-9)


HEAD = "policy: p\nfacts: {trusted: {type: boolean, default: false}}\nsignals: {worst: 'max(text.spam, 0.3)'}\n"
CONDITIONS = [
    "text.hate >= 0.5",
    "text.hate >= 0.5 and post.surface == 'comment'",
    "text.hate > 0.5 or text.spam >= 0.8 and not facts.trusted",
    "0.5 <= text.hate < 0.9",
    "not (worst < 0.6) and (text.hate >= 0.5 or post.surface == 'comment')",
    "0.8 <= text.spam or 0.5 < text.hate",
]


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(CONDITIONS),
    st.lists(
        st.fixed_dictionaries(
            {
                "text.hate": st.integers(0, 20).map(lambda score: score / 20),
                "text.spam": st.integers(0, 20).map(lambda score: score / 20) | st.none(),
                "post.surface": st.sampled_from(["comment", "profile"]) | st.none(),
                "facts.trusted": st.booleans() | st.none(),
            }
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 19),
)
def test_under_a_rule_a_post_counts_where_the_rule_with_that_threshold_fires(
    condition: str, posts: list[dict[str, float | str | bool | None]], threshold: int
) -> None:
    made = parse_policy(f"{HEAD}rules: [{{id: a, when: {json.dumps(condition)}, then: review, because: hate}}]")
    subject = Subject(made, "a", "text.hate", None)
    table = pl.DataFrame([{**post, "label": 1} for post in posts], schema_overrides=SCHEMA)
    file = table.write_csv().encode()
    found = subject.examples(file, "posts.csv", Columns(""))
    value = threshold / 20 + 0.01  # no score is equal: `>` and `>=` mean the same
    moved = parse_policy(made.source.replace("0.5", f"{value:g}"))
    for post, score in zip(posts, found.scores, strict=True):
        record = record_of({name: own for name, own in post.items() if own is not None})
        assert bool(moved.program.run(record).fired) == (score >= value)


SCHEMA = {
    "text.hate": pl.Float64, "text.spam": pl.Float64, "post.surface": pl.String, "facts.trusted": pl.Boolean
}  # fmt: skip


def test_only_thresholds_that_a_score_must_reach_are_turned() -> None:
    condition = "text.hate < 0.5 or worst >= 0.4 or text.length > 3 or 0.7 <= text.spam < 0.9"
    made = parse_policy(f"{HEAD}rules: [{{id: a, when: '{condition}', then: label, because: hate}}]")
    assert [(own.signal, own.value) for own in dials(made.program.conditions[0])] == [("text.spam", 0.7)]


POLICY = """\
policy: my-policy
evidence: {text.insult: {from: evidence/posts.csv, score: score, label: hate}}
thresholds: {text.threat: {high: 0.7}}
rules:
  - id: hate-remove
    when: text.hate >= 0.95
    then: remove
    because: hate
  - {id: hate-look, when: text.hate >= 0.60, then: review, because: hate}
  - {id: fine, when: text.hate >= 0.5, then: review, because: hate}
  - {id: named, when: text.threat >= high, then: label, because: threat}
  - {id: asked, when: precision(text.insult) >= 0.9, then: label, because: insult}
  - {id: more, when: text.hate >= 0.6 and (text.spam >= 0.5 or facts.reports > 3), then: review, because: hate}
facts: {reports: number}
"""
COSTS = "--cost-of-miss 1 --cost-of-mistake 0.4 --minutes-per-review 0.5 --cost-of-hour 30 --per-day 20000"
RUNS = {
    "signal": "text.hate",
    "review-rule": f"hate-look {COSTS}",
    "keep": f"fine {COSTS}",
    "remove-rule": f"hate-remove {COSTS}",
    "precision": "hate-remove --precision 0.95",
    "impossible": "hate-remove --precision 0.999",
    "named": "named --cost-of-mistake 3 --cost-of-miss 1",
    "asked": "asked --cost-of-mistake 3 --cost-of-miss 1",
    "several": "more",
    "lacking": "more --signal text.hate",
    "no-such": "more --signal text.threat",
    "unknown": "hate-lok",
}


def _told(run: str) -> str:
    """What is said in the current folder."""
    judged(Path("evidence/posts.csv"), 3_000, label_as="hate")
    Path("my-policy.yaml").write_text(POLICY)
    arguments = ["tune", *RUNS[run].split(), "my-policy.yaml", "--labels", "evidence/posts.csv", "--label", "hate"]
    found = CliRunner().invoke(command, arguments, env={"MODERATION_TEXT_MODEL": "stub"})
    assert Path("my-policy.yaml").read_text() == POLICY
    return found.output or f"{found.exception}\n"


@pytest.mark.parametrize("run", RUNS)
def test_what_authors_see_is_the_golden_text(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of wording: `python -m tests.unit.policy.evidence.test_tradeoff` writes them anew: read them."""
    monkeypatch.chdir(tmp_path)
    assert _told(run) == (GOLDEN / f"{run}.txt").read_text(encoding="utf-8")


def test_for_programs_there_is_the_same_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    judged(tmp_path / "posts.csv", 2_000)
    Path("p.yaml").write_text("policy: p\nrules: [{id: a, when: text.hate >= 0.9, then: review, because: hate}]\n")
    found = CliRunner().invoke(
        command, ["tune", "a", "p.yaml", "--labels", "posts.csv", "--cost-of-miss", "1", "--json"]
    )
    told = json.loads(found.output)
    assert (told["subject"], told["signal"], told["current"]) == ("a", "text.hate", {"a": 0.9})
    assert told["proposal"] == told["cheapest"]["threshold"] <= 0.05
    assert str(told["proposal"]) in told["marks"]


def test_of_thresholds_that_cost_the_same_the_highest_is_proposed() -> None:
    examples = Examples(np.array([0.1] * 20 + [0.9] * 20), np.arange(40) >= 20, np.ones(40))
    assert cheapest(examples, PRICES, None).threshold == 0.9


def test_the_evaluation_of_a_model_shows_ranges_and_says_so() -> None:
    shipped = Path(__file__).parents[4] / "models" / "shipped" / "text-minilm" / "evaluation.json"
    policy = Path(__file__).parents[4] / "policies" / "community-standards.yaml"
    found = CliRunner().invoke(command, ["tune", "text.insult", str(policy), "--labels", str(shipped)])
    assert "1,286 judged posts" in found.output
    assert "- Scores are known by ranges only" in found.output


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name in RUNS:
            (GOLDEN / f"{name}.txt").write_text(_told(name), encoding="utf-8")
