"""How rules and reasons compare with what reviewers answered."""

from collections.abc import Sequence

import polars as pl

from moderation.backtest.outcomes import Outcome
from moderation.backtest.tally import BOTH, Tally
from moderation.events import LANES
from moderation.policy import Policy

ANSWERS = ("allow", "label", "restrict", "remove")
"""What is an answer; `review` and `hold` put the question again."""

_OF_LANES = frozenset(f"{lane}_{state}" for lane in LANES for state in ("missing", "pending"))
_SEPARATOR = "\x1f"


def rate(tally: Tally, table: pl.DataFrame, outcomes: Sequence[Outcome], policy: Policy) -> None:
    """Add what the labels of the rows say.

    A rule or a reason is right when the reviewer acted, and gave this reason or none; an `allow` rule when the
    reviewer allowed. The reviewer's reason is caught when a rule, or the decision, has it too.
    """
    rules = {rule.id: rule for rule in policy.rules}
    labelled = table.filter(pl.col("label.action").is_in(ANSWERS)).with_columns(
        pl.col("label.reasons").list.join(_SEPARATOR).fill_null("")
    )
    tally.labelled += labelled.height
    tally.drawn += int(labelled.get_column("weight").is_not_null().sum())
    labelled = labelled.with_columns(pl.col("weight").fill_null(1.0))
    rated = tally.rated
    grouped = labelled.group_by(*BOTH, "label.action", "label.reasons", "weight").len()
    for first, second, action, joined, weight, posts in grouped.iter_rows():
        acted = action != "allow"
        given = frozenset(joined.split(_SEPARATOR)) - {""} if acted else frozenset()
        for reason in given:
            rated["now", "label", reason, "given", weight] += posts
        for when, place in zip(BOTH, (first, second), strict=True):
            outcome = outcomes[place]
            spoken = () if outcome.action == "allow" else _OF_LANES.symmetric_difference(outcome.reasons) - _OF_LANES
            for reason in spoken:
                right = acted and (not given or reason in given)
                rated[when, "reason", reason, "right" if right else "wrong", weight] += posts
                if reason in given:
                    rated[when, "reason", reason, "caught", weight] += posts
            for name in outcome.rules:
                rule = rules.get(name)
                if rule is None:
                    continue
                right = not acted if rule.then == "allow" else acted and (not given or rule.because in given)
                rated[when, "rule", name, "right" if right else "wrong", weight] += posts
                if rule.then != "allow" and rule.because in given:
                    rated[when, "rule", name, "caught", weight] += posts
