"""The trade-off of a threshold as an SVG picture that needs nothing else."""

from collections.abc import Callable, Iterator, Sequence
from html import escape

from moderation.policy.evidence.subject import Subject
from moderation.policy.evidence.tradeoff import Row
from moderation.policy.evidence.tuning import Tuned

_WIDTH, _LEFT, _RIGHT, _TOP, _PANEL, _GAP = 760, 64, 24, 56, 240, 56
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2430}.title{font-weight:600;font-size:15px}.grid{stroke:#d9dde3}"
    ".precision{color:#0b5fa5}.recall{color:#b3470e}.cost{color:#4a4f5a}.line{fill:none;stroke:currentColor;"
    "stroke-width:2}.band{fill:currentColor;opacity:.15}.mark{stroke:#1f2430;stroke-dasharray:4 4}"
    ".told{paint-order:stroke;stroke:#fff;stroke-width:4px}.key{fill:currentColor;font-weight:600}"
)


def svg(subject: Subject, curve: Sequence[Row], tuned: Tuned, per: str) -> str:
    """Precision and recall with their intervals over thresholds; below them the cost, where it is known, `per` day."""
    known = [row for row in curve if row.above]
    priced = any(row.cost is not None for row in known)
    height = _TOP + _PANEL + 40 + (_PANEL + _GAP if priced else 0)
    title = f"{subject.signal}: what each threshold brings and costs"
    parts = [
        f'<text x="{_LEFT}" y="24" class="title">{escape(title)}</text>',
        *_panel(_TOP, 1.0, lambda share: f"{share:.0%}"),
        *_curve("precision", known, [row.precision for row in known], 0),
        *_curve("recall", known, [row.recall for row in known], 1),
        *_marks(tuned),
    ]
    if priced:
        top = _TOP + _PANEL + _GAP
        most = max(row.cost or 0.0 for row in known) or 1.0
        points = " ".join(f"{_x(row.threshold):.1f},{_y(top, (row.cost or 0.0) / most):.1f}" for row in known)
        parts += _panel(top, most, lambda cost: f"{cost:,.0f}")
        parts.append(f'<g class="cost"><polyline class="line" points="{points}"/></g>')
        parts.append(f'<text x="{_LEFT}" y="{top - 10}" class="cost key">cost {per}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _x(threshold: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * threshold


def _y(top: float, share: float) -> float:
    return top + _PANEL * (1.0 - share)


def _panel(top: float, most: float, told: Callable[[float], str]) -> Iterator[str]:
    for part in range(5):
        y = _y(top, part / 4)
        yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{told(most * part / 4)}</text>'
    for part in range(11):
        yield f'<text x="{_x(part / 10):.1f}" y="{top + _PANEL + 20}" text-anchor="middle">{part / 10:g}</text>'


def _curve(name: str, curve: Sequence[Row], shares: Sequence[tuple[float, float, float]], place: int) -> Iterator[str]:
    xs = [_x(row.threshold) for row in curve]
    line, low, high = (
        [f"{x:.1f},{_y(_TOP, share[end]):.1f}" for x, share in zip(xs, shares, strict=True)] for end in range(3)
    )
    band = " ".join([*low, *reversed(high)])
    yield f'<g class="{name}"><polygon class="band" points="{band}"/><polyline class="line" points="{" ".join(line)}"/>'
    yield f'<text x="{_LEFT + 90 * place}" y="{_TOP - 10}" class="key">{name}</text></g>'


def _marks(tuned: Tuned) -> Iterator[str]:
    for place, (threshold, mark) in enumerate(sorted(tuned.marks.items())):
        x, y = _x(threshold), _TOP + _PANEL - 10 - 16 * (place % 4)
        anchor, shift = ("end", -6) if threshold > 0.6 else ("start", 6)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_TOP + _PANEL}" class="mark"/>'
        told = escape(f"{threshold:g} {mark}")
        yield f'<text x="{x + shift:.1f}" y="{y}" class="told" text-anchor="{anchor}">{told}</text>'
