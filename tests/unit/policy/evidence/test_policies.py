"""Policies with precision(): resolved when they are built, the same by themselves, followed and told."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.cli.policy import command
from moderation.events import Post, Verdict
from moderation.history.rows import of_record, of_verdict
from moderation.history.writing import write
from moderation.policy import Policy, PolicyError, evaluate, load_policy, parse_policy
from moderation.policy.files import stamp_of
from moderation.policy.lint import Provided, lint
from moderation.policy.portrait import portrait
from tests.unit.policy.builders import TIME, record
from tests.unit.policy.evidence.files import judged

GOLDEN = Path(__file__).parents[1] / "golden" / "evidence"
HEAD = "policy: p\nevidence: {text.hate: {from: evidence/hate.csv}}\n"


def _policy(folder: Path, condition: str, model: str | None = None) -> Policy:
    judged(folder / "evidence" / "hate.csv", model=model)
    rule = {"id": "a", "when": condition, "then": "label", "because": "hate"}
    file = folder / "p.yaml"
    file.write_text(f"{HEAD}rules: [{json.dumps(rule)}]\n")
    return load_policy(file)


def test_every_mistake_is_told_as_in_the_golden_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of wording: run `moderation policy check policy.yaml` in that folder; read the difference."""
    monkeypatch.chdir(GOLDEN)
    result = CliRunner().invoke(command, ["check", "policy.yaml"])
    assert (result.exit_code, result.stderr) == (1, (GOLDEN / "messages.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("asked", "means"),
    [
        ("precision(text.hate) >= 0.9", "text.hate >= {0}"),
        ("0.9 <= precision(text.hate)", "{0} <= text.hate"),
        ("precision(text.hate) < 0.9", "text.hate < {0}"),
        ("0.6 <= precision(text.hate) < 0.9", "{1} <= text.hate < {0}"),
        ("not (precision(text.hate) >= 0.9) or text.spam > 0.5", "not (text.hate >= {0}) or text.spam > 0.5"),
    ],
)
def test_a_demand_is_the_number_it_comes_to(tmp_path: Path, asked: str, means: str) -> None:
    made = _policy(tmp_path, asked)
    numbers = {own.precision: own.threshold for own in made.resolved}
    rule = {"id": "a", "when": means.format(numbers[0.9], numbers.get(0.6)), "then": "label", "because": "hate"}
    assert made.hash == parse_policy(f"policy: p\nrules: [{json.dumps(rule)}]\n").hash
    assert 0.5 < numbers[0.9] < 0.7


def test_it_works_in_variants_and_in_derived_signals(tmp_path: Path) -> None:
    judged(tmp_path / "evidence" / "hate.csv")
    (tmp_path / "p.yaml").write_text(
        f"""{HEAD}
signals: {{sure: precision(text.hate) >= 0.95 }}
rules:
  - id: a
    when: sure
    then: remove
    because: hate
    variants:
      - {{name: name, for: post.surface == "username", when: precision(text.hate) >= 0.6, then: hold}}
"""
    )
    made = load_policy(tmp_path / "p.yaml")
    at = {own.precision: own.threshold for own in made.resolved}
    seen = [
        evaluate(record({"text.hate": score}, surface=surface), made).decision.action
        for surface in ("comment", "username")
        for score in (at[0.6] - 0.01, at[0.6], at[0.95] - 0.01, at[0.95])
    ]
    assert seen == ["allow", "allow", "allow", "remove", "allow", "hold", "hold", "hold"]


@settings(max_examples=15, deadline=None)
@given(
    demands=st.lists(st.sampled_from(["0.5", "0.6", "0.75", "0.9", "0.95"]), min_size=1, max_size=3),
    seed=st.integers(0, 50),
)
def test_the_published_policy_needs_no_file_and_has_the_same_hash(
    demands: list[str], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("published")
    judged(folder / "evidence" / "hate.csv", seed=seed, model="m@1")
    rules = [
        {"id": f"r{place}", "when": f"precision(text.hate) >= {demand}", "then": "label", "because": "hate"}
        for place, demand in enumerate(demands)
    ]
    (folder / "p.yaml").write_text(f"{HEAD}rules: {json.dumps(rules)}\n")
    made = load_policy(folder / "p.yaml")
    again = parse_policy(made.source)
    assert (again.hash, again.resolved, again.source) == (made.hash, made.resolved, made.source)
    assert str(folder) not in made.source
    assert yaml.safe_load(made.source)["evidence"]["text.hate"]["resolved"][0]["file"] == "evidence/hate.csv"


def test_a_published_policy_is_not_asked_for_what_was_not_resolved(tmp_path: Path) -> None:
    source = _policy(tmp_path, "precision(text.hate) >= 0.9").source
    with pytest.raises(PolicyError, match=r"was resolved for 0\.9 only, not for 0\.8"):
        parse_policy(source.replace("precision(text.hate) >= 0.9", "precision(text.hate) >= 0.8"))
    with pytest.raises(PolicyError, match="cannot be read by a policy that is no file itself"):
        parse_policy(
            f"{HEAD}rules: [{{id: a, when: precision(text.hate) > 0.9, then: label, because: hate}}]".replace(
                "> 0.9", ">= 0.9"
            )
        )


def test_other_evidence_is_another_policy_and_workers_see_the_change(tmp_path: Path) -> None:
    made = _policy(tmp_path, "precision(text.hate) >= 0.9")
    assert made.files[tmp_path / "evidence" / "hate.csv"] == stamp_of(tmp_path / "evidence" / "hate.csv")
    judged(tmp_path / "evidence" / "hate.csv", seed=2)
    changed = load_policy(tmp_path / "p.yaml")
    assert changed.hash != made.hash
    assert changed.files != made.files


def test_a_file_that_turned_bad_is_followed_too(tmp_path: Path) -> None:
    _policy(tmp_path, "precision(text.hate) >= 0.9")
    file = tmp_path / "evidence" / "hate.csv"
    file.write_text("score\n0.5\n")
    with pytest.raises(PolicyError, match="has no column 'label'") as caught:
        load_policy(tmp_path / "p.yaml")
    assert caught.value.files[file] == stamp_of(file)


def test_without_a_file_of_evidence_nothing_heavy_is_imported(tmp_path: Path) -> None:
    """A worker reads published policies: their thresholds are in them."""
    file = tmp_path / "published.yaml"
    file.write_text(_policy(tmp_path, "precision(text.hate) >= 0.9").source)
    program = (
        "import sys; from pathlib import Path; from moderation.policy import load_policy;"
        "print(load_policy(Path(sys.argv[1])).resolved[0].precision, {'polars', 'scipy', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program, file], capture_output=True, text=True, check=True)
    assert done.stdout == "0.9 set()\n"


def test_check_tells_what_each_demand_came_to(tmp_path: Path) -> None:
    (own,) = _policy(tmp_path, "precision(text.hate) >= 0.9", model="m@1").resolved
    run = CliRunner()
    told = run.invoke(command, ["check", str(tmp_path / "p.yaml")])
    assert f"\n  {own}\n" in told.stdout
    assert str(own) == (
        f"precision(text.hate) >= 0.9: text.hate from {own.threshold:g} on; right in {own.right:,} of {own.above:,} "
        f"(at least {int(own.at_least * 1000) / 10:g} % with 95 % confidence), finds {own.recall * 100:.1f} %; "
        "4,000 examples of evidence/hate.csv, scored by m@1"
    )
    (as_json,) = json.loads(run.invoke(command, ["check", "--json", str(tmp_path / "p.yaml")]).stdout)
    assert as_json["resolved"][0]["threshold"] == own.threshold


def test_explain_says_what_the_threshold_rests_on(tmp_path: Path) -> None:
    made = _policy(tmp_path, "precision(text.hate) >= 0.9 and text.spam < 0.5")
    told = portrait(made, "a") or ""
    assert f"- text.hate is at least {made.resolved[0].threshold:g}" in told
    assert made.resolved[0].in_words() in told


def test_evidence_of_another_model_than_the_installed_one_is_warned_of(tmp_path: Path) -> None:
    made = _policy(tmp_path, "precision(text.hate) >= 0.9", model="m@1")
    text = (tmp_path / "p.yaml").read_text()
    found = {
        versions: [
            finding.code
            for finding in lint(made, {"p.yaml": text}, {"text.hate": Provided("m", models=frozenset(versions))})
        ]
        for versions in (("m@1",), ("m@2",), ("m@1", "n@1"), ())
    }
    assert found == {("m@1",): [], ("m@2",): ["other-model"], ("m@1", "n@1"): [], (): []}


def test_mistakes_in_the_resolved_number_are_tried_like_in_any_other(tmp_path: Path) -> None:
    (own,) = _policy(tmp_path, "precision(text.hate) >= 0.9").resolved
    tests = tmp_path / "tests.yaml"
    tests.write_text("policy: p.yaml\ntests:\n  - {name: a, given: {text.hate: 0.99}, expect: {action: label}}\n")
    told = CliRunner().invoke(command, ["test", str(tests)]).output
    assert f"{own.threshold + 0.05:g} in 'text.hate >= {own.threshold:g}'" in told


def test_an_included_file_has_its_evidence_beside_it(tmp_path: Path) -> None:
    judged(tmp_path / "shared" / "evidence" / "hate.csv")
    (tmp_path / "shared" / "hate.yaml").write_text("evidence: {text.hate: {from: evidence/hate.csv}}\n")
    rule = "{id: a, when: precision(text.hate) >= 0.9, then: label, because: hate}"
    (tmp_path / "p.yaml").write_text(f"policy: p\ninclude: shared/hate.yaml\nrules: [{rule}]\n")
    made = load_policy(tmp_path / "p.yaml")
    assert [own.file for own in made.resolved] == ["shared/evidence/hate.csv"]
    assert parse_policy(made.source).hash == made.hash


def test_evidence_that_no_condition_asks_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(f"{HEAD}rules: [{{id: a, when: text.hate > 0.9, then: label, because: hate}}]\n")
    assert load_policy(tmp_path / "p.yaml").resolved == ()


def test_a_history_that_was_exported_is_evidence_as_it_is(tmp_path: Path) -> None:
    chance = random.Random(1)
    rows = []
    for place in range(2_000):
        score = round(chance.random(), 3)
        made = record({"text.hate": score}).model_copy(update={"post": Post(post_id=f"p{place}", author_id="a")})
        verdict = Verdict(
            verdict_id=f"v{place}",
            post_id=f"p{place}",
            action="remove" if score > 0.6 else "allow",
            reasons=("hate",) if score > 0.6 else (),
            reviewer="r",
            decided_at=TIME,
        )
        rows.append({**of_record(made), **(of_verdict(verdict) if place % 2 else {})})
    write(lambda: iter(rows), tmp_path / "history.parquet", "parquet")
    rule = "{id: a, when: precision(text.hate) >= 0.9, then: label, because: hate}"
    (tmp_path / "p.yaml").write_text(
        f"policy: p\nevidence: {{text.hate: {{from: history.parquet}}}}\nrules: [{rule}]\n"
    )
    (own,) = load_policy(tmp_path / "p.yaml").resolved
    assert own.examples == 1_000
    assert 0.5 < own.threshold < 0.62


def test_the_share_among_all_posts_is_in_the_published_policy(tmp_path: Path) -> None:
    plain = _policy(tmp_path, "precision(text.hate) >= 0.75").resolved[0]
    file = tmp_path / "p.yaml"
    file.write_text(file.read_text().replace("hate.csv}", "hate.csv, prevalence: 0.2}"))
    made = load_policy(file)
    (rare,) = made.resolved
    assert rare.threshold > plain.threshold
    assert (rare.prevalence, rare.weighted) == (0.2, True)
    assert str(rare).endswith("weighted examples of evidence/hate.csv, taken as 20 % of all posts")
    assert parse_policy(made.source).resolved == made.resolved
    assert plain.prevalence is None
    file.write_text(file.read_text().replace("prevalence: 0.2", "prevalence: 20"))
    with pytest.raises(PolicyError, match="'prevalence' lies between 0 and 1"):
        load_policy(file)
