"""A transparency report as Markdown, JSON and CSV."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from moderation.backtest.rates import Rate
from moderation.review.indicators import Indicators
from moderation.review.transparency import Report
from moderation.taxonomy import DEFINITIONS, Category

MEANINGS = {
    "automated_right": "automated restrictions that were right, of those that the random audit picked",
    "audit_missed": "posts that should have been restricted, of those picked by chance that nothing had restricted",
    "automated_stood": "automated restrictions that a person confirmed, of those that a person looked at",
    "automated_overturned": "automated decisions that an appeal overturned, of those appealed and decided",
    "human_overturned": "decisions of people that an appeal overturned, of those appealed and decided",
    "gold_right": "right answers of reviewers, of items whose answer is known",
    "second_agreed": "second reviewers who answered like the first without seeing it",
}
"""Indicator -> what it is a share of."""

NOT_KNOWN = (
    "orders of authorities, and what was done about them (articles 9, 10)",
    "notices that users and trusted flaggers sent, how many and how soon they were answered (article 16); what is told "
    "above is in how many restrictions a rule saw that a post had been reported",
    "whether a restriction stands on a law or on your terms: all count as your terms",
    "suspended accounts (article 23), disputes before other bodies and courts (article 21)",
    "users in the Union (article 24(2)), and who reviewers are: their training and their pay",
    "the language of restrictions that nobody looked at",
)
"""What the desk cannot know: the platform has to add it."""

_TOTALS = ("posts", "restrictions", "automated", "human", "confirmed", "reported", "reviewers")
_PARTS = ("value", "low", "high", "of")


def as_json(report: Report) -> str:
    """Every figure; times in seconds, shares with `low` and `high` of their 95 % interval and `of`, the count."""
    values = asdict(report)
    values["since"], values["until"] = report.since.isoformat(), report.until.isoformat()
    values["not_known"] = NOT_KNOWN
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def as_csv(report: Report) -> str:
    """One figure a line: table, name (a reason, action, category or language), action, figure, value."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("table", "name", "action", "figure", "value"))
    writer.writerows((*row[:-1], "" if row[-1] is None else row[-1]) for row in _rows(report))
    return out.getvalue()


def _rows(report: Report) -> Iterator[tuple[str, str, str, str, Any]]:
    yield "period", "", "", "since", report.since.isoformat()
    yield "period", "", "", "until", report.until.isoformat()
    yield from (("total", "", "", name, getattr(report, name)) for name in _TOTALS)
    for line in report.lines:
        yield from (
            ("restrictions", line.reason, line.action, who, getattr(line, who)) for who in ("automated", "human")
        )
    for table, tallies in (("actions", report.actions), ("categories", report.categories)):
        for own in tallies:
            yield from ((table, own.name, "", who, getattr(own, who)) for who in ("automated", "human"))
    yield "answers", "", "", "count", report.answers
    yield "answers", "", "", "median_s", report.median_answer_s
    yield from (("appeals", "", "", name, value) for name, value in asdict(report.appeals).items())
    for spoken in report.languages:
        for name in ("answers", "median_answer_s", "appeals_decided", "appeals_overturned", "reviewers"):
            yield "languages", spoken.language, "", name, getattr(spoken, name)
        yield from _share("languages", spoken.language, "automated_stood", spoken.automated_stood)
    for name in MEANINGS:
        yield from _share("indicators", "", name, getattr(report.indicators, name))


def _share(table: str, of: str, name: str, found: Rate | None) -> Iterator[tuple[str, str, str, str, Any]]:
    yield from ((table, of, "", f"{name}_{part}", found and getattr(found, part)) for part in _PARTS)


def as_markdown(report: Report) -> str:
    """The report to read."""
    parts = [
        f"# Transparency report, {report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}",
        "The last day is not included. Times are UTC.",
        "## Restrictions",
        f"{_count(report.restrictions, 'decision')} restricted {_count(report.posts, 'post')}: {report.automated:,} by "
        f"automated means alone, {report.human:,} by a person. {_count(report.confirmed, 'decision')} more only "
        "repeated the one before, as where a person confirmed it. Rules had seen reports of the post in "
        f"{report.reported:,}; the other {report.restrictions - report.reported:,} were on our own initiative.",
    ]
    if report.restrictions:
        both = ("automated", "by a person")
        parts += [
            _table(("action", *both), ((own.name, own.automated, own.human) for own in report.actions), 1),
            _table(("reason", "action", *both), (_line(own) for own in report.lines), 2),
            "A decision for two reasons stands in both lines.",
            _table(
                ("category of the DSA Transparency Database", *both),
                ((own.name, own.automated, own.human) for own in report.categories),
                1,
            ),
        ]
    parts += [
        "## Decisions by people",
        f"People decided on {_count(report.answers, 'post')}{_median(report.median_answer_s, 'the post')}. "
        f"{_count(report.reviewers, 'reviewer')} answered.",
        "## Appeals",
        _appeals(report),
        "## How right it was",
        _indicators(report.indicators),
    ]
    if report.languages:
        head = ("language", "people decided on", "median after the post", "automated, confirmed by a person",
                "appeals decided", "overturned", "reviewers who read it")  # fmt: skip
        parts += ["## By language", _table(head, map(_spoken, report.languages), 1)]
    parts += ["## What is not told here", "\n".join(f"- {each};" for each in NOT_KNOWN)[:-1] + "."]
    return "\n\n".join(parts) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]], words: int) -> str:
    """The first columns are words, the others numbers."""
    lines = [_row(head), "|" + "---|" * words + "---:|" * (len(head) - words)]
    return "\n".join([*lines, *map(_row, rows)])


def _row(cells: Iterable[Any]) -> str:
    return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else _cell(cell) for cell in cells) + " |"


def _line(line: Any) -> tuple[Any, ...]:
    title = DEFINITIONS[Category(line.reason)].title if line.reason in DEFINITIONS else line.reason
    return title, line.action, line.automated, line.human


def _spoken(own: Any) -> tuple[Any, ...]:
    stood = own.automated_stood
    share = "" if stood is None else f"{stood.value:.1%} of {stood.of:,}"
    wait = "" if own.median_answer_s is None else _time(own.median_answer_s)
    return own.language, own.answers, wait, share, own.appeals_decided, own.appeals_overturned, own.reviewers


def _appeals(report: Report) -> str:
    appeals = report.appeals
    decided = appeals.upheld + appeals.overturned
    text = f"{appeals.filed:,} filed. {decided:,} decided{_median(appeals.median_s, 'they were filed')}: "
    text += f"{appeals.upheld:,} stood, {appeals.overturned:,} overturned."
    if appeals.withdrawn:
        text += f" {appeals.withdrawn:,} ended without a decision."
    return f"{text} Open at the end: {appeals.open:,}."


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


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


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
