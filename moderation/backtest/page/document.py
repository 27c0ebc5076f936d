"""The page, part by part."""

from collections.abc import Sequence
from typing import Any

from moderation.backtest.page import charts
from moderation.backtest.page.markup import Markup, tag, text
from moderation.backtest.page.style import STYLE
from moderation.backtest.page.tables import groups_table, load_table, matrix, reasons_table, rules_table
from moderation.backtest.report import DIMENSIONS, KINDS, Report
from moderation.backtest.tally import BOTH
from moderation.events import SEVERITY
from moderation.policy.model import RANK

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # nothing is fetched, no script runs
_MOST = 12  # groups in a plot; the table has all


def page(report: Report) -> str:
    """HTML. Whatever stands in posts is shown as text."""
    title = f"{report.policy}: what would have happened"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    parts = (_top, _beware, _matrix, _load, _causes, _where, _labels, _lacking, _examples, _foot)
    main = tag("main", [part(report) for part in parts])
    return f"<!doctype html>\n{tag('html', head, tag('body', main), lang='en')}\n"


def _top(report: Report) -> Markup:
    span = report.first if report.first == report.last else f"{report.first} to {report.last}"
    all_posts = [_tile(f"{report.posts:,}", "posts", span), _tile(_share(report), "decided otherwise", _posts(report))]
    tiles = []
    for now, count in report.moved.to.items():
        stricter = sum(report.matrix[before][now] for before in SEVERITY[: SEVERITY.index(now)])
        origins = [(report.matrix[before][now], before) for before in report.matrix if before != now]
        told = ", ".join(f"{posts:,} from {before}" for posts, before in sorted(origins, reverse=True) if posts)
        tiles.append(_tile(f"{count:,}", KINDS[now], told, "stricter" if 2 * stricter >= count else "milder"))
    return tag(
        "header",
        tag("h1", report.policy, tag("span", " what would have happened", class_="soft")),
        tag(
            "p",
            "Policy ",
            tag("code", report.policy_hash[:12]),
            f", compared with {report.against}. The scores are those of then; no model ran.",
            class_="soft",
        ),
        tag("ul", all_posts, class_="tiles"),
        tag("ul", tiles, class_="tiles kinds") if tiles else None,
    )


def _tile(figure: str, what: str, sub: str, side: str | None = None) -> Markup:
    return tag("li", tag("b", figure), what, tag("div", sub, class_="sub"), class_=side)


def _share(report: Report) -> str:
    return f"{report.moved.changed / report.posts * 100:.2f} %" if report.posts else "0 %"


def _posts(report: Report) -> str:
    return f"{report.moved.changed:,} posts, {report.moved.stricter:,} stricter, {report.moved.milder:,} milder"


def _beware(report: Report) -> Markup | None:
    if not report.notes:
        return None
    notes = tag("ul", [tag("li", note) for note in report.notes])
    return tag("section", tag("strong", "Beware"), notes, class_="beware")


def _matrix(report: Report) -> Markup:
    return tag(
        "section",
        tag("h2", "From what to what"),
        tag("p", "Rows: before. Columns: now. What is stricter and what is milder has its colour.", class_="soft"),
        tag("div", matrix(report), class_="scroll"),
    )


def _load(report: Report) -> Markup | None:
    if not any(day.before or day.now for day in report.days):
        return None
    before = sum(day.before for day in report.days) / len(report.days)
    now = sum(day.now for day in report.days) / len(report.days)
    hours = ""
    if report.minutes_per_item:
        ratio = report.minutes_per_item / 60
        hours = f", {before * ratio:,.1f} and {now * ratio:,.1f} hours at {report.minutes_per_item:g} minutes an item"
    return tag(
        "section",
        tag("h2", "Work for reviewers"),
        tag("p", f"A day on average: {before:,.0f} posts before, {now:,.0f} now{hours}."),
        tag("figure", charts.load(report.days)),
        _folded("The figures of each day", load_table(report)),
    )


def _causes(report: Report) -> Markup:
    return tag(
        "section",
        tag("h2", "What is behind the changes"),
        tag(
            "p",
            "A changed post counts for the rules and reasons behind the stricter of its two decisions.",
            class_="soft",
        ),
        tag("h3", "Rules"),
        tag("div", rules_table(report), class_="scroll"),
        tag("h3", "Reasons"),
        tag("div", reasons_table(report), class_="scroll"),
    )


