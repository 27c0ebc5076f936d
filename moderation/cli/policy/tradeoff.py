"""The trade-off of a threshold as a table with a proposal, and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from moderation.cli.policy.texts import texts_of
from moderation.policy.evidence.examples import Examples
from moderation.policy.evidence.subject import Subject
from moderation.policy.evidence.tradeoff import Prices, Row
from moderation.policy.evidence.tuning import Tuned
from moderation.policy.lint.places import Places


def lines_of(
    subject: Subject, policy: Path, labels: Path, examples: Examples, tuned: Tuned, prices: Prices
) -> Iterator[str]:
    """For people."""
    what = f"{subject.signal} in {subject.name}" if subject.rule else subject.signal
    yield (
        f"{what}, on {len(examples):,} judged posts of {labels}, {examples.positives:,} of them {subject.sought}"
        + (", weighted" if examples.weighted else "")
    )
    yield ""
    per = "a day" if prices.posts is not None else "per 1,000"
    heads = ["threshold", "precision", "recall", f"{'reviews' if subject.is_looked_at else 'posts'} {per}"]
    heads += [f"hours {per}"] * (prices.minutes is not None) + [f"cost {per}"] * prices.given
    table = [heads, *([*_cells(row), tuned.marks.get(row.threshold, "")] for row in tuned.rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(heads))]
    for row in table:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, *row[len(heads) :]]).rstrip()
    yield ""
    yield tuned.why
    if tuned.proposal is not None:
        yield f"To use it: {_edit(subject, policy, tuned.proposal)}"
    yield "What is not certain:"
    yield from (f"- {doubt}" for doubt in tuned.doubts)


def _edit(subject: Subject, policy: Path, proposal: float) -> str:
    if subject.rule is None:
        return f"write {subject.signal} >= {proposal:g} in the rule that shall have it"
    places = Places(texts_of(subject.policy, policy))
    place = places.rule("", subject.rule.id, "when", "")
    assert place is not None  # no comment ignores a nameless code
    return f"in {place.file}, line {place.line}, {subject.edit(proposal)}"


def _cells(row: Row) -> list[str]:
    acted = [_rounded(row.acted)] + [_rounded(value) for value in (row.hours, row.cost) if value is not None]
    return [f"{row.threshold:g}", _interval(row.precision), _interval(row.recall), *acted]


def _interval(share: tuple[float, float, float]) -> str:
    return "{:.1f} % ({:.1f} to {:.1f})".format(*(value * 100 for value in share))


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def as_values(subject: Subject, examples: Examples, tuned: Tuned) -> dict[str, Any]:
    """For programs."""
    return {
        "subject": subject.name,
        "signal": subject.signal,
        "current": subject.current,
        "examples": len(examples),
        "positives": examples.positives,
        "weighted": examples.weighted,
        **asdict(tuned),
        "marks": {f"{threshold:g}": mark for threshold, mark in tuned.marks.items()},
    }
