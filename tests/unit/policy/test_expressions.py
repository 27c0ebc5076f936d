"""The compiled policy agrees with the plain reference, whatever is known, pending or missing."""

import json
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.events import LANES
from moderation.policy import evaluate, parse_policy
from tests.unit.policy.builders import policy, record
from tests.unit.policy.reference import World

pytestmark = pytest.mark.usefixtures("later_lanes")

SCORES = ("text.hate", "text.spam", "image.hate", "image.text.hate", "video.hate")
COUNTS = ("text.length", "image.people", "post.revision")
NUMBERS = ("facts.age", "facts.reports")
TEXTS = ("text.language", "post.surface", "post.language", "facts.country", "video.language")
FACTS = "facts: {age: number, reports: number, country: string, trusted: boolean}"
LARGEST = sys.float_info.max
RANGES = (
    dict.fromkeys(SCORES, (0.0, 1.0))
    | dict.fromkeys(COUNTS, (0.0, LARGEST))
    | dict.fromkeys(NUMBERS, (-LARGEST, LARGEST))
)

unit_literals = st.sampled_from(["0", "0.25", "0.5", "0.9", "1", "1.0"])
# Sums: a bare literal that a score can never reach is an error of its own.
literals = unit_literals | st.sampled_from(["(3 + 0)", "(100 + 0)", "(1e200 + 0)", "(1e308 + 0)", "0.1"])
words = st.sampled_from(["de", "DE", "en", "comment", ""])


def _joined(strategy: st.SearchStrategy[str], separator: str) -> st.SearchStrategy[str]:
    return st.lists(strategy, min_size=2, max_size=3).map(separator.join)


