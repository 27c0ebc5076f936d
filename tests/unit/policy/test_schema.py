"""The JSON Schemas of what authors write: as published, and taking whatever the reader takes."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from moderation.cli.main import command
from moderation.policy import parse_policy
from moderation.policy.schema import included_schema, schema
from moderation.policy.testing.schema import suite_schema
from moderation.policy.testing.suite import SuiteFile
from moderation.review.rules import SHIPPED
from moderation.signals import SIGNALS
from tests.unit.policy.policies import contents
from tests.unit.policy.test_authors_page import FILLER, POLICIES

ROOT = Path(__file__).parents[3]
PUBLISHED = {
    "policy.schema.json": ([], schema()),
    "policy.included.schema.json": (["--included"], included_schema()),
    "policy.tests.schema.json": (["--tests"], suite_schema()),
}
VALIDATOR, PART, TESTS = (jsonschema.Draft7Validator(json.loads(text)) for _, text in PUBLISHED.values())

_CORE = (  # YAML 1.2's core schema: what an editor makes of a plain scalar
    (re.compile(r"null|Null|NULL|~|"), lambda text: None),
    (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda text: text.lower() == "true"),
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)


def as_an_editor_sees(source: str) -> Any:
    """The JSON value of a YAML text."""
    return _value(yaml.compose(source, Loader=yaml.SafeLoader))


def _value(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    assert isinstance(node, yaml.ScalarNode)
    if node.style is None:
        for pattern, read in _CORE:
            if pattern.fullmatch(node.value):
                return read(node.value)
    return node.value


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_schema_is_not_stale(name: str) -> None:
    option, text = PUBLISHED[name]
    file = Path("docs") / "schemas" / name
    jsonschema.Draft7Validator.check_schema(json.loads(text))
    assert (ROOT / file).read_text(encoding="utf-8") == text, (
        f"stale; run: moderation policy schema {' '.join(option)} --write {file}"
    )
    assert json.loads(text)["$id"] == name


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_verb_prints_it_and_writes_it(name: str, tmp_path: Path) -> None:
    option, text = PUBLISHED[name]
    run = CliRunner()
    assert run.invoke(command, ["policy", "schema", *option]).output == text
    file = tmp_path / "p.json"
    assert run.invoke(command, ["policy", "schema", *option, "--write", str(file)]).exit_code == 0
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "path", sorted({*(ROOT / "policies").glob("*.yaml")} - {ROOT / SHIPPED}), ids=lambda path: path.name
)
def test_every_policy_of_ours_is_valid(path: Path) -> None:
    VALIDATOR.validate(as_an_editor_sees(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("text", POLICIES)
def test_every_policy_on_the_authors_page_is_valid(text: str) -> None:
    head = "" if "policy:" in text else "policy: example\n"
    VALIDATOR.validate(as_an_editor_sees(head + text + ("" if "rules:" in text else FILLER)))


@settings(max_examples=40, deadline=None)
@given(contents(), st.sampled_from([None, True, False]))
def test_what_the_reader_takes_the_schema_takes(content: dict[str, Any], flow: bool | None) -> None:
    source = yaml.safe_dump(content, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    parse_policy(source)
    VALIDATOR.validate(as_an_editor_sees(source))
    part = as_an_editor_sees(source)
    PART.validate({key: value for key, value in part.items() if key not in ("policy", "lanes", "audit")})


RIGHT = {"policy": "p", "rules": [{"id": "a", "when": "true", "then": "label", "because": "hate"}]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"polcy": "p"},
        {"rules": []},
        {"rules": [{**RIGHT["rules"][0], "then": "remov"}]},  # type: ignore[dict-item]
        {"rules": [{"id": "a", "then": "label", "because": "hate"}]},
        {"rules": [{**RIGHT["rules"][0], "exempt": ["b"]}]},  # type: ignore[dict-item]
        {"queues": {"q": {"due": 24}}},
        {"queues": {"q": {"priority": 0}}},
        {"lanes": {"picture": {}}},
        {"facts": {"age": "numbr"}},
        {"facts": {"Age": "number"}},
        {"lists": {"l": "a, b"}},
        {"breakers": {"b": {"action": "remov", "per_day": 5}}},
        {"breakers": {"b": {"action": "remove", "per_day": 0.5}}},
        {"breakers": {"b": {"action": "remove", "share": {"of": "2 %", "within": "10m"}}}},
        {"breakers": {"b": {"action": "remove", "per_day": 5, "cool_down": "none"}}},
        {"audit": {"queue": "default"}},
        {"audit": {"share": "0.1 %"}},
        {"audit": {"share": 2}},
    ],
)
def test_an_editor_underlines_mistakes(wrong: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(RIGHT)
    assert not VALIDATOR.is_valid(RIGHT | wrong)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ({}, {"policy": "p"}),
        ({"include": "a.yaml"}, {"lanes": {}}),
        ({"queues": {}}, {"audit": {"share": "1%"}}),
        ({"facts": {"a": "number"}, "rules": []}, {"facts": {"a": "numbr"}}),
        ({"rules": RIGHT["rules"]}, {"rules": [{"id": "a"}]}),
    ],
)
def test_an_included_file_has_the_sections_of_a_policy_but_those_there_is_one_of(
    right: dict[str, Any], wrong: dict[str, Any]
) -> None:
    PART.validate(right)
    assert not PART.is_valid(wrong)


@pytest.mark.parametrize("path", sorted((ROOT / "policies" / "tests").glob("*.yaml")), ids=lambda path: path.name)
def test_every_file_of_tests_of_ours_is_valid(path: Path) -> None:
    TESTS.validate(as_an_editor_sees(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"test": []},
        {"tests": []},
        {"tests": [{"name": "a"}]},
        {"tests": [{"name": "a", "expect": {"action": "remov"}}]},
        {"tests": [{"name": "a", "expect": {"fires": ["a"]}}]},
        {"tests": [{"name": "a", "expect": {}, "lanes": {"image": "gone"}}]},
    ],
)
def test_an_editor_underlines_mistakes_in_tests_as_the_reader_refuses_them(wrong: dict[str, Any]) -> None:
    right = {"given": {"text.hate": 0.9}, "tests": [{"name": "a", "expect": {"action": "remove"}}]}
    SuiteFile.model_validate(right)
    TESTS.validate(right)
    with pytest.raises(ValidationError):
        SuiteFile.model_validate(right | wrong)
    assert not TESTS.is_valid(right | wrong)


def test_every_key_of_a_test_is_explained_and_signals_are_offered() -> None:
    found = json.loads(suite_schema())
    for part in (found, found["$defs"]["Case"], found["$defs"]["Expected"]):
        assert all(own["description"] for own in part["properties"].values())
    assert found["properties"]["given"]["properties"].keys() >= SIGNALS.keys()


def test_conditions_explain_every_signal_and_offer_every_score() -> None:
    section = json.loads(schema())["properties"]["rules"]["items"]["anyOf"][0]["properties"]["when"]
    for name, signal in SIGNALS.items():
        assert f"`{name}` ({signal.type}): {signal.meaning}" in section["markdownDescription"]
        assert (f"{name} >= 0.9" in section["examples"]) == (signal.type == "score")
