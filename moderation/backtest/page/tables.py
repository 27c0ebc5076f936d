"""The tables of the page."""

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Any

from moderation.backtest.page.markup import Markup, tag
from moderation.backtest.report import KINDS, Group, ReasonLine, Report, RuleLine
from moderation.policy.model import RANK

_MOST = 40  # rules and reasons; the JSON has all


def matrix(report: Report) -> Markup:
    """Posts by action before and now; the more changed posts, the stronger the colour."""
    used = report.used
    most = max((report.matrix[a][b] for a in used for b in used if a != b), default=0) or 1
    rows = []
    for before in used:
        cells = []
        for now in used:
            posts = report.matrix[before][now]
            if before == now:
                cells.append(tag("td", f"{posts:,}", class_="same"))
                continue
            side = "stricter" if RANK[now] > RANK[before] else "milder"  # type: ignore[index]
            heat = f"--heat: {8 + 52 * sqrt(posts / most):.0f}%"
            cells.append(tag("td", f"{posts:,}", class_=side, style=heat) if posts else tag("td", "0", class_="none"))
        rows.append(tag("tr", tag("th", before, scope="row"), cells))
    head = tag("tr", tag("th", "before \\ now"), [tag("th", now, scope="col") for now in used])
    return tag("table", tag("thead", head), tag("tbody", rows), class_="matrix")


def load_table(report: Report) -> Markup:
    """Review work per day."""
    minutes = report.minutes_per_item
    hours = ("hours before", "hours now") if minutes else ()
    rows = []
    for day in report.days:
        cells = [day.day, f"{day.before:,}", f"{day.now:,}", f"{day.now - day.before:+,}"]
        if minutes:
            cells += [f"{count * minutes / 60:,.1f}" for count in (day.before, day.now)]
        rows.append(cells)
    return _table(("day", "before", "now", "more", *hours), rows)


def rules_table(report: Report) -> Markup:
    """The rules that changed something, or whose firing changed."""
    lines = [line for line in report.rules if line.has_changed]
    return _table(("rule", *RuleLine.HEAD), [(line.rule, *line.cells) for line in lines[:_MOST]], len(lines))


def reasons_table(report: Report) -> Markup:
    """Likewise the reasons."""
    lines = [line for line in report.reasons if line.has_changed]
    return _table(("reason", *ReasonLine.HEAD), [(line.reason, *line.cells) for line in lines[:_MOST]], len(lines))


def groups_table(groups: Sequence[Group]) -> Markup:
    """Posts and kinds of change per group."""
    kinds = [now for now in KINDS if any(group.moved.to.get(now) for group in groups)]
    rows = [
        (
            group.name,
            f"{group.posts:,}",
            f"{group.moved.changed:,}",
            *(f"{group.moved.to.get(now, 0):,}" for now in kinds),
        )
        for group in groups[:_MOST]
    ]
    return _table(("", "posts", "changed", *(KINDS[now] for now in kinds)), rows, len(groups))


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]], count: int | None = None) -> Markup:
    body = [tag("tr", [tag("td", cell) for cell in row]) for row in rows]
    if count is not None and count > len(body):
        body.append(tag("tr", tag("td", f"and {count - len(body)} more: --json has all", colspan=str(len(head)))))
    if not body:
        return tag("p", "Nothing changes.", class_="soft")
    return tag("table", tag("thead", tag("tr", [tag("th", cell, scope="col") for cell in head])), tag("tbody", body))
