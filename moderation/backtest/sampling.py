"""Which changed posts are shown, and what is shown of them."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from moderation.backtest.examples import Example, Examples, rank
from moderation.backtest.outcomes import Outcome, Redecided
from moderation.signals import SIGNALS

_SCORES = 4  # the highest scores that are shown besides what the rules looked at
_LOW = 0.05


class Sampling:
    """Takes examples from rows. `sides` are the policies whose rules say what to show."""

    def __init__(self, seed: int, sides: Sequence[Redecided]) -> None:
        self._seed = seed
        self._sides = sides

    def sample(self, examples: Examples, frame: pl.DataFrame, table: pl.DataFrame, outcomes: Sequence[Outcome]) -> None:
        """Put the examples of these rows."""
        changed = table.with_row_index("row").filter(pl.col("before rank") != pl.col("now rank"))
        if not changed.height or not examples.size:
            return
        ids = frame.select("post_id", pl.col("post.revision").fill_null(0))[changed.get_column("row").to_list()]
        pairs = zip(ids.iter_rows(), changed.select("row", "before", "now").iter_rows(), strict=True)
        for (post_id, revision), (row, first, second) in pairs:
            before, now = outcomes[first], outcomes[second]
            place = rank(self._seed, post_id, revision)
            if examples.wants(now.action, place):
                shown = self._shown(frame, row, before, now)
                examples.put(now.action, Example(place, post_id, revision, before.action, now.action, shown))

    def _shown(self, frame: pl.DataFrame, row: int, before: Outcome, now: Outcome) -> dict[str, Any]:
        values = {name: value for name, value in frame.row(row, named=True).items() if value is not None}
        names = dict.fromkeys(
            name for side in self._sides for outcome in (before, now) for name in side.looked_at(outcome.deciding)
        )
        scores = {
            name: value
            for name, value in values.items()
            if name in SIGNALS and SIGNALS[name].type == "score" and value >= _LOW and name not in names
        }
        highest = sorted(scores, key=lambda name: (-scores[name], name))[:_SCORES]
        return {
            "author_id": values.get("author_id"),
            "time": values["time"].isoformat(),
            "surface": values.get("post.surface"),
            "language": values.get("text.language") or values.get("post.language"),
            "before": {"action": before.action, "rules": list(before.deciding), "reasons": list(before.reasons)},
            "now": {"action": now.action, "rules": list(now.deciding), "reasons": list(now.reasons)},
            "seen": {name: values[name] for name in names if name in values},
            "scores": {name: scores[name] for name in highest},
            "label": values.get("label.action"),
            "text": values.get("text"),
        }
