"""Every check warns as its golden text says, and of nothing else in its golden policy."""

from pathlib import Path

import pytest

from moderation.policy import parse_policy
from moderation.policy.lint import CHECKS, Installed, Provided, lint
from moderation.signals import SIGNALS

GOLDEN = Path(__file__).parents[1] / "golden" / "lint"
EVERYTHING: Installed = {name: Provided("m@1") for name, signal in SIGNALS.items() if signal.lane}
BANKS = frozenset({"terror", "spam-campaign"})
MODELS: dict[str, Installed] = {
    "no-bank": EVERYTHING | {f"{lane}.bank": Provided("m@1", values=BANKS) for lane in ("image", "video")},
    "no-model": {name: own for name, own in EVERYTHING.items() if not name.startswith("text.lexicon")},
    "not-calibrated": EVERYTHING | {"text.threat": Provided("m@1", calibrated=False)},
    "other-model": {name: Provided("m@1", models=frozenset({"m@1"})) for name in EVERYTHING},
    "out-of-reach": EVERYTHING | {"text.hate": Provided("m@1", low=0.1, high=0.95)},
}
"""What the models are like, where a check asks."""


def _warnings(code: str) -> str:
    source = (GOLDEN / f"{code}.yaml").read_text(encoding="utf-8")
    return (
        "\n\n".join(map(str, lint(parse_policy(source), {"policy.yaml": source}, MODELS.get(code, EVERYTHING)))) + "\n"
    )


@pytest.mark.parametrize("code", CHECKS)
def test_the_warnings_are_the_golden_ones(code: str) -> None:
    """After a change of wording `python -m tests.unit.policy.lint.test_golden` writes them anew: read the changes."""
    expected = (GOLDEN / f"{code}.txt").read_text(encoding="utf-8")
    assert _warnings(code) == expected
    assert f"[{code}]" in expected


def test_there_is_a_golden_policy_for_every_check_and_the_other_way_round() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.yaml")) == sorted(CHECKS)
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == sorted(CHECKS)


def test_what_depends_on_models_is_not_checked_where_it_is_not_known_which_there_are() -> None:
    for code in MODELS:
        source = (GOLDEN / f"{code}.yaml").read_text(encoding="utf-8")
        assert not lint(parse_policy(source), {"policy.yaml": source})


ALWAYS = "policy: p\nrules:\n  - {id: a, when: text.hate >= 0, then: label, because: hate}\n"


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ("policy: p", "# lint: ignore[always-fires]\npolicy: p", []),
        ("  - {id: a", "  # Why not. lint: ignore[always-fires]\n  # Two lines.\n  - {id: a", []),
        ("hate}\n", "hate}  # lint: ignore[never-fires, always-fires]\n", []),
        ("hate}\n", "hate}  # lint: ignore[never-fires]\n", ["always-fires"]),
        ("hate}\n", "hate}\n# lint: ignore[always-fires]\n", ["always-fires"]),
        ("policy: p\n", "policy: p\n# lint: ignore[always-fires]\n", ["always-fires"]),
    ],
)
def test_a_comment_above_or_beside_a_rule_or_at_the_head_silences_a_code(old: str, new: str, left: list[str]) -> None:
    source = ALWAYS.replace(old, new)
    assert [finding.code for finding in lint(parse_policy(source), {"policy.yaml": source})] == left


def test_a_comment_in_the_next_rule_silences_nothing_in_this_one() -> None:
    rule = "  - id: {}\n    when: text.hate >= 0\n    then: label\n    because: {}\n"
    source = f"policy: p\nrules:\n{rule.format('a', 'hate')}{rule.format('b  # lint: ignore[always-fires]', 'spam')}"
    (finding,) = lint(parse_policy(source), {"policy.yaml": source})
    assert finding.problem.line == 4


if __name__ == "__main__":
    for path in GOLDEN.glob("*.yaml"):
        path.with_suffix(".txt").write_text(_warnings(path.stem), encoding="utf-8")
