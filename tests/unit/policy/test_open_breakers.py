"""What becomes of rules and lanes while breakers are open: a human looks, and the decision can be made again."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.events import SEVERITY, Scored
from moderation.policy import Circumstances, Policy, evaluate, parse_policy
from moderation.policy.model import RANK
from tests.unit.policy.builders import policy, record
from tests.unit.policy.test_finality import journeys, policies

pytestmark = pytest.mark.usefixtures("later_lanes")

RULES = """
{id: hate-remove, when: text.hate >= 0.9, then: remove, because: hate, queue: hate}
{id: spam-remove, when: text.spam >= 0.9, then: remove, because: spam}
{id: insult-hold, when: text.insult >= 0.9, then: hold, because: insult}
{id: mark, when: text.hate >= 0.5, then: label, because: hate}
{id: trusted, when: facts.trusted, exempt: [hate-remove]}
"""
HEAD = """
facts: {trusted: {type: boolean, default: false}}
queues: {hate: {due: 8h}}
breakers:
  removals: {action: remove, per_minute: 10}
  hate: {rule: hate-remove, per_day: 100}
  marks: {action: label, per_day: 100}
"""
REMOVALS = Circumstances(breakers=frozenset({"removals"}))
HATE = Circumstances(breakers=frozenset({"hate"}))


def test_what_an_open_breaker_guards_goes_to_a_human_who_sees_why() -> None:
    outcome = evaluate(record({"text.hate": 0.95}), policy(RULES, HEAD), REMOVALS)
    decision, review = outcome.decision, outcome.review
    assert (decision.stage, decision.action, decision.reasons) == ("final", "review", ("hate",))
    assert decision.breakers == ("removals",)
    assert decision.rules[0].contested_by == ("breaker:removals",)
    assert review is not None
    assert (review.status, review.queue, review.rules) == ("open", "hate", decision.rules)


def test_a_breaker_on_a_rule_leaves_the_other_rules_alone() -> None:
    both = evaluate(record({"text.hate": 0.95, "text.spam": 0.95}), policy(RULES, HEAD), HATE).decision
    assert (both.action, both.reasons, both.breakers) == ("remove", ("spam",), ("hate",))
    assert [rule.contested_by for rule in both.rules] == [("breaker:hate",), None, None]


def test_a_breaker_that_meets_nothing_of_a_post_does_not_stand_in_its_decision() -> None:
    made = record({"text.insult": 0.95, "text.hate": 0.6})
    always = Circumstances(breakers=frozenset({"removals", "hate", "marks", "of another policy"}))
    assert evaluate(made, policy(RULES, HEAD), always) == evaluate(made, policy(RULES, HEAD))
    silenced = evaluate(record({"text.hate": 0.95}, facts={"trusted": True}), policy(RULES, HEAD), always).decision
    assert (silenced.action, silenced.breakers) == ("label", None)


def test_actions_no_more_severe_than_review_cannot_be_guarded() -> None:
    guards = policy(RULES, HEAD).guards
    assert guards.rules == (("hate", "removals"), ("removals",), (), ())


def test_a_breaker_on_a_rule_guards_its_variants_unless_it_names_one() -> None:
    variants = "[{name: v, for: text.truncated, then: hold}]"
    rule = f"{{id: r, when: text.hate > 0.9, then: remove, because: hate, variants: {variants}}}"
    whole = policy(rule, "breakers: {b: {rule: r, per_day: 1}}")
    single = policy(rule, "breakers: {b: {rule: r/v, per_day: 1}}")
    assert (whole.breakers["b"].rules, single.breakers["b"].rules) == (("r", "r/v"), ("r/v",))
    open_ = Circumstances(breakers=frozenset({"b"}))
    short = record({"text.hate": 1.0})
    assert [evaluate(short, own, open_).decision.action for own in (whole, single)] == ["review", "remove"]


class TestLanes:
    HEAD = """
