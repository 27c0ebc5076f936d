"""What would have to be otherwise, and what was known at each part of a rule."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.desk.showing.branches import Branch, Branches
from moderation.desk.showing.counterfactual import Change, Counterfactual, counterfactual, unfire
from moderation.desk.showing.remade import Remade, remade
from moderation.events import ReviewItem
from moderation.policy import evaluate, parse_policy
from moderation.policy.circumstances import Circumstances
from moderation.policy.model import RANK, Policy
from tests.unit.policy.builders import policy, record
from tests.unit.policy.test_expressions import FACTS, booleans, situations

RULES = """
{id: look, when: text.hate >= 0.37, then: review, because: hate}
{id: both, when: attack >= 0.6, then: review, because: threat}
{id: label, when: text.hate >= 0.2, then: label, because: hate}
"""
HEAD = "signals: {attack: 'noisy_or(text.insult, text.threat)'}"


def _item(own: Policy, given: Any, under: Circumstances) -> tuple[ReviewItem, Remade]:
    """An item as the pipeline makes it, whatever was decided, and its decision made again."""
    outcome = evaluate(given, own, under)
    decision = outcome.decision
    item = ReviewItem(
        review_id="r", decision_id=decision.decision_id, post_id="p1", post=given.post, source=given.source,
        signals=given.signals, attributes=given.attributes, rules=decision.rules, undetermined=decision.undetermined,
    )  # fmt: skip
    again = remade(item, own, decision)
    assert again is not None
    assert again.decision.action == decision.action
    return item, again


def _told(signals: dict[str, float], rules: str = RULES, head: str = HEAD) -> tuple[list[str], str] | None:
    _, again = _item(policy(rules, head), record(signals), Circumstances())
    found = counterfactual(again)
    return None if found is None else ([change.told for change in found.changes], found.action)


def test_the_score_below_which_the_decision_is_milder_is_told_with_what_it_would_be() -> None:
    assert _told({"text.hate": 0.52}) == (["text.hate below 0.37"], "label")


def test_a_limit_in_a_derived_signal_is_told_in_the_score_that_it_is_made_of() -> None:
    assert _told({"text.insult": 0.5, "text.threat": 0.3}) == (["text.insult below 0.4285"], "allow")


def test_when_two_rules_ask_their_scores_have_to_change_together() -> None:
    assert _told({"text.hate": 0.52, "text.threat": 0.9}) == (
        ["text.threat below 0.6", "text.hate below 0.37"], "label",
    )  # fmt: skip


def test_the_greatest_of_several_is_brought_under_one_ceiling() -> None:
    rules = "{id: look, when: conduct >= 0.85, then: review, because: hate}"
    head = "signals: {conduct: 'max(text.insult, text.toxicity, text.threat)'}"
    signals = {"text.insult": 0.9297, "text.toxicity": 0.91, "text.threat": 0.4}
    assert _told(signals, rules, head) == (["text.insult below 0.85", "text.toxicity below 0.85"], "allow")


@pytest.mark.parametrize(
    ("now", "limit", "told"),
    [(0.8538, 0.85, "0.854"), (0.850001, 0.85, "0.850001"), (0.93, 0.85, "0.93"), (0.85, 0.85, "0.85")],
)
def test_a_score_has_as_many_digits_as_tell_it_from_its_limit(now: float, limit: float, told: str) -> None:
    change = Change("text.toxicity", now, limit, math.nextafter(limit, 0))
    assert (change.told, change.is_now) == ("text.toxicity below 0.85", told)


def test_a_strict_comparison_is_told_with_its_limit_included() -> None:
    rules = "{id: look, when: text.hate > 0.37, then: review, because: hate}"
    assert _told({"text.hate": 0.52}, rules) == (["text.hate at most 0.37"], "allow")


def test_no_score_helps_where_something_else_decides() -> None:
    assert _told({}, "{id: all, when: post.surface == 'post', then: review, because: hate}") is None
    assert _told({"text.hate": 0.1}) is None


def test_an_item_that_does_not_come_out_the_same_is_not_explained() -> None:
    own = policy(RULES, HEAD)
    item, _ = _item(own, record({"text.hate": 0.52}), Circumstances())
    assert remade(item.model_copy(update={"signals": {"text.hate": 0.1}}), own) is None
    assert remade(item, policy("{id: look, when: text.hate >= 0.5, then: hold, because: hate}")) is None


def test_an_item_without_its_decision_is_made_again_from_what_it_shows() -> None:
    own = policy("{id: much, when: 'text.hate >= 0.3 and author.strikes >= 2', then: hold, because: hate}")
    under = Circumstances({"author.strikes": 3})
    item, _ = _item(own, record({"text.hate": 0.52}), under)
    again = remade(item, own)
    assert again is not None
    assert again.under.state == {"author.strikes": 3}


def _flat(branch: Branch) -> list[tuple[str, str | None, list[str]]]:
    own = (branch.words, branch.holds, [f"{value.name}={value.shown}" for value in branch.values])
    return [own, *(line for part in branch.parts for line in _flat(part))]


def test_each_part_of_a_rule_tells_whether_it_held_and_with_which_values() -> None:
    own = policy(
        """{id: r, when: "not (text.hate < 0.3 or post.surface in ['comment']) and attack >= 0.6", then: hold, """
        "because: hate}",
        HEAD,
    )
    _, again = _item(own, record({"text.hate": 0.52, "text.insult": 0.25}), Circumstances())
    assert _flat(Branches(again).of(0)) == [
        ("all of these hold:", "no", []),
        ("text.hate is at least 0.3", "yes", ["text.hate=0.52"]),
        ("post.surface is none of: comment", "yes", ["post.surface=“post”"]),
        ("attack is at least 0.6", "no", ["attack=0.25"]),
        (
            "attack is what comes of these supporting each other: text.insult and text.threat", None,
            ["text.insult=0.25", "text.threat=0"],
        ),
    ]  # fmt: skip


def test_what_is_not_known_says_so_at_its_place() -> None:
    own = policy("{id: r, when: 'max(text.hate, image.text.hate) >= 0.6', then: hold, because: hate}")
    given_ = record({"text.hate": 0.5}, lanes={"text": "scored", "image": "failed"})
    item = evaluate(given_, own).review
    assert item is not None
    again = remade(item, own, evaluate(given_, own).decision)
    assert again is not None
    branch = Branches(again).of(0)
    assert branch.holds == "unknown"
    assert [(value.shown, value.known) for value in branch.values] == [("0.5", True), ("unknown", False)]
    assert counterfactual(again) is None


def _limits_hold(again: Remade, found: Counterfactual) -> None:
    here = again.record
    for change in found.changes:
        here = change.made(here)
    assert evaluate(here, again.policy, again.under).decision.action == found.action
    assert RANK[found.action] < RANK[again.decision.action]  # type: ignore[index]


@pytest.mark.usefixtures("later_lanes")
@settings(max_examples=30, deadline=None)
@given(st.lists(booleans(2), min_size=1, max_size=3), situations(), st.sampled_from(["label", "review", "hold"]))
def test_just_past_the_limit_it_is_milder_and_at_the_limit_it_is_not(
    conditions: list[str], situation: Any, action: str
) -> None:
    given_, _ = situation
    rules = [{"id": f"r{i}", "when": when, "then": action, "because": "hate"} for i, when in enumerate(conditions)]
    own = parse_policy(f"policy: p\n{FACTS}\nlists: {{places: [de, comment]}}\nrules: {rules}\n")
    _, again = _item(own, given_, Circumstances())
    found = counterfactual(again)
    if found is not None:
        _limits_hold(again, found)
        if len(found.changes) == 1:
            (change,) = found.changes
            assert abs(change.stands - change.limit) <= 2 * math.ulp(max(change.stands, change.limit))
            at = given_.model_copy(update={"signals": {**given_.signals, change.name: change.stands}})
            assert RANK[evaluate(at, own).decision.action] >= RANK[again.decision.action]  # type: ignore[index]
    for rule in again.findings.fired:
        here = given_
        for change in unfire(again, rule):
            here = change.made(here)
        assert here is given_ or rule not in own.program.run(here).fired


@pytest.mark.usefixtures("later_lanes")
@settings(max_examples=30, deadline=None)
@given(booleans(3), situations())
def test_the_tree_of_a_rule_holds_exactly_when_the_rule_fires(condition: str, situation: Any) -> None:
    rules = [{"id": "r", "when": condition, "then": "label", "because": "hate"}]
    own = parse_policy(f"policy: p\n{FACTS}\nlists: {{places: [de, comment]}}\nrules: {rules}\n")
    _, again = _item(own, situation[0], Circumstances())
    expected = "yes" if again.findings.fired else "unknown" if again.findings.undetermined else "no"
    assert Branches(again).of(0).holds == expected
