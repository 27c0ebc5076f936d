"""What is remembered, in conditions: names, unknown values, decisions that can be made again, tests and warnings."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.events import Decision
from moderation.policy import Circumstances, evaluate, parse_policy
from moderation.policy.lint import lint
from moderation.policy.portrait import portrait
from moderation.policy.remembered import PLAIN, STRIKES_FOR, WINDOWED, asked, window_of
from moderation.policy.written import written
from tests.unit.policy.builders import policy, record

EVERY = [own.example for own in (*WINDOWED.values(), *PLAIN.values(), STRIKES_FOR)]


def rule(condition: str) -> str:
    return json.dumps({"id": "r", "when": condition, "then": "label", "because": "spam"})


@pytest.mark.parametrize("name", EVERY)
def test_every_measure_is_a_name_that_decisions_write_without_quotes(name: str) -> None:
    loaded = policy(rule(f"{name} >= 3"))
    (own,) = loaded.program.remembers
    assert own == name.replace('"', "")
    assert [evaluate(record(), loaded, Circumstances({own: value})).decision.action for value in (2, 3)] == [
        "allow",
        "label",
    ]


@pytest.mark.parametrize("name", EVERY)
def test_a_condition_is_written_as_its_author_would(name: str) -> None:
    condition = f"{name} >= 3 and not known({name})"
    (node,) = policy(rule(condition)).program.conditions
    assert written(node) == condition
    assert policy(rule(written(node))).hash == policy(rule(condition)).hash


def test_what_is_not_remembered_is_unknown_and_says_so() -> None:
    loaded = policy(rule('author.posts("10m") >= 3 or text.hate > 0.9'))
    decision = evaluate(record(), loaded).decision
    assert [own.missing for own in decision.undetermined] == [("author.posts(10m)",)]
    assert decision.state is None
    assert evaluate(record({"text.hate": 1.0}), loaded).decision.action == "label"
    assert evaluate(record(), policy(rule('not known(author.posts("10m"))'))).decision.action == "label"


def test_a_decision_keeps_what_its_policy_looks_at_and_is_made_again_from_it() -> None:
    loaded = policy(rule('author.posts("10m") >= 3 and author.first_seen < 2 and author.strikes < 9'))
    state = {"author.posts(10m)": 4, "author.first_seen": 0.0417, "author.strikes": 2.5, "domain.posts(1h)": 7}
    decision = evaluate(record(), loaded, Circumstances(state)).decision
    assert decision.state == {name: state[name] for name in sorted(state) if name != "domain.posts(1h)"}
    assert decision.rules[0].values == decision.state
    stored = Decision.model_validate_json(decision.to_json())
    assert evaluate(record(), loaded, Circumstances.of(stored)).decision.to_json() == decision.to_json()


@settings(max_examples=50, deadline=None)
@given(st.one_of(st.text(max_size=12), st.from_regex(r"[0-9]{1,3}[smhdwx]{1,2}", fullmatch=True)))
def test_a_window_is_a_number_and_a_unit_within_bounds(text: str) -> None:
    seconds = window_of(text)
    assert seconds is None or 1 <= seconds <= 30 * 86_400
    if seconds is None:
        assert asked(f"author.posts({text})") is None


def test_windows_have_their_length() -> None:
    windows = ["1s", "90s", "10m", "24h", "30d", "720h", "0s", "31d", "721h", "1w", "500ms", "", "h"]
    lengths = [1, 90, 600, 86_400, 2_592_000, 2_592_000, None, None, None, None, None, None, None]
    assert [window_of(window) for window in windows] == lengths


def test_named_thresholds_go_with_strikes() -> None:
    loaded = policy(rule("author.strikes >= high"), "thresholds: {author.strikes: {high: 3}}")
    assert evaluate(record(), loaded, Circumstances({"author.strikes": 3})).decision.action == "label"


STRIKES = "strikes: {spam: {weight: 2}, default: {for: [hold, remove]}}"


def test_strikes_are_part_of_the_hash_and_a_policy_without_keeps_the_one_it_had() -> None:
    plain, giving, other = (policy(rule("text.hate > 0.9"), head) for head in ("", STRIKES, STRIKES.replace("2", "3")))
    assert len({plain.hash, giving.hash, other.hash}) == 3
    assert policy(rule("text.hate > 0.9"), "strikes: {}").hash == plain.hash
    assert giving.hash == policy(rule("text.hate > 0.9"), STRIKES.replace("hold, remove", "remove, hold")).hash
    assert parse_policy(giving.source).strikes == giving.strikes


def test_a_policy_that_looks_at_strikes_and_gives_none_is_warned() -> None:
    looking = rule('author.strikes >= 2 or author.strikes("hate") > 1')
    for head, codes in (("", ["no-strikes"]), (STRIKES, [])):
        loaded = policy(looking, head)
        assert [own.code for own in lint(loaded, {"policy.yaml": loaded.source})] == codes


def test_impossible_and_contradicting_counts_are_found_and_examples_are_whole() -> None:
    rules = "\n".join(
        [
            json.dumps({"id": "never", "when": 'author.posts("10m") < 0', "then": "hold", "because": "spam"}),
            json.dumps({"id": "much", "when": 'author.posts("1h") > 2.5', "then": "hold", "because": "spam"}),
            json.dumps({"id": "fine", "when": 'author.posts("1h") < 90', "then": "allow", "because": "spam"}),
        ]
    )
    loaded = policy(rules)
    found = {own.code: str(own) for own in lint(loaded, {"policy.yaml": loaded.source})}
    assert found.keys() == {"never-fires", "contradicts"}
    assert "author.posts(1h) = 3" in found["contradicts"]


def test_a_rule_about_authors_tells_what_happens_without_one() -> None:
    told = portrait(policy(rule('author.posts("10m") >= 3 and domain.posts("2h") > 1')), "r") or ""
    assert "author.posts(10m): posts that this author created in the last 10m, this one included" in told
    assert "it does not fire for posts without an author: author.posts(10m)\n" in told + "\n"