lanes: {image: {if_missing: remove, while_pending: hold}}
breakers: {removals: {action: [remove, hold], per_minute: 10}, marks: {rule: mark, per_day: 1}}
"""
    RULES = "{id: mark, when: text.hate >= 0.5, then: label, because: hate}"

    def test_a_lane_that_failed_removes_nothing_while_the_breaker_is_open(self) -> None:
        made = record(lanes={"text": "scored", "image": "failed"})
        free = evaluate(made, policy(self.RULES, self.HEAD)).decision
        assert (free.action, free.reasons, free.breakers) == ("remove", ("image_missing",), None)
        outcome = evaluate(made, policy(self.RULES, self.HEAD), REMOVALS)
        assert (outcome.decision.action, outcome.decision.reasons) == ("review", ("image_missing",))
        assert outcome.decision.breakers == ("removals",)
        assert outcome.review is not None

    def test_a_post_waits_for_its_lane_as_before(self) -> None:
        made = record(lanes={"text": "scored", "image": "pending"})
        decision = evaluate(made, policy(self.RULES, self.HEAD), REMOVALS).decision
        assert (decision.stage, decision.action, decision.breakers) == ("provisional", "hold", None)

    def test_a_decision_that_an_open_breaker_settles_names_it(self) -> None:
        head = self.HEAD.replace("if_missing: remove", "if_missing: review")
        rules = "{id: a, when: text.hate > 0.5, then: remove, because: hate}\n" + (
            "{id: b, when: image.hate > 0.5, then: remove, because: hate}"
        )
        made = record({"text.hate": 0.9}, lanes={"text": "scored", "image": "pending"})
        decision = evaluate(made, policy(rules, head.replace("rule: mark", "rule: b")), REMOVALS).decision
        assert (decision.stage, decision.action, decision.breakers) == ("final", "review", ("removals",))


@st.composite
def guarded(draw: st.DrawFn) -> dict[str, Any]:
    """A policy with breakers."""
    content = draw(policies())
    ids = [rule["id"] for rule in content["rules"] if "then" in rule]
    guards = st.fixed_dictionaries({"action": st.sampled_from(SEVERITY)}) | st.fixed_dictionaries(
        {"rule": st.lists(st.sampled_from(ids), min_size=1, max_size=3)}
    )
    breakers = {f"b{place}": draw(guards) | {"per_day": 5} for place in range(draw(st.integers(1, 3)))}
    return content | {"breakers": breakers}


OPEN = st.sets(st.sampled_from(["b0", "b1", "b2", "unknown"]))


def _policy(content: dict[str, Any]) -> Policy:
    return parse_policy(json.dumps(content))


@settings(max_examples=120, deadline=None)
@given(guarded(), journeys(), OPEN)
def test_a_final_decision_under_open_breakers_stays_and_is_made_again_from_what_it_names(
    content: dict[str, Any], records: list[Scored], breakers: set[str]
) -> None:
    policy = _policy(content)
    decisions = [evaluate(made, policy, Circumstances(breakers=frozenset(breakers))).decision for made in records]
    assert decisions[-1].stage == "final"
    assert len({(own.decision_id, own.action) for own in decisions if own.stage == "final"}) == 1
    for earlier, later in itertools.pairwise(decisions):
        assert earlier.order() < later.order()
    for made, decision in zip(records, decisions, strict=True):
        again = evaluate(made, policy, Circumstances.of(decision)).decision
        assert again.to_json() == decision.to_json()


@settings(max_examples=120, deadline=None)
@given(guarded(), journeys(), OPEN)
def test_open_breakers_only_make_review_of_what_they_guard(
    content: dict[str, Any], records: list[Scored], breakers: set[str]
) -> None:
    policy = _policy(content)
    free, guarded = (
        evaluate(records[-1], policy, Circumstances(breakers=frozenset(own))).decision for own in (set(), breakers)
    )
    if free.action != guarded.action:
        assert RANK["review"] <= SEVERITY.index(guarded.action) < SEVERITY.index(free.action)  # type: ignore[arg-type]
        assert guarded.breakers
    for name in breakers & policy.breakers.keys():
        own = policy.breakers[name]
        assert guarded.action not in own.actions or SEVERITY.index(guarded.action) <= RANK["review"]  # type: ignore[arg-type]
        for rule in guarded.rules:
            if rule.rule in own.rules and rule.silenced_by is None and RANK[rule.action] > RANK["review"]:
                assert f"breaker:{name}" in (rule.contested_by or ())
