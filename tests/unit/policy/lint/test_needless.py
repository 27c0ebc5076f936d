"""A rule that is said to change nothing changes no action; one that is said never to act is never behind one."""

import itertools
import json
import re
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from moderation.events import LaneState, Scored
from moderation.policy import evaluate, parse_policy
from moderation.policy.lint import lint
from moderation.policy.synthetic import record_of

conditions = st.sampled_from(
    [
        *("text.hate >= 0.5", "text.hate >= 0.7", "text.hate > 0.7", "not text.hate < 0.5"),
        *("text.hate >= 0.7 and facts.new", "text.hate >= 0.5 or text.spam >= 0.5", "facts.new"),
        *("max(text.hate, text.spam) >= 0.5", "text.spam >= 0.5 and text.hate >= 0.5", "facts.old"),
    ]
)
rules = st.fixed_dictionaries(
    {
        "when": conditions,
        "then": st.sampled_from(["remove", "restrict", "hold", "review", "label", "allow"]),
        "because": st.sampled_from(["hate", "spam"]),
    }
)


@st.composite
def policies(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The rules of a policy, then its exemptions."""
    ordinary = [{"id": f"r{i}", **rule} for i, rule in enumerate(draw(st.lists(rules, min_size=2, max_size=5)))]
    names = [rule["id"] for rule in ordinary]
    exempt = st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)
    count = draw(st.integers(0, 2))
    return [*ordinary, *({"id": f"e{i}", "when": draw(conditions), "exempt": draw(exempt)} for i in range(count))]


def _record(hate: float | None, spam: float | None, new: bool | None, old: bool | None, state: LaneState) -> Scored:
    given = {"text.hate": hate, "text.spam": spam, "facts.new": new, "facts.old": old}
    return record_of({name: value for name, value in given.items() if value is not None}, {"text": state})


truths = [None, False, True]
RECORDS = [
    *itertools.starmap(_record, itertools.product([None, 0.2, 0.5, 0.7, 0.9], [None, 0.5], truths, truths, ["scored"])),
    *itertools.starmap(_record, itertools.product([None], [None], truths, truths, ["pending", "failed"])),
]


def _source(made: list[dict[str, Any]]) -> str:
    return f"policy: p\nfacts: {{new: boolean, old: {{type: boolean, default: false}}}}\nrules: {json.dumps(made)}\n"


def _without(made: list[dict[str, Any]], rule: str) -> list[dict[str, Any]]:
    kept = [dict(own) for own in made if own["id"] != rule]
    for own in kept:
        if "exempt" in own:
            own["exempt"] = [name for name in own["exempt"] if name != rule]
    return [own for own in kept if own.get("exempt") != []]


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(policies())
def test_a_rule_that_changes_nothing_can_go(made: list[dict[str, Any]]) -> None:
    source = _source(made)
    policy = parse_policy(source)
    for finding in lint(policy, {"p": source}):
        rule = re.findall("'(r[0-9])'", finding.problem.message)[:1]
        if finding.code in ("duplicate", "shadowed"):
            without = parse_policy(_source(_without(made, rule[0])))
            for record in RECORDS:
                assert evaluate(record, policy).decision.action == evaluate(record, without).decision.action, finding
        elif finding.code == "always-exempt":
            for record in RECORDS:
                fired = [own for own in evaluate(record, policy).decision.rules if own.rule == rule[0]]
                assert all(own.silenced_by for own in fired), finding
