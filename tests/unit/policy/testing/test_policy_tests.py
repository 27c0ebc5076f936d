"""`moderation policy test`: decisions held to what was expected, coverage, and mistakes that nobody notices."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from moderation.cli.policy import command
from moderation.errors import PolicyError
from moderation.policy import parse_policy
from moderation.policy.synthetic import given_of
from moderation.policy.testing import Expected, mutate

ROOT = Path(__file__).parents[4]
POLICY = """\
policy: small
queues: {hate: {due: 2h}}
facts: {reports: {type: number, default: 0}, age: number}
signals: {worst: "max(text.hate, text.threat)"}
rules:
  - {id: hate, when: text.hate >= 0.9, then: remove, because: hate}
  - {id: look, when: worst >= 0.6 and not text.truncated, then: review, because: hate, queue: hate}
  - {id: reported, when: facts.reports >= 3 and text.insult >= 0.5, then: review, because: insult}
  - {id: new, when: text.spam >= 0.5 and facts.age < 7, then: label, because: spam}
  - {id: names, when: post.surface == "username", exempt: [hate], note: A human looks.}
"""
GOOD = """\
tests:
  - {name: harmless, expect: {action: allow, reasons: [], undetermined: [], not_fired: [look, reported]}}
  - {name: hate, given: {text.hate: 0.95}, expect: {action: remove, fired: [hate, look], stage: final}}
  - name: hate in a name
    given: {text.hate: 0.95, post.surface: username}
    expect: {action: review, silenced: [hate], queue: hate}
  - {name: unknown age, given: {text.spam: 0.8}, expect: {action: allow, undetermined: [new]}}
  - {name: failed, lanes: {text: failed}, expect: {action: review, reasons: [text_missing]}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "small.yaml").write_text(POLICY, encoding="utf-8")
    (tmp_path / "tests").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODERATION_POLICY", "small.yaml")
    monkeypatch.setenv("MODERATION_TEXT_MODEL", "stub")
    return tmp_path


def _test(tests: str, *options: str) -> Any:
    Path("tests/small.yaml").write_text(tests, encoding="utf-8")
    return CliRunner().invoke(command, ["test", *options])


def _one(given: str, expect: str) -> str:
    return f"tests:\n  - {{name: one, given: {given}, expect: {expect}}}\n"


@pytest.mark.usefixtures("folder")
def test_tests_that_pass_exit_with_0_and_show_what_they_leave_open() -> None:
    result = _test(GOOD)
    assert result.exit_code == 0
    assert "tests/small.yaml: 5 tests, 0 failed\n  rules covered: 3 of 5\n" in result.stdout
    assert "    reported: fired in 0, not in 5, undetermined in 0\n" in result.stdout
    assert "    new: fired in 0, not in 3, undetermined in 2\n" in result.stdout
    assert re.search(r"^  mistakes noticed: \d+ of \d+; no test would notice:$", result.stdout, re.MULTILINE)
    assert "    small.yaml:7: look: without 'and not text.truncated'\n" in result.stdout
    assert "    small.yaml:6: hate: 0.85 in 'text.hate >= 0.9'\n" in result.stdout
    assert "    small.yaml:4: worst" not in result.stdout  # it has no threshold


