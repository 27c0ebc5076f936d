"""The desk's rules: every mistake with its line; the shipped file and the page say what the code does."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from moderation.errors import ConfigurationError
from moderation.review.priority import Harm, Priority, Reach
from moderation.review.routing import Queue, Route
from moderation.review.rules import SHIPPED, Claims, DeskRules, Duplicates, load, parse

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "desk.md").read_text(encoding="utf-8")
OURS = PAGE.partition("## Queues and priority")[2].partition("\n## ")[0]


def refused(source: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse(source, "desk.yaml")
    return "\n".join(line.rstrip() for line in str(caught.value).splitlines())


def test_the_shipped_rules_are_valid_and_name_only_queues_that_there_are() -> None:
    rules = load(ROOT / SHIPPED)
    assert rules.queue("urgent").due == timedelta(hours=1)
    assert rules.claims == Claims()
    assert rules.duplicates == Duplicates()


def test_a_file_that_says_nothing_has_every_default() -> None:
    assert parse("{}", "desk.yaml") == parse("queues:\nclaims: \n", "desk.yaml") == DeskRules()


@pytest.mark.parametrize("source", ["", " \n", "# The rules of the review desk\n", "---\n"])
def test_an_empty_file_is_a_mistake_as_it_may_have_been_cut_off(source: str) -> None:
    assert refused(source).startswith("desk.yaml:1:1: the file is empty")


def test_a_queue_of_which_nothing_is_said_is_like_any() -> None:
    assert DeskRules().queue("whatever") == Queue()


def test_the_language_no_is_norwegian_and_nothing_is_a_date() -> None:
    rules = parse("queues: {norwegian: {languages: [no, nb]}, 2026-11-21: {description: on}}", "desk.yaml")
    assert rules.queue("norwegian").languages == ("no", "nb")
    assert rules.queue("2026-11-21").description == "on"


def test_every_mistake_is_told_with_its_place_and_what_was_probably_meant() -> None:
    source = """\
queues:
  hate: {halflife: 2h, due: soon}
  hate: {}
routing:
  - {too: hate}
priority:
  harm: {reasons: {threat: 0}, severity: {spam: 2}}
claims: []
"""
    assert refused(source) == (
        """\
desk.yaml:3:3: 'hate' stands twice here
    3 |   hate: {}
      |   ^^^^
   remove one

desk.yaml:5:5: routing.1.to: Field required
    5 |   - {too: hate}
      |     ^

desk.yaml:5:6: unknown key 'too' in routing.1
    5 |   - {too: hate}
      |      ^^^
   did you mean 'to'?  routing.1 may have: to, reasons, languages, surfaces, modalities, queues, backfills

desk.yaml:7:28: priority.harm.reasons.threat: should be greater than 0
    7 |   harm: {reasons: {threat: 0}, severity: {spam: 2}}
      |                            ^

desk.yaml:7:49: priority.harm.severity.spam: should be less than or equal to 1
    7 |   harm: {reasons: {threat: 0}, severity: {spam: 2}}
      |                                                 ^

desk.yaml:8:9: claims: must be a mapping (name: value)
    8 | claims: []
      |         ^"""
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("routing: [{to: hat}]\nqueues: {hate: }", "desk.yaml:1:16: unknown queue 'hat'"),
        ("quality: {queues: {hat: {}}}\nqueues: {hate: }", "did you mean 'hate'?  declare it under queues"),
        ("claims: {lease: 15}", "claims.lease: no time; write 90s, 15m, 2h or 30d"),
        ("claims: {lease: 0m}", "claims.lease: no time"),
        ("queues: {hate: {half_life: none}}", "queues.hate.half_life: no time"),
        ("duplicates: {similarity: .nan}", "duplicates.similarity: should be"),
        ("queues: [", "desk.yaml:1:10: not valid YAML"),
        ("queues: \t{}\n\tx: 1", "not valid YAML"),
        ("just words", "desk.yaml:1:1: the desk's rules: must be a mapping"),
        ("\x00", "not valid YAML"),
        ("claims: *other", "not valid YAML"),
    ],
)
def test_what_cannot_be_rules_is_refused(source: str, message: str) -> None:
    assert message in refused(source)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "desk.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"desk\.yaml: the desk's rules cannot be read"):
        load(path)


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(?!# de.yaml\n)(.*?)```", PAGE, re.DOTALL))
def test_the_rules_on_the_page_are_valid(block: str) -> None:
    assert parse(block, "docs/desk.md").model_fields_set


def _keys(model: type[BaseModel]) -> Iterator[str]:
    return (f"{model.__name__}.{field}" for field in model.model_fields)


@pytest.mark.parametrize("key", [key for model in (Queue, Route) for key in _keys(model)])
def test_every_key_of_queues_and_routes_has_its_line_on_the_page(key: str) -> None:
    assert f"| `{key.partition('.')[2]}` |" in OURS


@pytest.mark.parametrize("key", [key for model in (Priority, Harm, Reach, Claims, Duplicates) for key in _keys(model)])
def test_every_other_key_is_named_and_explained_on_the_page(key: str) -> None:
    name = key.partition(".")[2]
    example, _, text = OURS.partition("```yaml\n")[2].partition("```\n")
    assert re.search(rf"\b{name}:", example), key
    assert any(re.search(rf"\b{name}\b", named) for named in re.findall("`([^`]+)`", text)), key


def test_what_the_page_shows_of_claims_and_duplicates_are_the_defaults() -> None:
    block = OURS.partition("```yaml\n")[2].partition("```")[0]
    rules = parse(block, "docs/desk.md")
    assert (rules.claims, rules.duplicates, rules.priority.copies) == (Claims(), Duplicates(), Priority().copies)


def test_the_rules_have_a_json_schema() -> None:
    schema = DeskRules.model_json_schema()
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Claims"]["properties"]["lease"]["pattern"].startswith("^([0-9]")
