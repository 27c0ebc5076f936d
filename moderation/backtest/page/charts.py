"""Plots as inline SVG: drawn with the page's colours, told to screen readers by their title."""

from collections.abc import Sequence

from moderation.backtest.page.markup import Markup, tag
from moderation.backtest.rates import Rate
from moderation.backtest.report import Day

_WIDTH = 760


def load(days: Sequence[Day]) -> Markup:
    """Two lines over days: items before, and now."""
    height, left, right, top, bottom = 260, 56, 78, 16, 30
    most = _round_up(max(max(day.before, day.now) for day in days))

    def x(place: int) -> float:
        return left + (_WIDTH - left - right) * (place / (len(days) - 1) if len(days) > 1 else 0.5)

    def y(value: float) -> float:
        return top + (height - top - bottom) * (1 - value / most)

    grid = []
    for part in range(5):
        value = most * part / 4
        grid.append(tag("line", x1=left, x2=_WIDTH - right, y1=_p(y(value)), y2=_p(y(value)), class_="grid"))
        grid.append(tag("text", f"{value:,.0f}", x=left - 8, y=_p(y(value) + 4), text_anchor="end"))
    step = max(1, -(-len(days) // 8))
    dates = [
        tag("text", day.day[5:], x=_p(x(place)), y=height - 8, text_anchor="middle")
        for place, day in enumerate(days)
        if place % step == 0
    ]
    series = {when: [(x(place), y(getattr(day, when))) for place, day in enumerate(days)] for when in ("before", "now")}
    lines = [
        tag("path", d="M" + " L".join(f"{_p(a)},{_p(b)}" for a, b in points), class_=f"series {when}")
        for when, points in series.items()
    ]
    dots = [
        tag("circle", tag("title", f"{day.day}, {when}: {getattr(day, when):,}"), cx=_p(a), cy=_p(b), r=3, class_=when)
        for when, points in series.items()
        for day, (a, b) in zip(days, points, strict=True)
    ]
    ends = {when: points[-1][1] for when, points in series.items()}
    if abs(ends["before"] - ends["now"]) < 14:  # the words must not lie on each other
        upper = min(ends, key=lambda when: ends[when])
        middle = sum(ends.values()) / 2
        ends = {when: middle + (-8 if when == upper else 8) for when in ends}
    names = [
        tag("text", when, x=_p(series[when][-1][0] + 9), y=_p(ends[when] + 4), class_=f"name {when}") for when in ends
    ]
    return _svg("Posts that a human must look at, per day, before and now", height, grid, dates, lines, dots, names)


def balance(rows: Sequence[tuple[str, int, int, int]]) -> Markup:
    """Shares of each group's posts: milder to the left, stricter to the right. Rows: name, posts, milder, stricter."""
    step, left, top = 26, 190, 26
    height = top + step * len(rows) + 8
    most = max((max(milder, stricter) / posts for _, posts, milder, stricter in rows if posts), default=0) or 1
    middle = left + (_WIDTH - left) / 2
    reach = (_WIDTH - left) / 2 - 62
    drawn = [
        tag("text", "milder", x=_p(middle - 8), y=14, text_anchor="end", class_="name milder"),
        tag("text", "stricter", x=_p(middle + 8), y=14, class_="name stricter"),
        tag("line", x1=_p(middle), x2=_p(middle), y1=top - 6, y2=height - 4, class_="axis"),
    ]
    for place, (name, posts, milder, stricter) in enumerate(rows):
        y = top + step * place
        drawn.append(tag("text", _short(name), x=left - 10, y=y + 14, text_anchor="end"))
        for count, side, word in ((milder, -1, "milder"), (stricter, 1, "stricter")):
            share = count / posts if posts else 0
            width = reach * share / most
            start = middle - width if side < 0 else middle
            told = tag("title", f"{name}: {count:,} of {posts:,} posts {word}")
            drawn.append(tag("rect", told, x=_p(start), y=y, width=_p(width), height=step - 8, rx=2, class_=word))
            drawn.append(
                tag(
                    "text",
                    f"{share * 100:.2f} %" if count else "0",
                    x=_p(middle + side * (width + 6)),
                    y=y + 14,
                    text_anchor="end" if side < 0 else "start",
                    class_="value",
                )
            )
    return _svg("Changed posts as a share of each group, milder and stricter", height, drawn)


def rates(rows: Sequence[tuple[str, Rate | None, Rate | None]], what: str) -> Markup:
    """Shares with their intervals, before as a hollow and now as a filled dot. Rows: name, before, now."""
    step, left, top, right = 34, 190, 26, 150
    height = top + step * len(rows) + 26
    width = _WIDTH - left - right

    def x(share: float) -> float:
        return left + width * share

    drawn = []
    for part in range(0, 101, 25):
        drawn.append(tag("line", x1=_p(x(part / 100)), x2=_p(x(part / 100)), y1=top, y2=height - 22, class_="grid"))
        drawn.append(tag("text", f"{part} %", x=_p(x(part / 100)), y=height - 6, text_anchor="middle"))
    for place, (name, before, now) in enumerate(rows):
        y = top + step * place + 8
        drawn.append(tag("text", _short(name), x=left - 10, y=y + 9, text_anchor="end"))
        for own, when, shift in ((before, "before", -1), (now, "now", 10)):
            if own is None:
                continue
            interval = f"{own.low * 100:.1f} to {own.high * 100:.1f} %"
            told = tag("title", f"{name}, {when}: {own.value * 100:.1f} % ({interval}) of {own.of:,} posts")
            across = {"y1": y + shift, "y2": y + shift, "x1": _p(x(own.low)), "x2": _p(x(own.high))}
            drawn.append(tag("line", told, **across, class_=f"whisker {when}"))
            drawn.append(tag("circle", told, cx=_p(x(own.value)), cy=y + shift, r=4.5, class_=f"dot {when}"))
        last = now or before
        if last is not None:
            words = f"{last.value * 100:.0f} % of {last.of:,}"
            drawn.append(tag("text", words, x=_WIDTH - right + 14, y=y + 9, class_="value"))
    return _svg(f"{what}, with 95 % intervals", height, drawn)


def _svg(title: str, height: int, *drawn: object) -> Markup:
    return tag("svg", tag("title", title), *drawn, viewBox=f"0 0 {_WIDTH} {height}", role="img", aria_label=title)


def _round_up(value: float) -> float:
    """The top of a scale whose four steps are whole and round."""
    size = 4
    while True:
        for step in (1, 2, 3, 5) if size == 4 else (1, 1.5, 2, 2.5, 3, 4, 5, 7.5):
            if value <= size * step:
                return size * step
        size *= 10


def _short(name: str) -> str:
    return name if len(name) <= 26 else f"{name[:25]}…"


def _p(value: float) -> str:
    return f"{value:.1f}"
