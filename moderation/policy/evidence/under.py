"""Judged posts under a rule: the score at which each would make the rule fire, the rest of its condition as it is."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from moderation.policy.evidence.columns import Columns
from moderation.policy.evidence.dial import Dial, halves
from moderation.policy.evidence.examples import Examples
from moderation.policy.evidence.refused import Refused
from moderation.policy.evidence.table import judged
from moderation.policy.model import Policy
from moderation.policy.program import Program
from moderation.policy.reading import accepted
from moderation.policy.wording import Wording

ALWAYS, NEVER = 2.0, -1.0
"""In place of scores: of posts on which the rule fires whatever the threshold, and on which it does not."""


def under(rows: pl.DataFrame, columns: Columns, policy: Policy, dial: Dial) -> Examples:
    """The examples of a table, with `ALWAYS` and `NEVER` in place of scores that decide nothing.

    Raises `Refused` where the table lacks a column that the rest of the condition looks at.
    """
    program = halves(policy, dial)
    names = [name for place, name in enumerate(program.names) if program.is_base(place)]
    for place, name in enumerate(names):
        column = "text" if place in dict(program.matches) else name.name
        if column not in rows.columns and name.default is None:
            hint = "`moderation history export` writes it" + (" with --with-text" if column == "text" else "")
            raise Refused(
                f"has no column '{column}', which the rest of the rule looks at", f"{hint}; or name the signal"
            )
    found, own = judged(rows, columns)
    fires = _fires(own, program)
    held, failed = fires[:, 0], fires[:, 1]
    return replace(found, scores=np.where(failed, ALWAYS, np.where(held, found.scores, NEVER)))


def _fires(rows: pl.DataFrame, program: Program) -> NDArray[np.bool_]:
    """Whether each condition of a program holds on each row, shape (rows, 2)."""
    names = [name for place, name in enumerate(program.names) if program.is_base(place)]
    finders = dict(program.matches)
    fires = np.zeros((rows.height, 2), dtype=bool)
    for place, row in enumerate(rows.iter_rows(named=True)):
        values: list[Any] = []
        unknown = 0
        value: Any
        for own, name in enumerate(names):
            raw = row.get(name.name)
            if own in finders:
                value = finders[own](Wording(row["text"])) if row["text"] is not None else None
            elif raw is None and name.lane and row.get(f"lanes.{name.lane}") == "nothing_to_score":
                value = name.zero
            else:
                value = name.default if raw is None else accepted(raw, name)
            values.append(value)
            unknown |= (value is None) << own
        fires[place, program.find(values, unknown, 0).fired] = True
    return fires
