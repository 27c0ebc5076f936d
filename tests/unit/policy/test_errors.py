"""Every mistake in a policy is reported in place, all of them at once; the texts are in `golden/`."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.cli.policy import command
from moderation.policy import Policy, PolicyError, Problem, load_policy, parse_policy

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.stem for path in GOLDEN.glob("*.yaml"))
COMMUNITY = Path(__file__).parents[3] / "policies" / "community-standards.yaml"


def _message(source: str, name: str = "policy.yaml") -> str:
    with pytest.raises(PolicyError) as caught:
        parse_policy(source, name)
    return str(caught.value)


@pytest.mark.parametrize("case", CASES)
def test_the_message_is_the_golden_one(case: str) -> None:
    """After a change of wording: `python -m tests.unit.policy.test_errors` writes them anew; read the difference."""
    source = (GOLDEN / f"{case}.yaml").read_text(encoding="utf-8")
    assert _message(source) + "\n" == (GOLDEN / f"{case}.txt").read_text(encoding="utf-8")


def test_there_is_a_message_for_every_golden_policy_and_the_other_way_round() -> None:
    assert CASES
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == CASES


STYLES = {
    "plain": "text.hate >= 0.5 and text.hatee >= 0.92",
    "plain over lines": "text.hate >= 0.5 and\n        text.hatee >= 0.92",
    "single": "'post.surface == ''a'' and text.hatee >= 0.92'",
    "double": '"post.surface == \\"\\u0061\\x62\\" and\\n \\t\\\n        text.hatee >= 0.92"',
    "folded": ">\n      post.surface == 'é'\n\n      and\n        text.hatee >= 0.92\n",
    "folded, stripped": ">-\n      post.surface == '𝒳' and text.hatee\n      >= 0.92\n",
    "literal": "|\n      (post.surface == 'a' and\n\n          text.hatee >= 0.92)\n",
    "literal, kept": "|+\n      text.hatee >= 0.92\n\n",
    "literal with a comment": "| # text.hatee\n      text.hatee >= 0.92\n",
    "literal, indent given": "|2\n        text.hatee >= 0.92\n",
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_caret_stands_under_the_name_in_every_style_of_scalar(style: str, newline: str) -> None:
    source = f"policy: p\nrules:\n  - id: a\n    when: {STYLES[style]}\n    then: label\n    because: hate\n"
    with pytest.raises(PolicyError) as caught:
        parse_policy(source.replace("\n", newline))
    (problem,) = caught.value.problems
    assert isinstance(problem, Problem)
    assert problem.source[problem.column - 1 :][: problem.length] == "text.hatee"
    assert source.split("\n")[problem.line - 1] == problem.source


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["text.hate", "'it''s'", '"é" ', "\t", "   ", "0.5", "(", "#"]), max_size=12),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.integers(10, 90),
)
def test_the_caret_finds_a_name_wherever_yaml_puts_it(words: list[str], style: str, width: int) -> None:
    text = " ".join([*(word for word in words if word not in "(#"), "facts.nowhere"])
    dumped = yaml.dump({"signals": {"s": text}}, default_style=style, width=width, allow_unicode=True)
    with pytest.raises(PolicyError) as caught:
        parse_policy(f"{dumped}policy: p\nrules: []\n")
    for problem in caught.value.problems:
        assert isinstance(problem, Problem)
        if "facts.nowhere" in problem.message:
            assert problem.source[problem.column - 1 :][: problem.length] == "facts.nowhere"


def test_a_file_that_is_not_utf_8_or_not_there_is_a_policy_error(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_bytes(b"policy: p\nrules: \xff\n")
    with pytest.raises(PolicyError, match=r"p.yaml:2:8: not UTF-8: byte 0xff"):
        load_policy(file)
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(PolicyError, match="cannot be read"):
            load_policy(path)


def test_a_file_that_is_not_there_says_where_it_was_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PolicyError) as caught:
        load_policy(Path("policies/p.yaml"))
    assert f"looked for {tmp_path}/policies/p.yaml; name another file, or set MODERATION_POLICY" in str(caught.value)


def test_a_file_of_tests_is_no_policy() -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy("policy: ../p.yaml\ntests: [{name: a, expect: {}}]\n", "tests/p.yaml")
    assert str(caught.value) == (
        "tests/p.yaml:2:1: this is a file of tests, not a policy\n"
        "    2 | tests: [{name: a, expect: {}}]\n"
        "      | ^^^^^\n"
        "   run them: moderation policy test tests/p.yaml"
    )


def test_a_file_far_too_large_is_a_policy_error(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("# " + "é" * 2_000_000)
    with pytest.raises(PolicyError, match="may have 900,000 characters"):
        load_policy(file)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + COMMUNITY.read_bytes())
    assert load_policy(file).hash == load_policy(COMMUNITY).hash


HOSTILE = {
    "alias bomb": "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*{'a' if i == 0 else f'b{i - 1}'}]\n" for i in range(50)),
    "deep flow": "policy: " + "[" * 20_000,
    "deep block": "\n".join("  " * depth + "a:" for depth in range(300)),
    "deep condition": "signals: {s: '" + "(" * 3_000 + "1" + ")" * 3_000 + "'}",
    "deep negation": "signals: {s: '" + "-" * 3_900 + "1'}",
    "long chain": "signals: {s: '" + "1+" * 1_500 + "1'}",
    "bad escape": 'policy: "\\U00110000"',
    "surrogate": 'policy: "\\ud800"',
    "surrogate in a condition": "signals: {s: \"'\\udfff'\"}",
    "control character": "policy: a\x01b",
    "nul in a condition": 'signals: {s: "1 \\0 2"}',
    "tag": "policy: !!python/object/apply:os.system [ls]",
    "two documents": "policy: a\n---\npolicy: b\n",
    "complex key": "? [a, b]\n: c\n",
    "huge number": "signals: {s: '" + "9" * 3_000 + "'}",
    "circle of signals": "signals: {" + ", ".join(f"a{i}: a{(i + 1) % 400} + 1" for i in range(400)) + "}",
    "huge": "a" * 400_000,
    "many mistakes": "rules:\n" + "- {id: a, wen: text.hat}\n" * 1_500,
    "merge key": "<<: {policy: a}\nrules: []\n",
    "nothing": "",
    "null": "~",
    "scalar": "remove everything",
    "list": "- a\n- b\n",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_a_policy_error(case: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(HOSTILE[case])
    assert caught.value.problems


def _error(source: str | Path) -> PolicyError | None:
    """The error of a text or a file; None when it is a policy. Anything else that is raised fails the test."""
    try:
        found = parse_policy(source) if isinstance(source, str) else load_policy(source)
    except PolicyError as error:
        return error
    assert isinstance(found, Policy)
    return None


def _check(source: str) -> None:
    """A policy, or an error whose every problem is in the file."""
    error = _error(source)
    if error is None:
        return
    lines = source.replace("\r\n", "\n").count("\n") + sum(source.count(mark) for mark in "\r\x85\u2028\u2029") + 1
    assert error.problems
    for problem in error.problems:
        assert isinstance(problem, Problem)
        assert 1 <= problem.line <= lines
        assert 1 <= problem.column <= len(problem.source) + 1
        assert problem.length >= 1
        assert str(problem) in str(error)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=60))
def test_random_text_never_raises_anything_else(source: str) -> None:
    _check(source)
    _check(f"policy: p\nrules:\n - id: a\n   when: {source}\n   then: label\n   because: hate\n")


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=60))
def test_random_bytes_never_raise_anything_else(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "random.yaml"
    for prefix in (b"", b"policy: p\nrules: "):
        file.write_bytes(prefix + content)
        error = _error(file)
        assert error is None or error.problems


SMALL = """\
policy: p
lanes: {image: {deadline: 10s, while_pending: allow, if_missing: review}}
queues: {q: {due: 24h, priority: 2}}
reasons: {off_topic: Not about cats}
facts: {age: number, ok: {type: boolean, default: false}}
lists: {l: [en, de]}
signals: {s: "max(text.hate, 0.5)"}
rules:
  - {id: a, when: s >= 0.9 and facts.age < 3, then: remove, because: hate, queue: q, priority: 2}
  - {id: e, when: text.language in l, exempt: [a], note: "x"}
