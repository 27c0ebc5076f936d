"""What is counted: parts add up to the whole however a history is cut, stored or run, and figures are right."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.backtest import running
from moderation.backtest.cohorts import ACCOUNT_AGE, Cohorts, parsed
from moderation.backtest.counting import Job, count
from moderation.backtest.rates import rate
from moderation.backtest.report import About, Report, as_json, report
from moderation.backtest.tally import Tally
from moderation.errors import ConfigurationError
from moderation.history import reading
from moderation.history.reading import pieces
from moderation.policy import Policy, parse_policy
from tests.unit.history.histories import jsonl, parquet, row

NEW = """
policy: my-board
facts: {account_age_days: number, trusted: {type: boolean, default: false}}
rules:
  - {id: hate-remove, when: text.hate >= 0.9, then: remove, because: hate}
  - {id: hate-look, when: text.hate >= 0.5, then: review, because: hate}
  - {id: spam-new, when: text.spam >= 0.8 and facts.account_age_days < 7, then: restrict, because: spam}
  - {id: trusted, when: facts.trusted, exempt: [hate-look]}
"""
OLD = NEW.replace("0.9", "0.95").replace("0.5", "0.6")
POLICY = parse_policy(NEW)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = []
    for number in range(draw(st.integers(0, 12))):
        given = {
            "text__hate": draw(st.sampled_from([0.1, 0.55, 0.7, 0.92, 0.97])),
            "text__spam": draw(st.sampled_from([0.1, 0.9])),
            "post__surface": draw(st.sampled_from(["comment", "profile"])),
            "text__language": draw(st.sampled_from(["en", "de", None])),
            "facts__account_age_days": draw(st.sampled_from([None, 0, 3, 400, "old"])),
            "lanes__image": draw(st.sampled_from([None, "pending", "failed: deadline"])),
            "decision__action": draw(st.sampled_from([None, "allow", "review", "remove"])),
            "label__action": draw(st.sampled_from([None, "allow", "remove", "review"])),
            "label__reasons": draw(st.sampled_from([None, [], ["hate"], ["hate", "spam"]])),
            "sampling_probability": draw(st.sampled_from([None, 0.1, 0.5, 1])),
        }
        rows.append(row(number, **given))
    return rows


def job(old: str | None = None, **changes: Any) -> Job:
    return Job(**{"new": NEW, "old": old, "cohorts": ACCOUNT_AGE, "examples": 2, **changes})


def tallied(file: Path, own: Job, monkeypatch: pytest.MonkeyPatch | None = None, size: int = 0) -> Tally:
    with pytest.MonkeyPatch.context() as patch:
        if size:
            patch.setattr(reading, "PIECE_ROWS", size)
            patch.setattr(reading, "PIECE_BYTES", size * 200)
        return running.run(own, pieces([file]), 1)


@settings(max_examples=15, deadline=None)
@given(histories(), st.integers(1, 5), st.sampled_from([None, OLD]))
def test_a_history_gives_the_same_in_parts_and_in_either_format(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], size: int, old: str | None
) -> None:
    folder = tmp_path_factory.mktemp("history")
    whole = tallied(jsonl(folder / "h.jsonl", rows), job(old))
    assert tallied(folder / "h.jsonl", job(old), size=size) == whole
    file = parquet(folder / "h.parquet", rows)
    assert tallied(file, job(old)) == whole
    assert tallied(file, job(old), size=size) == whole


@settings(max_examples=15, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_tallies_add_up_in_any_order(tmp_path_factory: pytest.TempPathFactory, rows: Any, chance: Any) -> None:
    file = jsonl(tmp_path_factory.mktemp("history") / "h.jsonl", rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "PIECE_BYTES", 500)
        parts = pieces([file])
        in_order = running.summed((count(job(), piece) for piece in parts), lambda done: None)
        chance.shuffle(parts)
        assert running.summed((count(job(), piece) for piece in parts), lambda done: None) == in_order


def test_processes_give_what_one_process_gives(tmp_path: Path) -> None:
    rows = [row(n, text__hate=n / 40, facts__account_age_days=n) for n in range(40)]
    for part in range(4):
        parquet(tmp_path / f"{part}.parquet", rows[part * 10 : part * 10 + 10])
    done: list[int] = []
    several = running.run(job(), pieces([tmp_path]), 2, done.append)
    assert several == running.run(job(), pieces([tmp_path]), 1)
    assert done == [1, 2, 3, 4]


def test_what_changed_is_counted_by_everything_it_can_be_seen_by(tmp_path: Path) -> None:
    rows = [
        row(0, text__hate=0.92, facts__account_age_days=3),  # allow -> remove
        row(1, text__hate=0.55, decision__action="remove", decision__reasons=["hate"], decision__rules=["gone"]),
        row(2, text__hate=0.55, decision__action="review", decision__rules=["hate-look"], text__language="de"),
        row(3, text__spam=0.9, facts__account_age_days=1, post__surface="profile"),  # allow -> restrict
        row(4, text__spam=0.9),  # undecided for want of the age
        row(30, decision__action="hold", decision__reasons=["spam"], decision__rules=["old-hold"]),  # hold -> allow
        row(31, decision__action=None),
    ]
    found = reported(jsonl(tmp_path / "h.jsonl", rows))
    assert (found.posts, found.first, found.last) == (6, "2026-03-01", "2026-03-03")
    assert (found.moved.stricter, found.moved.milder) == (2, 2)
    assert found.moved.to == {"remove": 1, "restrict": 1, "review": 1, "allow": 1}
    assert found.matrix["remove"]["review"] == found.matrix["hold"]["allow"] == 1
    rules = {line.rule: line for line in found.rules}
    assert (rules["hate-remove"].before, rules["hate-remove"].now, rules["hate-remove"].moved.to) == (
        0,
        1,
        {"remove": 1},
    )
    assert (rules["hate-look"].before, rules["hate-look"].now) == (1, 3)
    assert (rules["gone"].action, rules["gone"].before, rules["gone"].moved.milder) == (None, 1, 1)
    assert rules["spam-new"].undetermined == 1
    reasons = {line.reason: line for line in found.reasons}
    assert (reasons["hate"].moved.stricter, reasons["hate"].moved.milder) == (1, 1)
    assert (reasons["spam"].moved.stricter, reasons["spam"].moved.milder) == (1, 1)
    groups = {group.name: group for group in found.groups["surface"]}
    assert (groups["comment"].posts, groups["comment"].moved.changed, groups["profile"].moved.changed) == (5, 3, 1)
    assert [group.name for group in found.groups["cohort"]] == ["1 to 7", "(not known)"]
    assert [(day.day, day.before, day.now) for day in found.days] == [
        ("2026-03-01", 0, 1),
        ("2026-03-02", 1, 1),
        ("2026-03-03", 1, 0),
    ]
    assert found.lacking == (("facts.account_age_days", 1),)
    assert found.notes[0] == "1 post without a decision in the history left out."
    json.dumps(as_json(found))


def reported(file: Path, policy: Policy = POLICY, own: Job | None = None) -> Report:
    about = About(policy, "what was decided then", ACCOUNT_AGE, 0)
    return report(tallied(file, own or job()), about)


def test_rules_and_reasons_are_held_against_what_reviewers_answered(tmp_path: Path) -> None:
    hate = {"text__hate": 0.92, "label__action": "remove"}
    rows = [
        row(0, **hate, label__reasons=["hate"]),
        row(1, **hate, label__reasons=[]),  # no reason given: right
        row(2, **hate, label__reasons=["spam"]),  # acted on, for another reason
        row(3, text__hate=0.92, label__action="allow", label__reasons=["hate"]),  # allowed: its reasons say nothing
        row(4, text__hate=0.1, label__action="remove", label__reasons=["hate"]),  # missed
        row(5, text__hate=0.92, label__action="review"),  # no answer
        row(6, text__hate=0.92),
    ]
    found = reported(jsonl(tmp_path / "h.jsonl", rows))
    assert (found.labelled, found.weighted) == (5, False)
    (rule,) = [line for line in found.rules if line.rule == "hate-remove"]
    assert rule.precision is not None
    assert rule.recall is not None
    assert (rule.precision.value, rule.precision.of) == (0.5, 4)
    assert (rule.recall.value, rule.recall.of) == (0.5, 2)
    (reason,) = [line for line in found.reasons if line.reason == "hate"]
    assert (reason.precision["now"], reason.recall["now"]) == (rule.precision, rule.recall)
    assert reason.precision["before"] is None
    assert reason.recall["before"] is not None
    assert reason.recall["before"].value == 0
    assert "not drawn by chance" in found.notes[-1]


def test_labels_weigh_by_how_likely_their_posts_were_drawn(tmp_path: Path) -> None:
    drawn = {"text__hate": 0.92, "label__reasons": ["hate"]}
    rows = [
        row(0, **drawn, label__action="remove", sampling_probability=1.0),
        row(1, **drawn, label__action="allow", sampling_probability=0.25),
    ]
    found = reported(jsonl(tmp_path / "h.jsonl", rows))
    (rule,) = [line for line in found.rules if line.rule == "hate-remove"]
    assert rule.precision is not None
    assert (rule.precision.value, rule.precision.of, found.weighted) == (0.2, 2, True)
    assert not any("drawn by chance" in note for note in found.notes)


@pytest.mark.parametrize("right", [0, 1, 7, 50])
def test_the_interval_is_that_of_clopper_and_pearson(right: int) -> None:
    from scipy.stats import binomtest

    found = rate(Counter({1.0: right}), Counter({1.0: 50 - right}))
    exact = binomtest(right, 50).proportion_ci(0.95, "exact")
    assert found is not None
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_examples_depend_on_the_seed_and_the_posts_alone(tmp_path: Path) -> None:
    rows = [row(n, text__hate=0.92, author_id="a", text="Look: \x1b[2J") for n in range(30)]
    file = jsonl(tmp_path / "h.jsonl", rows)
    shown = {seed: tallied(file, job(seed=seed)).examples.kinds["remove"] for seed in (0, 1)}
    backwards = tallied(jsonl(tmp_path / "b.jsonl", rows[::-1]), job(seed=0)).examples.kinds["remove"]
    assert [one.post_id for one in shown[0]] == [one.post_id for one in backwards]
    assert [one.post_id for one in shown[0]] != [one.post_id for one in shown[1]]
    (one, _) = shown[0]
    assert one.facts["seen"] == {"text.hate": 0.92}
    assert one.facts["now"] == {"action": "remove", "rules": ["hate-remove"], "reasons": ["hate"]}
    assert tallied(file, job(examples=0)).examples.kinds == {}


def test_cohorts_are_ranges_of_numbers_or_values(tmp_path: Path) -> None:
    rows = [row(n, facts__age=age, facts__country=country) for n, (age, country) in enumerate(
        [(0, "DE"), (5, "AT"), (10, None), (None, "DE")]
    )]  # fmt: skip
    file = jsonl(tmp_path / "h.jsonl", rows)

    def groups(cohorts: Cohorts) -> list[str]:
        tally = tallied(file, job(cohorts=cohorts))
        about = About(POLICY, "", cohorts, 0)
        return [group.name for group in report(tally, about).groups["cohort"]]

    assert groups(parsed("facts.age:5,10")) == ["below 5", "5 to 10", "10 or more", "(not known)"]
    assert groups(parsed("facts.country")) == ["DE", "(not known)", "AT"]
    with pytest.raises(ConfigurationError, match="rising edges"):
        parsed("facts.age:10,5")
