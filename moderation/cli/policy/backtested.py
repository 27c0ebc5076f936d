"""The report of a backtest as text for policy authors."""

from collections.abc import Iterator, Sequence
from typing import Any

from moderation.backtest.rates import Rate
from moderation.backtest.report import DIMENSIONS, KINDS, Group, ReasonLine, Report, RuleLine
from moderation.backtest.tally import BOTH
from moderation.cli.columns import columns
from moderation.cli.printable import printable

MOST = 15
"""Lines of one table; the rest is in the JSON and on the page."""
_NAME = 40


def lines(report: Report) -> Iterator[str]:
    """The whole report, line by line."""
    yield f"{printable(report.policy)} {report.policy_hash[:12]}, compared with {printable(report.against)}"
    share = _percent(report.moved.changed, report.posts)
    span = report.first if report.first == report.last else f"{report.first} to {report.last}"
    yield f"{_posts(report.posts)} of {span}: {_posts(report.moved.changed)} decided otherwise ({share})"
    yield from _section("", _kinds(report))
    yield from _section("Before (rows) and now (columns), in posts", _matrix(report))
    yield from _section("Posts that a human must look at, per day", _load(report))
    yield from _section("Rules behind the changes", _rules(report))
    yield from _section("Reasons behind the changes", _reasons(report))
    for dimension, title in DIMENSIONS.items():
        title = f"{title} by {printable(report.cohorts)}" if dimension == "cohort" else title
        yield from _section(title, _groups(report.groups[dimension]))
    yield from _section(_labels_title(report), _rates(report))
    yield from _section(
        "What was lacking, where rules could not be decided",
        _indented(columns([(printable(name, _NAME), _posts(posts)) for name, posts in report.lacking[:MOST]]))
        if report.lacking
        else [],
    )
    yield from _section(f"Examples, drawn with seed {report.seed}", _examples(report))
    yield from _section("Beware", [f"  - {printable(note)}" for note in report.notes])


def _section(title: str, body: Sequence[str] | Iterator[str]) -> Iterator[str]:
    found = list(body)
    if found:
        yield ""
        if title:
            yield title
        yield from found


def _kinds(report: Report) -> list[str]:
    rows = []
    for now, count in report.moved.to.items():
        origins = [(report.matrix[before][now], before) for before in report.matrix if before != now]
        told = ", ".join(f"{posts:,} from {before}" for posts, before in sorted(origins, reverse=True) if posts)
        rows.append((KINDS[now], f"{count:,}", told))
    if not rows:
        return ["  Nothing changes."]
    widths = [max(len(row[place]) for row in rows) for place in (0, 1)]
    return [f"  {name:<{widths[0]}}  {count:>{widths[1]}}  {told}" for name, count, told in rows]


def _matrix(report: Report) -> list[str]:
    used = report.used
    rows = [("", *used)]
    rows += [(before, *(f"{report.matrix[before][now]:,}" for now in used)) for before in used]
    return _indented(columns(rows))


def _load(report: Report) -> list[str]:
    if not any(day.before or day.now for day in report.days):
        return []
    minutes = report.minutes_per_item
    head = ("", "before", "now", "more") + (("hours before", "hours now") if minutes else ())
    shown = report.days[-MOST:]
    before = sum(day.before for day in report.days) / len(report.days)
    now = sum(day.now for day in report.days) / len(report.days)
    rows = [head, *(_day(day.day, day.before, day.now, minutes) for day in shown)]
    rows.append(_day("a day on average", before, now, minutes))
    left_out = len(report.days) - len(shown)
    return [*([f"  ({left_out} days before that are left out)"] if left_out else []), *_indented(columns(rows))]


def _day(day: str, before: float, now: float, minutes: float | None) -> tuple[str, ...]:
    counts = (f"{before:,.0f}", f"{now:,.0f}", f"{now - before:+,.0f}")
    if not minutes:
        return (day, *counts)
    return (day, *counts, *(f"{count * minutes / 60:,.1f}" for count in (before, now)))