def _where(report: Report) -> Markup | None:
    parts: list[Any] = []
    for dimension, title in DIMENSIONS.items():
        groups = report.groups[dimension]
        if not any(group.moved.changed for group in groups):
            continue
        rows = [(group.name, group.posts, group.moved.milder, group.moved.stricter) for group in groups[:_MOST]]
        parts += [
            tag("h3", f"Authors by {report.cohorts}" if dimension == "cohort" else title),
            tag("figure", charts.balance(rows)),
            _folded("The figures", groups_table(groups)),
        ]
    return tag("section", tag("h2", "Whom it concerns"), parts) if parts else None


def _labels(report: Report) -> Markup | None:
    if not report.labelled:
        return None
    weighted = ", weighted by how posts were drawn" if report.weighted else ""
    parts: list[Any] = []
    reasons = [own for own in report.reasons if any((*own.precision.values(), *own.recall.values()))]
    rules = [own for own in report.rules if own.precision or own.recall]
    for title, names in (("Precision", "precision"), ("Recall", "recall")):
        by_reason = [
            (own.reason, getattr(own, names)["before"], getattr(own, names)["now"])
            for own in reasons
            if any(getattr(own, names)[when] for when in BOTH)
        ]
        by_rule = [(own.rule, None, getattr(own, names)) for own in rules if getattr(own, names)]
        for what, rows in (("of reasons", by_reason), ("of rules", by_rule)):
            if rows:
                parts += [
                    tag("h3", f"{title} {what}"),
                    tag("figure", charts.rates(rows[:20], f"{title} {what}")),
                ]
    return tag(
        "section",
        tag("h2", "Against the answers of reviewers"),
        tag(
            "p",
            f"{report.labelled:,} posts have an answer{weighted}. Precision: of the posts that a rule or reason speaks "
            "of, those that reviewers acted on for this reason. Recall: of the posts that reviewers acted on for this "
            "reason, those it speaks of. The line is the 95 % interval; hollow is before, filled is now.",
        ),
        parts,
    )


def _lacking(report: Report) -> Markup | None:
    if not report.lacking:
        return None
    rows = [tag("tr", tag("td", name), tag("td", f"{posts:,}")) for name, posts in report.lacking]
    return tag(
        "section",
        tag("h2", "What was lacking"),
        tag("p", "Names that were unknown in posts where a rule could not be decided.", class_="soft"),
        tag("table", tag("thead", tag("tr", tag("th", "name"), tag("th", "posts"))), tag("tbody", rows)),
    )


def _examples(report: Report) -> Markup | None:
    if not report.examples:
        return None
    shown = [
        (tag("h3", KINDS[kind]), [_example(one.post_id, one.before, one.now, one.facts) for one in examples])
        for kind, examples in report.examples
    ]
    drawn = f"Drawn by chance with seed {report.seed} from each kind of change."
    return tag("section", tag("h2", "Examples"), tag("p", drawn, class_="soft"), shown)


def _example(post_id: str, before: str, now: str, facts: dict[str, Any]) -> Markup:
    stricter = RANK[now] > RANK[before]  # type: ignore[index]
    time = facts["time"][:16].replace("T", " ")
    where = ", ".join(part for part in (facts["surface"], facts["language"], f"{time} UTC") if part)
    seen = {**facts["seen"], **facts["scores"]}
    chips = [tag("code", f"{name} = {_value(value)}", class_="chip") for name, value in seen.items()]
    answer = tag("p", f"The reviewer: {facts['label']}") if facts["label"] else None
    written = tag("div", facts["text"], class_="text", dir="auto") if facts["text"] else None
    return tag(
        "div",
        tag("p", tag("code", post_id), tag("span", f" · {where}", class_="soft")),
        tag(
            "p",
            tag("span", f"{before} → {now}", class_=f"move {'stricter' if stricter else 'milder'}"),
            f" · before: {_listed(facts['before']['rules'])} · now: {_listed(facts['now']['rules'])}",
        ),
        tag("p", chips) if chips else None,
        answer,
        written,
        class_="example",
    )


def _foot(report: Report) -> Markup:
    return tag("footer", text("Made by moderation policy backtest. Policy hash ", tag("code", report.policy_hash), "."))


def _folded(title: str, content: Markup) -> Markup:
    return tag("details", tag("summary", title), tag("div", content, class_="scroll"))


def _listed(rules: Sequence[str]) -> str:
    return ", ".join(rules) or "no rule"


def _value(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
