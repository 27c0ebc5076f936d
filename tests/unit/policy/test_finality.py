"""Whatever order lanes report in, and however often: a final action stays, and ids and bytes come out the same."""

import itertools
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.events import LANES, SEVERITY, LaneName, LaneState, Scored
from moderation.policy import Policy, evaluate, parse_policy
from tests.unit.policy.builders import record

pytestmark = pytest.mark.usefixtures("later_lanes")

CONDITIONS = [
    "text.hate >= 0.5",
    "image.hate >= 0.5",
    "video.hate >= 0.5",
    "facts.trusted",
    "max(text.hate, image.hate) >= 0.8",
    "worst >= 0.8",
    "known(image.hate)",
    "not known(worst)",
    "image.people / text.length > 0.1",
    "image.hate + video.hate < 0.7",
    "video.language in ['de']",
    "image.hate >= 0.5 and video.hate >= 0.5 or facts.trusted",
]
REASONS = ["hate", "spam"]
HEAD = {
    "policy": "p",
    "facts": {"trusted": "boolean"},
    "signals": {"worst": "max(text.hate, image.hate, video.hate)"},
}


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    conditions = st.sampled_from(CONDITIONS)
    rules: list[dict[str, Any]] = [
        {
            "id": f"r{index}",
            "when": draw(conditions),
            "then": draw(st.sampled_from(SEVERITY)),
            "because": draw(st.sampled_from(REASONS)),
        }
        for index in range(draw(st.integers(1, 5)))
    ]
    names = st.lists(st.sampled_from([rule["id"] for rule in rules]), min_size=1, max_size=3)
    exemptions = [
        {"id": f"e{index}", "when": draw(conditions), "exempt": draw(names | st.just("*"))}
        for index in range(draw(st.integers(0, 2)))
    ]
    lanes = {
        lane: {
            "deadline": draw(st.sampled_from(["10s", "none"])),
            "while_pending": draw(st.sampled_from(SEVERITY)),
            "if_missing": draw(st.sampled_from(SEVERITY)),
        }
        for lane in draw(st.sets(st.sampled_from(LANES)))
    }
    return HEAD | {"lanes": lanes, "rules": rules + exemptions}


@st.composite
def journeys(draw: st.DrawFn) -> list[Scored]:
    """The records of one post, from its first lane to its last."""
    lanes: list[LaneName] = [lane for lane in LANES if lane == "text" or draw(st.booleans())]
    scores = {f"{lane}.hate": draw(st.sampled_from([0.0, 0.4, 0.6, 1.0])) for lane in LANES}
    attributes = {"image.people": draw(st.integers(0, 9)), "video.language": draw(st.sampled_from(["de", "en"]))}
    facts = draw(st.fixed_dictionaries({}, optional={"trusted": st.booleans()}))
    ends: list[LaneState] = ["scored", "nothing_to_score", "failed"]
    states: dict[LaneName, LaneState] = dict.fromkeys(lanes, "pending")
    records = []
    for lane in lanes:
        states[lane] = draw(st.sampled_from(ends))
        given = {name: score for name, score in scores.items() if states.get(_lane(name)) == "scored"}
        if "text.hate" not in given:
            given["text.hate"] = 0.0
        records.append(record(given, attributes, dict(states), facts=facts))
    return records


def _lane(name: str) -> Any:
    return name.partition(".")[0]


def _policy(content: dict[str, Any]) -> Policy:
    return parse_policy(json.dumps(content))


@settings(max_examples=80, deadline=None)
@given(policies(), journeys())
def test_a_final_decision_is_never_changed_by_a_lane_that_reports_later(
    content: dict[str, Any], records: list[Scored]
) -> None:
    policy = _policy(content)
    decisions = [evaluate(made, policy).decision for made in records]
    assert decisions[-1].stage == "final"
    final = {(decision.decision_id, decision.action) for decision in decisions if decision.stage == "final"}
    assert len(final) == 1
    stages = [decision.stage for decision in decisions]
    assert stages == sorted(stages, reverse=True)  # provisional ones first
    assert len({decision.decision_id for decision in decisions}) == stages.count("provisional") + 1
    for earlier, later in itertools.pairwise(decisions):
        assert earlier.order() < later.order()
        if earlier.stage == "provisional":
            assert later.supersedes == earlier.decision_id


@settings(max_examples=30, deadline=None)
@given(policies(), journeys())
def test_a_post_that_ends_in_front_of_a_human_has_an_open_item_and_no_other_post_has(
    content: dict[str, Any], records: list[Scored]
) -> None:
    policy = _policy(content)
    status = None
    for made in records:
        outcome = evaluate(made, policy)
        status = outcome.review.status if outcome.review else status
    assert (status == "open") == (outcome.decision.action in ("review", "hold"))


@settings(max_examples=30, deadline=None)
@given(policies(), journeys(), st.randoms(use_true_random=False))
def test_neither_repetition_nor_the_order_of_rules_changes_a_byte(
    content: dict[str, Any], records: list[Scored], chance: random.Random
) -> None:
    shuffled = content | {"rules": chance.sample(content["rules"], len(content["rules"]))}
    first, second = _policy(content), _policy(dict(reversed(shuffled.items())))
    assert first.hash == second.hash
    for made in records:
        again = Scored.model_validate_json(made.to_json())
        ours, theirs = evaluate(made, first), evaluate(again, second)
        assert ours.decision.to_json() == theirs.decision.to_json()
        assert (ours.review is None) == (theirs.review is None)
        if ours.review and theirs.review:
            assert ours.review.to_json() == theirs.review.to_json()


@settings(max_examples=30, deadline=None)
@given(policies(), journeys())
def test_the_written_decision_is_what_the_contract_reads(content: dict[str, Any], records: list[Scored]) -> None:
    policy = _policy(content)
    for made in records:
        outcome = evaluate(made, policy)
        for event in filter(None, (outcome.decision, outcome.review)):
            again = type(event).model_validate_json(event.to_json())
            assert again.to_json() == event.to_json()
            assert again == event