"""
SNIPPETS = [
    *(":", "-", "{", "}", "[", "]", "'", '"', "\n", "  ", "\t", "&a ", "*a", "|", ">", "#", "!", "%", "? ", "---\n"),
    *("exempt", "null", "text.hate", "facts.", "known(", ")", "and", "not ", "in", "1e999", "if", "é", "a"),
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SMALL)), st.integers(0, 12), st.sampled_from(SNIPPETS)), max_size=4))
def test_a_policy_changed_at_random_never_raises_anything_else(changes: list[tuple[int, int, str]]) -> None:
    source = SMALL
    for place, removed, added in changes:
        source = source[:place] + added + source[place + removed :]
    _check(source)


keys = st.sampled_from(
    ["policy", "lanes", "queues", "reasons", "facts", "lists", "signals", "rules", "id", "when", "then", "because",
     "exempt", "queue", "priority", "note", "image", "deadline", "due", "type", "default", "age", "hate", "text"]
)  # fmt: skip
leaves = st.sampled_from(
    ["", None, True, 3, 0.5, -1, "remove", "hate", "number", "age", "text.hate > 0.5", "facts.age", "*", "10s", [], {}]
)
shapes = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(keys, shapes, max_size=8), st.sampled_from([None, True]))
def test_wrong_types_everywhere_never_raise_anything_else(content: dict[str, Any], flow: bool | None) -> None:
    _check(yaml.dump(content, default_flow_style=flow, sort_keys=False))


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from("abtext.hate 019()[]{}<>=!+-*/%'\"\\,:;@#&|^~in not or and if else_éß\n\t"),
        max_size=40,
    )
)
def test_a_random_condition_never_raises_anything_else(condition: str) -> None:
    _check(f"policy: p\nrules: [{{id: a, when: {json.dumps(condition)}, then: label, because: hate}}]")


def test_check_says_what_is_right_and_exits_with_0() -> None:
    result = CliRunner().invoke(command, ["check", str(COMMUNITY)])
    assert result.exit_code == 0
    assert "ok: policy 'community-standards'" in result.stdout


def test_check_lists_the_problems_of_every_file_and_exits_with_1(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("policy: p\nrules:\n  - {id: a, when: text.hatee > 1, then: remov, because: hate}\n")
    result = CliRunner().invoke(command, ["check", str(bad), str(COMMUNITY)])
    assert result.exit_code == 1
    assert f"{bad}:3:19: unknown signal 'text.hatee'" in result.stderr
    assert f"{bad}: 2 problems" in result.stderr
    assert "ok: policy 'community-standards'" in result.stdout


def test_check_as_json_is_for_programs(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("policy: p\n")
    result = CliRunner().invoke(command, ["check", "--json", str(bad), str(COMMUNITY)])
    assert result.exit_code == 1
    first, second = json.loads(result.stdout)
    assert (first["ok"], second["ok"]) == (False, True)
    assert first["problems"][0]["message"] == "a policy needs 'rules'"
    assert second["hash"] == load_policy(COMMUNITY).hash


if __name__ == "__main__":
    for path in GOLDEN.glob("*.yaml"):
        path.with_suffix(".txt").write_text(_message(path.read_text(encoding="utf-8")) + "\n", encoding="utf-8")