def _rules(report: Report) -> list[str]:
    rules = [line for line in report.rules if line.has_changed]
    rows = [(printable(line.rule, _NAME), *line.cells) for line in rules[:MOST]]
    return _table(("", *RuleLine.HEAD), rows, len(rules), left=2)


def _reasons(report: Report) -> list[str]:
    reasons = [line for line in report.reasons if line.has_changed]
    rows = [(printable(line.reason, _NAME), *line.cells) for line in reasons[:MOST]]
    return _table(("", *ReasonLine.HEAD), rows, len(reasons))


def _groups(groups: Sequence[Group]) -> list[str]:
    if not any(group.moved.changed for group in groups):
        return []
    kinds = [now for now in KINDS if any(group.moved.to.get(now) for group in groups)]
    head = ("", "posts", "changed", *(KINDS[now] for now in kinds))
    rows = [
        (
            printable(group.name, _NAME),
            f"{group.posts:,}",
            _percent(group.moved.changed, group.posts),
            *(f"{group.moved.to.get(now, 0):,}" for now in kinds),
        )
        for group in groups[:MOST]
    ]
    return _table(head, rows, len(groups))


def _labels_title(report: Report) -> str:
    weighted = ", weighted by how posts were drawn" if report.weighted else ""
    return f"Against the answers of reviewers ({_posts(report.labelled)}{weighted}), with 95 % intervals"


def _rates(report: Report) -> list[str]:
    reasons = [own for own in report.reasons if own.precision["now"] or own.recall["now"] or own.precision["before"]]
    rules = [own for own in report.rules if own.precision or own.recall]
    rows: list[tuple[str, ...]] = []
    for reason in reasons[:MOST]:
        for when in BOTH:
            precision, recall = reason.precision[when], reason.recall[when]
            rows.append((f"{printable(reason.reason, _NAME)}, {when}", _rate(precision), _rate(recall)))
    rows += [(f"rule {printable(own.rule, _NAME)}", _rate(own.precision), _rate(own.recall)) for own in rules[:MOST]]
    if not rows:
        return []
    more = max(0, len(reasons) - MOST) + max(0, len(rules) - MOST)
    explained = [
        "  right: of the posts it speaks of, those that reviewers acted on for this reason.",
        "  found: of the posts that reviewers acted on for this reason, those it speaks of.",
    ]
    return [*_table(("", "right (precision)", "found (recall)"), rows, len(rows) + more), *explained]


def _rate(own: Rate | None) -> str:
    if own is None:
        return "-"
    return f"{own.value * 100:.1f} % ({own.low * 100:.1f} to {own.high * 100:.1f}) of {own.of:,}"


def _examples(report: Report) -> Iterator[str]:
    for kind, examples in report.examples:
        yield f"  {KINDS[kind]}"
        for one in examples:
            own = one.facts
            rules = ", ".join(own["now"]["rules"] or own["before"]["rules"]) or "no rule"
            gone = "" if own["now"]["rules"] or not own["before"]["rules"] else "no more "
            seen = ", ".join(f"{name} = {_value(value)}" for name, value in {**own["seen"], **own["scores"]}.items())
            where = ", ".join(str(own[part]) for part in ("surface", "language") if own[part])
            label = f"; reviewer: {own['label']}" if own["label"] else ""
            yield f"    {printable(one.post_id, 60)} ({printable(where, _NAME)}): {one.before} -> {one.now}{label}"
            yield f"      {gone}{printable(rules, 100)}: {printable(seen, 160)}"
            if own["text"]:
                yield f"      {printable(own['text'], 160)}"


def _value(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], count: int, left: int = 1) -> list[str]:
    if not rows:
        return []
    more = [f"  ... and {count - len(rows)} more: --json and --html have all"] if count > len(rows) else []
    return [*_indented(columns([head, *rows], left=left)), *more]


def _indented(found: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in found]


def _percent(part: int, whole: int) -> str:
    return f"{part / whole * 100:.2f} %" if whole else "0 %"


def _posts(count: int) -> str:
    return f"{count:,} post{'s' * (count != 1)}"
