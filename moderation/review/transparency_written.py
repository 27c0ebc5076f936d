"""A transparency report as Markdown, JSON and CSV."""

import csv
import io
import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from moderation.backtest.rates import Rate
from moderation.review.transparency import Indicators, Report
from moderation.taxonomy import DEFINITIONS, Category

MEANINGS = {
    "automated_stood": "automated restrictions that a person confirmed, of those that a person looked at",
    "audit_missed": "posts that should have been restricted, of those picked by chance that no rule had stopped",
    "gold_right": "right answers of reviewers, of items whose answer is known",
    "second_agreed": "second reviewers who answered like the first without seeing it",
    "appeals_overturned": "decisions that an appeal overturned, of those decided",
}
"""Indicator -> what it is a share of."""


def as_json(report: Report) -> str:
    """Every figure; times in seconds, shares with `low` and `high` of their 95 % interval and `of`, the count."""
    values = asdict(report)
    values["since"], values["until"] = report.since.isoformat(), report.until.isoformat()
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def as_csv(report: Report) -> str:
    """One figure a line: table, reason, action, figure, value."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("table", "reason", "action", "figure", "value"))
    writer.writerow(("period", "", "", "since", report.since.isoformat()))
    writer.writerow(("period", "", "", "until", report.until.isoformat()))
    for name in ("restrictions", "automated", "human"):
        writer.writerow(("total", "", "", name, getattr(report, name)))
    for line in report.lines:
        for name in ("automated", "human"):
            writer.writerow(("restrictions", line.reason, line.action, name, getattr(line, name)))
    writer.writerow(("answers", "", "", "count", report.answers))
    writer.writerow(("answers", "", "", "median_s", _plain(report.median_answer_s)))
    for name, value in asdict(report.appeals).items():
        writer.writerow(("appeals", "", "", name, _plain(value)))
    for name in MEANINGS:
        found = getattr(report.indicators, name)
        for part in ("value", "low", "high", "of"):
            writer.writerow(("indicators", "", "", f"{name}_{part}", _plain(found and getattr(found, part))))
    return out.getvalue()


def as_markdown(report: Report) -> str:
    """The report to read."""
    parts = [
        f"# Transparency report, {report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}",
        "The last day is not included. Times are UTC.",
        "## Restrictions",
        f"{report.restrictions:,} decisions restricted a post: {report.automated:,} by automated means alone, "
        f"{report.human:,} by a person.",
    ]
    if report.lines:
        parts += [_lines(report), "A decision for two reasons stands in both lines."]
    parts += [
        "## Decisions by people",
        f"People decided on {report.answers:,} posts{_median(report.median_answer_s, 'the post')}.",
        "## Appeals",
        _appeals(report),
        "## How right it was",
        _indicators(report.indicators),
    ]
    return "\n\n".join(parts) + "\n"


def _lines(report: Report) -> str:
    rows = ["| reason | action | automated | by a person |", "|---|---|---:|---:|"]
    for line in report.lines:
        title = DEFINITIONS[Category(line.reason)].title if line.reason in DEFINITIONS else _cell(line.reason)
        rows.append(f"| {title} | {line.action} | {line.automated:,} | {line.human:,} |")
    return "\n".join(rows)


def _appeals(report: Report) -> str:
    appeals = report.appeals
    decided = appeals.upheld + appeals.overturned
    text = f"{appeals.filed:,} filed. {decided:,} decided{_median(appeals.median_s, 'they were filed')}: "
    text += f"{appeals.upheld:,} stood, {appeals.overturned:,} overturned."
    return text + (f" {appeals.withdrawn:,} ended without a decision." if appeals.withdrawn else "")


def _indicators(indicators: Indicators) -> str:
    rows = ["| share | | 95 % interval | of |", "|---:|---|---|---:|"]
    for name, meaning in MEANINGS.items():
        found: Rate | None = getattr(indicators, name)
        if found is None:
            rows.append(f"| | {meaning} | nothing to count | 0 |")
        else:
            rows.append(
                f"| {found.value:.1%} | {meaning} | {found.low:.1%} to {found.high:.1%} | {found.of:,} |"
            )  # fmt: skip
    return "\n".join(rows)


def _median(seconds: float | None, since: str) -> str:
    return "" if seconds is None else f", in the median {_time(seconds)} after {since}"


def _time(seconds: float) -> str:
    whole = timedelta(seconds=round(seconds))
    hours, rest = divmod(whole.seconds, 3600)
    parts = ((whole.days, "d"), (hours, "h"), (rest // 60, "min"), (rest % 60, "s"))
    told = [f"{value} {unit}" for value, unit in parts if value]
    return " ".join(told[:2]) or "0 s"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _plain(value: Any) -> Any:
    return "" if value is None else value
