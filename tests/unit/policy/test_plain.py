"""Rules in plain language."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings

from moderation.cli.policy import command
from moderation.policy import load_policy, parse_policy
from moderation.policy.portrait import portrait
from tests.unit.policy.test_expressions import FACTS, booleans

pytestmark = pytest.mark.usefixtures("later_lanes")

GOLDEN = Path(__file__).parent / "golden" / "explained"


def _told() -> str:
    policy = load_policy(GOLDEN / "policy.yaml")
    return "\n\n".join(portrait(policy, name) or "" for name in ("look", "count", "fine", "trusted")) + "\n"


def test_every_kind_of_condition_and_rule_is_told_as_in_the_golden_text() -> None:
    """After a change of wording: `python -m tests.unit.policy.test_plain` writes it anew; read the difference."""
    assert _told() == (GOLDEN / "told.txt").read_text(encoding="utf-8")


@settings(max_examples=60, deadline=None)
@given(booleans(3))
def test_every_name_and_text_of_a_condition_is_told(condition: str) -> None:
    rules = [{"id": "r", "when": condition, "then": "label", "because": "hate"}]
    told = portrait(parse_policy(f"policy: p\n{FACTS}\nlists: {{places: [de, comment]}}\nrules: {rules}\n"), "r") or ""
    head = told.partition("\n  Then ")[0]
    names = re.findall(r"\b(?:text|image|video|facts|post)\.[a-z]+", condition)
    assert [name for name in names if name not in head] == []


def test_the_verb_tells_a_rule_and_suggests_the_id_that_was_meant() -> None:
    run = CliRunner()
    told = run.invoke(command, ["explain", "trusted", str(GOLDEN / "policy.yaml")])
    assert (told.exit_code, told.output.splitlines()[0]) == (0, "trusted: an exemption")
    wrong = run.invoke(command, ["explain", "trustd", str(GOLDEN / "policy.yaml")])
    assert wrong.exit_code == 2
    assert "the policy has no rule 'trustd'.  did you mean 'trusted'?" in wrong.output


def test_the_verb_tells_every_rule_with_its_variants_when_none_is_named() -> None:
    policy = load_policy(GOLDEN / "policy.yaml")
    told = CliRunner().invoke(command, ["explain", str(GOLDEN / "policy.yaml")])
    heads = [line.partition(":")[0] for line in told.output.splitlines() if line and not line.startswith(" ")]
    assert (told.exit_code, sorted(heads)) == (0, sorted(own.id for own in (*policy.rules, *policy.exemptions)))


if __name__ == "__main__":
    (GOLDEN / "told.txt").write_text(_told(), encoding="utf-8")