@pytest.mark.usefixtures("folder")
def test_strict_exits_with_1_for_what_they_leave_open() -> None:
    assert _test(GOOD, "--strict").exit_code == 1


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("given", "expect", "shown"),
    [
        (
            "{text.hate: 0.7}",
            "{action: remove}",
            [
                "- action: remove",
                "+ action: review",
                "+ look: fired (text.hate = 0.7",
            ],
        ),
        (
            "{text.hate: 0.7}",
            "{fired: [hate]}",
            ["- hate: fired", "+ hate: not fired (text.hate = 0.7; when: text.hate >= 0.9)"],
        ),
        ("{text.hate: 0.95}", "{not_fired: [hate]}", ["- hate: not fired", "+ hate: fired (text.hate = 0.95; when: "]),
        ("{text.spam: 0.9}", "{fired: [new]}", ["- new: fired", "+ new: undetermined (text.spam = 0.9; when: "]),
        ("{text.hate: 0.95}", "{silenced: [hate]}", ["- hate: silenced", "+ hate: fired"]),
        ("{text.spam: 0.9}", "{undetermined: []}", ["- undetermined: none", "+ undetermined: new"]),
        ("{text.hate: 0.7}", "{queue: default}", ["- queue: default", "+ queue: hate"]),
        ("{}", "{queue: hate}", ["- queue: hate", "+ queue: none"]),
        ("{text.hate: 0.7}", "{reasons: [insult]}", ["- reasons: insult", "+ reasons: hate"]),
        ("{}", "{stage: provisional}", ["- stage: provisional", "+ stage: final"]),
    ],
)
def test_a_failure_shows_what_was_expected_and_what_came(given: str, expect: str, shown: list[str]) -> None:
    result = _test(_one(given, expect))
    assert result.exit_code == 1
    assert "tests/small.yaml:2: one: FAILED\n" in result.stdout
    for line in shown:
        assert f"      {line}" in result.stdout
    assert "mistakes" not in result.stdout  # whether tests notice mistakes is asked of tests that pass


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("tests", "message"),
    [
        (_one("{text.hatee: 0.7}", "{}"), "one: no signal or declared fact 'text.hatee'  did you mean 'text.hate'?"),
        (_one("{facts.rank: 1}", "{}"), "no signal or declared fact 'facts.rank'"),
        (_one("{text.hate: 7}", "{}"), "text.hate: 7 lies outside 0 to 1"),
        (_one("{text.language: no}", "{}"), "text.language: False is no text: put it in quotes"),
        (_one("{facts.age: young}", "{}"), "facts.age: 'young' is no number"),
        (_one("{text.truncated: 1}", "{}"), "text.truncated: 1 is neither true nor false"),
        (_one("{}", "{fired: [hat]}"), "no rule 'hat'  did you mean 'hate'?"),
        (_one("{}", "{queue: hat}"), "no queue 'hat'"),
        (_one("{}", "{action: delete}"), "tests.0.expect.action: "),
        (_one("{}", "{acton: remove}"), "tests.0.expect: unknown key 'acton'  did you mean 'action'?"),
        ("polizy: x\ntests: [{name: a, expect: {}}]\n", "the file: unknown key 'polizy'  did you mean 'policy'?"),
        ("tests: [{name: a, expect: {}, zzz: 1}]\n", "tests.0: unknown key 'zzz'  one of: name, given, unknown"),
        (_one("{post.surface: ''}", "{}"), "surface: "),
        ("tests: []\n", "tests: "),
        ("tests: [\n", "not valid YAML"),
        ("- a\n", "tests/small.yaml: the file: "),
        ("", "tests/small.yaml: the file: "),
    ],
)
def test_a_file_that_makes_no_sense_says_where(tests: str, message: str) -> None:
    Path("tests/small.yaml").write_text(tests, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        CliRunner().invoke(command, ["test"], catch_exceptions=False)
    assert message in str(caught.value)
    assert str(caught.value).startswith("tests/small.yaml:")


def test_a_policy_in_place_of_its_tests_stands_for_those_beside_it(folder: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        CliRunner().invoke(command, ["test", "small.yaml"], catch_exceptions=False)
    hint = "its tests belong into tests/small.yaml; see docs/policy-authors.md"
    assert str(caught.value) == f"small.yaml: this is a policy, not a file of tests\n   {hint}"
    (folder / "tests" / "more.yaml").write_text("policy: ../small.yaml\n" + GOOD)
    (folder / "tests" / "other.yaml").write_text("policy: ../other.yaml\n" + GOOD)
    by_itself = _test(GOOD, "tests/small.yaml", "--seconds", "0").output
    assert "5 tests, 0 failed" in by_itself
    both = _test(GOOD, "small.yaml", "--seconds", "0").output
    assert both == by_itself.replace("small", "more") + by_itself


@pytest.mark.usefixtures("folder")
def test_no_tests_at_all_are_no_success() -> None:
    with pytest.raises(PolicyError, match="no tests there"):
        CliRunner().invoke(command, ["test"], catch_exceptions=False)


@pytest.mark.usefixtures("folder")
def test_a_post_is_scored_once_and_its_scores_are_kept_beside() -> None:
    tests = 'tests:\n  - {name: one, post: {text: "You there.", surface: message}, expect: {undetermined: [new]}}\n'
    first = _test(tests)
    cached = Path("tests/small.scores.json")
    kept = json.loads(cached.read_text())
    assert kept["models"][0] == "stub"
    (scores,) = kept["scores"].values()
    assert {"text.hate", "text.language", "text.lexicon.hate"} <= scores.keys()
    # What is kept is believed as long as the models are the same: no model runs again.
    changed = {digest: {**own, "text.hate": 0.99} for digest, own in kept["scores"].items()}
    cached.write_text(json.dumps({**kept, "scores": changed}))
    assert "+ hate: fired (text.hate = 0.99" in _test(tests.replace("undetermined: [new]", "not_fired: [hate]")).stdout
    cached.write_text(json.dumps({"models": ["another"], "scores": changed}))
    assert _test(tests).stdout == first.stdout
    assert json.loads(cached.read_text()) == kept


@pytest.mark.usefixtures("folder")
def test_json_is_for_programs() -> None:
    (entry,) = json.loads(_test(GOOD, "--json", "--seconds", "0").stdout)
    assert (entry["ok"], entry["policy"], entry["mutation"], len(entry["tests"])) == (True, "small", None, 5)
    (entry,) = json.loads(_test(GOOD, "--json").stdout)
    assert entry["mutation"]["left"] == 0
    assert {"rule": "look", "change": "label for review", "derived": False, "place": "small.yaml:7"} not in entry[
        "mutation"
    ]["survivors"]


RULE = "policy: p\nfacts: {n: {type: number, default: 0}}\nrules:\n  - {id: a, when: %s, then: %s, because: hate}\n"


def _survivors(condition: str, given: list[tuple[dict[str, Any], str]], then: str = "remove") -> list[str]:
    policy = parse_policy(RULE % (json.dumps(condition), then))
    cases = [(Expected.model_validate({"action": action}), given_of(values)) for values, action in given]
    found = mutate(cases, policy, 60.0)
    assert found.left == 0
    return [own.change for own in found.survivors]


def test_close_tests_notice_every_mistake() -> None:
    given = [({"text.hate": 0.92}, "remove"), ({"text.hate": 0.88}, "allow")]
    assert _survivors("text.hate >= 0.9", given) == []


def test_a_test_far_from_a_threshold_lets_it_move() -> None:
    given = [({"text.hate": 1.0}, "remove"), ({"text.hate": 0.0}, "allow")]
    assert _survivors("text.hate >= 0.9", given) == ["0.85 in 'text.hate >= 0.9'", "0.95 in 'text.hate >= 0.9'"]


def test_a_clause_that_no_test_needs_can_be_dropped() -> None:
    whole = {"text.truncated": False}
    given = [({"text.hate": 0.92, **whole}, "remove"), ({"text.hate": 0.88, **whole}, "allow")]
    assert _survivors("text.hate >= 0.9 and not text.truncated", given) == ["without 'and not text.truncated'"]


def test_a_change_that_makes_no_difference_is_no_mistake() -> None:
    given = [({"text.hate": 0.92}, "remove"), ({"text.hate": 0.88}, "allow")]
    assert _survivors("text.hate >= 0.9 and (text.hate > 0.2 or not text.hate == 0.1)", given) == []


def test_a_change_is_shown_as_its_author_would_write_it() -> None:
    condition = (
        "(text.hate + text.spam >= 1 or -facts.n < 2) and not (text.truncated if facts.n > 1 else text.hate < 0.1)"
    )
    survivors = _survivors(condition + ' and text.language not in ["de", "en"]', [({}, "allow")])
    assert "without 'and not (text.truncated if (facts.n > 1) else (text.hate < 0.1))'" in survivors
    assert "without 'and (text.hate + text.spam >= 1 or -facts.n < 2)'" in survivors
    assert "1.1 in 'text.hate + text.spam >= 1'" not in survivors  # no score: moved by 1
    assert "2 in 'text.hate + text.spam >= 1'" in survivors
    assert """'text.language not in ["de", "en"]' turned round""" in survivors


def test_a_count_at_its_threshold_is_asked_for_and_a_score_is_not() -> None:
    given = [({"facts.n": 4}, "remove"), ({"facts.n": 2.5}, "allow")]
    assert _survivors("facts.n >= 3", given) == ["> for >= in 'facts.n >= 3'", "4 in 'facts.n >= 3'"]


def test_without_an_expected_action_another_action_goes_unnoticed() -> None:
    policy = parse_policy(RULE % ("text.hate >= 0.9", "remove"))
    cases = [
        (Expected(fired=("a",)), given_of({"text.hate": 0.92})),
        (Expected(not_fired=("a",)), given_of({"text.hate": 0.88})),
    ]
    assert [own.change for own in mutate(cases, policy, 60.0).survivors] == ["restrict for remove"]


def test_mistakes_stop_when_the_time_is_over() -> None:
    policy = parse_policy(RULE % ("text.hate >= 0.9 or text.spam >= 0.5", "remove"))
    ticks = iter(range(100))
    found = mutate([(Expected(action="remove"), given_of({"text.hate": 1.0}))], policy, 3.0, lambda: next(ticks))
    assert (found.tried, found.left > 0) == (3, True)


def test_the_tests_of_the_policy_that_ships_pass_and_see_every_rule_fire_and_not() -> None:
    file = ROOT / "policies" / "tests" / "community-standards.yaml"
    result = CliRunner().invoke(command, ["test", "--json", "--seconds", "60", str(file)])
    (entry,) = json.loads(result.stdout)
    assert [test for test in entry["tests"] if test["differences"]] == []
    assert [rule for rule in entry["coverage"] if not (rule["fired"] and rule["not_fired"])] == []
    mutation = entry["mutation"]
    assert mutation["left"] == 0
    assert len(mutation["survivors"]) <= mutation["tried"] / 10


@pytest.mark.usefixtures("folder")
def test_a_test_says_which_breakers_are_open() -> None:
    file = Path("small.yaml")
    file.write_text(POLICY.replace("rules:", "breakers: {removals: {action: remove, per_minute: 9}}\nrules:", 1))
    given = "given: {text.hate: 0.95}, breakers: [removals], expect: {action: review, queue: default, fired: [hate]}"
    assert "1 test, 0 failed" in _test(f"tests:\n  - {{name: open, {given}}}\n").stdout
    wrong = _test(f"tests:\n  - {{name: open, {given.replace('removals', 'removal')}}}\n")
    assert "no breaker 'removal'  did you mean 'removals'?" in str(wrong.exception) + wrong.output
