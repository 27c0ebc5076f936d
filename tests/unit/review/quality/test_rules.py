"""What checks on quality and caps on exposure are set to."""

import re
from pathlib import Path

import pytest

from moderation.errors import ConfigurationError
from moderation.review.rules import SHIPPED, load, parse

_PAGE = Path("docs/desk.md").read_text()


def test_the_page_names_every_setting_with_its_default() -> None:
    text = _PAGE.partition("## Quality\n")[2].partition("```yaml\n")[2].partition("```")[0]
    given, defaults = parse(text, "docs/desk.md"), parse("{}", "empty")
    assert (given.quality, given.exposure) == (defaults.quality, defaults.exposure)
    for model in (defaults.quality, defaults.quality.second, defaults.quality.gold, defaults.exposure):
        for name in type(model).model_fields:
            assert re.search(rf"\b{name}:", text), name


def test_the_shipped_rules_hold_and_have_a_queue_of_appeals() -> None:
    rules = load(SHIPPED)
    assert rules.queue("appeals").due is not None


def test_none_is_no_limit() -> None:
    exposure = parse("exposure: {per_hour: none, per_day: none}", "rules").exposure
    assert (exposure.per_hour, exposure.per_day) == (None, None)
    assert parse("duplicates: {inherit_for: none}", "rules").duplicates.inherit_for is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("quality: {second: {share: 2}}", "less than or equal to 1"),
        ("quality: {adjudicators: nobody}", "leads"),
        ("quality: {queues: {hat: {}}}", "unknown queue 'hat'"),
        ("exposure: {per_hours: 3}", "did you mean 'per_hour'?"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse(text, "rules.yaml")
    assert "rules.yaml:1:" in str(refused.value)
    assert said in str(refused.value)
