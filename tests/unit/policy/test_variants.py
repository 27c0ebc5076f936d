"""Variants: one of the forms of a rule applies to a post, and decisions say which."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.policy import evaluate, parse_policy
from tests.unit.policy.builders import record
from tests.unit.policy.reference import World
from tests.unit.policy.test_expressions import FACTS, booleans, situations

pytestmark = pytest.mark.usefixtures("later_lanes")

POLICY = """
policy: p
queues: {names: {due: 1h}}
rules:
  - id: hate-look
    when: text.hate >= 0.6
    then: review
    because: hate
    priority: 2
    note: For all posts.
    variants:
      - name: username
        for: post.surface in ["username", "profile"]
        when: text.hate >= 0.4
        then: hold
        queue: names
      - name: german
        for: text.language == "de"
        when: text.hate >= 0.8
      - name: message
        for: post.surface == "message"
        because: insult
"""


def _fired(text: str = POLICY, **given: Any) -> list[str]:
    decision = evaluate(record(**given), parse_policy(text)).decision
    return [rule.rule for rule in decision.rules]


@pytest.mark.parametrize(
    ("hate", "surface", "language", "fired"),
    [
        (0.7, "comment", "en", ["hate-look"]),
        (0.5, "comment", "en", []),
        (0.5, "username", "en", ["hate-look/username"]),
        (0.5, "username", "de", ["hate-look/username"]),  # the first whose place it is
        (0.7, "comment", "de", []),
        (0.9, "comment", "de", ["hate-look/german"]),
        (0.7, "message", "en", ["hate-look/message"]),
    ],
)
def test_the_first_variant_whose_place_it_is_takes_the_rules_place(
    hate: float, surface: str, language: str, fired: list[str]
) -> None:
    assert _fired(signals={"text.hate": hate}, attributes={"text.language": language}, surface=surface) == fired


def test_a_variant_has_of_the_rule_what_it_does_not_change() -> None:
    rules = {rule.id: rule for rule in parse_policy(POLICY).rules}
    username, message, whole = rules["hate-look/username"], rules["hate-look/message"], rules["hate-look"]
    assert (username.then, username.because, username.queue, username.priority) == ("hold", "hate", "names", 2)
    assert (message.then, message.because, message.queue, message.note) == ("review", "insult", "default", whole.note)
    assert (username.variant_of, whole.variant_of) == ("hate-look", None)


def test_where_it_is_not_known_which_applies_all_that_may_are_undetermined() -> None:
    made = record({"text.hate": 0.9}, lanes={"text": "scored", "video": "pending"})
    text = POLICY.replace("text.language ==", "video.language ==")
    decision = evaluate(made, parse_policy(text)).decision
    assert [rule.rule for rule in decision.undetermined] == ["hate-look", "hate-look/german"]


EXEMPT = "  - {id: out, when: 'text.length > 0', exempt: [%s]}\n"


@pytest.mark.parametrize(
    ("exempt", "silenced"),
    [
        ("hate-look", {"hate-look", "hate-look/username", "hate-look/german", "hate-look/message"}),
        ("'*'", {"hate-look", "hate-look/username", "hate-look/german", "hate-look/message"}),
        ("hate-look/username", {"hate-look/username"}),
    ],
)
def test_an_exemption_names_a_rule_with_its_variants_or_one_of_them(exempt: str, silenced: set[str]) -> None:
    for before in (True, False):
        line = EXEMPT % exempt
        text = POLICY.replace("rules:\n", f"rules:\n{line}") if before else POLICY + line
        (exemption,) = parse_policy(text).exemptions
        assert set(exemption.exempt) == silenced
    made = {"signals": {"text.hate": 0.9}, "surface": "username"}
    decision = evaluate(record(**made), parse_policy(text)).decision  # type: ignore[arg-type]
    assert decision.action == "allow"


@pytest.mark.parametrize(
    ("old", "new"),
    [("name: german", "name: austrian"), ('"de"', '"nl"'), ("0.8", "0.81"), ("then: hold", "then: remove")],
)
def test_whatever_a_variant_changes_changes_the_hash(old: str, new: str) -> None:
    assert old in POLICY
    assert parse_policy(POLICY.replace(old, new)).hash != parse_policy(POLICY).hash


def test_the_order_of_variants_is_part_of_the_hash_as_it_decides_which_applies() -> None:
    first, second = "{name: a, for: text.truncated, then: hold}", "{name: b, for: text.length > 5, then: label}"
    rule = "policy: p\nrules: [{id: r, when: text.hate > 0.5, then: review, because: hate, variants: [%s, %s]}]"
    assert parse_policy(rule % (first, second)).hash != parse_policy(rule % (second, first)).hash


@settings(max_examples=40, deadline=None)
@given(
    booleans(2),
    st.lists(st.tuples(booleans(2), st.none() | booleans(2)), min_size=1, max_size=3),
    st.lists(situations(), min_size=1, max_size=4),
)
def test_variants_mean_what_their_conditions_say(
    base: str, variants: list[tuple[str, str | None]], worlds: list[tuple[Any, World]]
) -> None:
    written = [
        {"name": f"v{place}", "for": where, "then": "label"} | ({"when": when} if when else {})
        for place, (where, when) in enumerate(variants)
    ]
    rule = {"id": "r", "when": base, "then": "review", "because": "hate", "variants": written}
    loaded = parse_policy(f"policy: p\n{FACTS}\nlists: {{places: [de, comment]}}\nrules: [{json.dumps(rule)}]\n")
    for made, world in worlds:
        decision = evaluate(made, loaded).decision
        fired = {found.rule for found in decision.rules}
        undetermined = {found.rule for found in decision.undetermined}
        truths = {found.id: world.truth(found.when) for found in loaded.rules}  # the text says what is compiled
        assert fired == {name for name, truth in truths.items() if truth}
        assert undetermined == {name for name, truth in truths.items() if truth is None}
        places = [world.truth(where) for where, _ in variants]
        if None not in places:
            place = places.index(True) if True in places else None
            own = base if place is None else variants[place][1] or base
            name = "r" if place is None else f"r/v{place}"
            assert fired == ({name} if world.truth(own) else set())