@st.composite
def units(draw: st.DrawFn, depth: int) -> str:
    """A number certainly between 0 and 1."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(SCORES) | unit_literals)
    function = draw(st.sampled_from(["max", "min", "noisy_or"]))
    return f"{function}({draw(_joined(units(depth - 1), ', '))})"


@st.composite
def numbers(draw: st.DrawFn, depth: int) -> str:
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([*SCORES, *COUNTS, *NUMBERS]) | literals)
    kind = draw(st.sampled_from(["arithmetic", "call", "unit", "negative", "abs", "choice"]))
    inner = numbers(depth - 1)
    if kind == "arithmetic":
        return f"({draw(inner)} {draw(st.sampled_from('+-*/'))} {draw(inner)})"
    if kind == "call":
        return f"{draw(st.sampled_from(['max', 'min']))}({draw(_joined(inner, ', '))})"
    if kind == "unit":
        return draw(units(depth))
    if kind == "choice":
        return f"({draw(inner)} if {draw(booleans(depth - 1))} else {draw(inner)})"
    return f"abs({draw(inner)})" if kind == "abs" else f"(-{draw(inner)})"


@st.composite
def texts(draw: st.DrawFn, depth: int) -> str:
    name = draw(st.sampled_from(TEXTS) | words.map(repr))
    if depth and draw(st.integers(0, 4)) == 0:
        return f"({name} if {draw(booleans(depth - 1))} else {draw(texts(depth - 1))})"
    return f"lower({name})" if draw(st.booleans()) else name


@st.composite
def booleans(draw: st.DrawFn, depth: int) -> str:
    if depth == 0:
        return draw(st.sampled_from(["facts.trusted", "text.truncated", "True", "false"]) | known())
    inner = booleans(depth - 1)
    kind = draw(st.sampled_from(["compare", "compare", "chain", "junction", "junction", "not", "member", "text", "if"]))
    operators = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    if kind == "compare":
        return f"({draw(numbers(depth - 1))} {draw(operators)} {draw(numbers(depth - 1))})"
    if kind == "chain":
        first, second, third = (draw(numbers(depth - 1)) for _ in range(3))
        return f"({first} {draw(operators)} {second} {draw(operators)} {third})"
    if kind == "junction":
        return f"({draw(_joined(inner, draw(st.sampled_from([' and ', ' or ']))))})"
    if kind == "not":
        return f"(not {draw(inner)})"
    if kind == "member":
        listed = draw(st.sampled_from(["places", "['de', 'en']", "('comment',)", "[]"]))
        return f"({draw(texts(depth - 1))} {draw(st.sampled_from(['in', 'not in']))} {listed})"
    if kind == "text":
        return f"({draw(texts(depth - 1))} {draw(st.sampled_from(['==', '!=']))} {draw(texts(depth - 1))})"
    return f"({draw(inner)} if {draw(inner)} else {draw(inner)})"


def known() -> st.SearchStrategy[str]:
    return st.sampled_from([*SCORES, *COUNTS, *NUMBERS, *TEXTS, "facts.trusted"]).map(lambda name: f"known({name})")


scores = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]) | st.floats(0, 1)
figures = st.sampled_from([0, 1, 3, 100, -1, 1e308, 10**400]) | st.integers(-5, 5) | st.floats(-10, 10)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Any, World]:
    """A record, and the same as the reference sees it."""
    states = {lane: draw(st.sampled_from(["scored", "nothing_to_score", "failed", "pending"])) for lane in LANES}
    given = {name: draw(scores) for name in SCORES if draw(st.booleans())}
    attributes: dict[str, Any] = {
        "text.length": draw(st.integers(0, 200)),
        "text.language": draw(words),
        "text.truncated": draw(st.booleans()),
        "image.people": draw(st.integers(0, 5)),
        "image.text.illegible": draw(st.booleans()),
        "video.language": draw(words),
    }
    facts = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "age": figures | st.just("young") | st.just(True) | st.none(),
                "reports": figures,
                "country": words | st.just(3),
                "trusted": st.booleans() | st.just("yes"),
            },
        )
    )
    surface, language = draw(st.sampled_from(["comment", "de"])), draw(st.none() | words)
    revision = draw(st.integers(0, 3))
    made = record(given, attributes, states, facts=facts, surface=surface, language=language, revision=revision)

    settled: dict[str, Any] = {"post.surface": surface, "post.revision": revision}
    if language is not None:
        settled["post.language"] = language
    for name, kind in (("age", float), ("reports", float), ("country", str), ("trusted", bool)):
        value = facts.get(name)
        number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST
        if number if kind is float else isinstance(value, kind):
            settled[f"facts.{name}"] = value
    pending = set()
    zeros = dict.fromkeys(SCORES, 0.0)
    for name, value in (zeros | made.signals | attributes).items():
        lane = name.partition(".")[0]
        if states[lane] == "pending":
            pending.add(name)
        elif states[lane] == "nothing_to_score":
            settled[name] = 0.0 if name in SCORES else value
        elif states[lane] == "scored" and (name in attributes or name in made.signals):
            settled[name] = value
    known = made.signals | {name: attributes[name] for name in COUNTS if name.startswith("image.")}
    found = {name: value for name, value in known.items() if states[name.partition(".")[0]] == "failed"}
    if states["image"] == "scored" and attributes["image.text.illegible"] and "image.text.hate" in made.signals:
        found["image.text.hate"] = settled.pop("image.text.hate")
    ranges = RANGES | {name: (value, RANGES[name][1]) for name, value in found.items() if name in RANGES}
    if states["video"] == "failed" and attributes["video.language"]:
        settled["video.language"] = attributes["video.language"]
    world = World(settled, ranges, pending, {"places": ["de", "comment"]}, texts=set(TEXTS))
    return made, world


def _truths(source: str, made: Any) -> dict[str, bool | None]:
    """By rule: True when it fired, None when it is undetermined, absent when it did not hold."""
    decision = evaluate(made, parse_policy(source)).decision
    return dict.fromkeys((rule.rule for rule in decision.rules), True) | dict.fromkeys(
        (rule.rule for rule in decision.undetermined), None
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(booleans(3), min_size=1, max_size=4), st.lists(situations(), min_size=1, max_size=4))
def test_the_compiled_policy_agrees_with_the_reference(conditions: list[str], worlds: list[Any]) -> None:
    rules = [{"id": f"r{i}", "when": text, "then": "label", "because": "hate"} for i, text in enumerate(conditions)]
    source = f"policy: p\n{FACTS}\nlists: {{places: [de, comment]}}\nrules: {json.dumps(rules)}\n"
    for made, world in worlds:
        truths = {rule["id"]: world.truth(rule["when"]) for rule in rules}
        assert _truths(source, made) == {name: truth for name, truth in truths.items() if truth is not False}


@settings(max_examples=40, deadline=None)
@given(numbers(2), booleans(2), units(2), situations())
def test_derived_signals_mean_what_they_would_in_place(
    number: str, boolean: str, unit: str, situation: tuple[Any, World]
) -> None:
    made, world = situation
    derived = {"n": number, "b": boolean, "u": unit, "top": "max(u, text.hate)"}
    conditions = ["n > 0.5", "b", "u >= 0.5", "top >= 0.9", "known(top)", "known(n)", "b and top < 0.3 or n == (3 + 0)"]
    rules = [{"id": f"r{i}", "when": text, "then": "label", "because": "hate"} for i, text in enumerate(conditions)]
    # The last first: their order in the file does not matter.
    signals = dict(reversed(derived.items()))
    source = (
        f"policy: p\n{FACTS}\nlists: {{places: [de, comment]}}\n"
        f"signals: {json.dumps(signals)}\nrules: {json.dumps(rules)}\n"
    )
    world.derived = derived
    truths = {rule["id"]: world.truth(rule["when"]) for rule in rules}
    assert _truths(source, made) == {name: truth for name, truth in truths.items() if truth is not False}


def _fires(condition: str, head: str = "", **given: Any) -> bool | None:
    """True when it holds, None when it is undetermined."""
    decision = evaluate(
        record(**given), policy(f"{{id: r, when: {json.dumps(condition)}, then: label, because: hate}}", head)
    ).decision
    return True if decision.rules else None if decision.undetermined else False


def test_an_unknown_in_max_leaves_what_the_known_part_decides() -> None:
    lanes = {"text": "scored", "image": "pending"}
    assert _fires("max(text.hate, image.hate) >= 0.9", signals={"text.hate": 0.95}, lanes=lanes) is True
    assert _fires("max(text.hate, image.hate) >= 0.97", signals={"text.hate": 0.95}, lanes=lanes) is None
    assert _fires("min(text.hate, image.hate) >= 0.97", signals={"text.hate": 0.95}, lanes=lanes) is False


def test_a_bounded_value_is_reported_as_such() -> None:
    rules = "{id: r, when: any_hate >= 0.9, then: label, because: hate}"
    made = record({"text.hate": 0.95}, lanes={"text": "scored", "image": "pending"})
    (rule,) = evaluate(made, policy(rules, "signals: {any_hate: 'max(text.hate, image.hate)'}")).decision.rules
    assert rule.values == {"text.hate": 0.95, "any_hate": "at least 0.95"}


def test_division_by_zero_and_overflow_are_unknown() -> None:
    head = "facts: {n: number}"
    assert _fires("1 / facts.n > 2", head, facts={"n": 0}) is None
    assert _fires("1 / facts.n > 2", head, facts={"n": 0.25}) is True
    assert _fires("facts.n * 1e300 > 2", head, facts={"n": 1e300}) is None
    assert _fires("1 / facts.n > 2 or text.hate == 0", head, facts={"n": 0}) is True
    assert _fires("1 / facts.n > 2 and text.hate > 0", head, facts={"n": 0}) is False


def test_a_fact_of_the_wrong_type_is_unknown_and_one_without_value_takes_its_default() -> None:
    head = "facts: {n: number, d: {type: number, default: 5}, b: {type: boolean, default: true}}"
    assert _fires("facts.n > 1", head, facts={"n": "2"}) is None
    assert _fires("facts.n > 0", head, facts={"n": True}) is None
    assert _fires("facts.n > 0", head) is None
    assert _fires("facts.d == 5", head, facts={"d": None}) is True
    assert _fires("facts.d == 5", head, facts={"d": "x"}) is None
    assert _fires("facts.b", head) is True


def test_a_score_outside_its_range_is_no_score() -> None:
    assert _fires("text.hate > 0.5", signals={"text.hate": 1.5}) is None


def test_no_is_norwegian_in_a_list() -> None:
    head = "lists: {nordic: [no, da, sv]}"
    assert _fires("text.language in nordic", head, attributes={"text.language": "no"}) is True


@pytest.mark.parametrize(("first", "second"), [("a b", "a  b"), ("a", "A"), ("a b", "a\tb"), ("a b", "a\xa0b")])
def test_texts_are_compared_exactly(first: str, second: str) -> None:
    assert _fires(f"facts.s == '{first}'", "facts: {s: string}", facts={"s": first}) is True
    assert _fires(f"facts.s == '{second}'", "facts: {s: string}", facts={"s": second}) is True
    assert _fires(f"facts.s == '{first}'", "facts: {s: string}", facts={"s": second}) is False


def test_a_lane_that_the_post_does_not_need_gives_zeros() -> None:
    assert _fires("image.hate == 0 and image.people == 0", lanes={"text": "scored"}) is True


def test_known_waits_for_what_is_pending_and_is_false_for_what_failed() -> None:
    assert _fires("known(image.hate)", lanes={"text": "scored", "image": "pending"}) is None
    assert _fires("not known(image.hate)", lanes={"text": "scored", "image": "failed"}) is True
    assert _fires("known(text.hate)") is True
