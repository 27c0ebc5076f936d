"""How the scores of a clip run, as lines of a small drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from moderation.events import Timeline

WIDTH, HEIGHT = 600, 96
_MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class Line:
    """The way of one score through the clip. `points` is that of a `polyline`; `style` numbers its look, from 1."""

    name: str
    style: int
    points: str
    highest: float
    highest_at: str
    places: tuple[tuple[float, float], ...]

    @property
    def told(self) -> str:
        """`video.weapon, highest 0.91 at 0:12`."""
        return f"{self.name}, highest {self.highest:.2f} at {self.highest_at}"


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment below the drawing."""

    x: float
    at_ms: int

    @property
    def at(self) -> str:
        """`1:05`."""
        return clock(self.at_ms)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Lines, highest score first; thresholds as heights; `thumbnails` where the frames that are shown stand."""

    lines: tuple[Line, ...]
    thresholds: tuple[tuple[float, str], ...]
    thumbnails: tuple[Tick, ...]
    ends: str
    more: int
    width: int = WIDTH
    height: int = HEIGHT


def drawing(timeline: Timeline, limits: Mapping[str, Sequence[float]]) -> Drawing:
    """`limits` are the numbers that rules compare each score with."""
    every = sorted(
        ((name, moments) for name, moments in timeline.scores.items() if moments),
        key=lambda each: (-max(value for _, value in each[1]), each[0]),
    )
    last = max([*timeline.thumbnails, *(at for _, moments in every for at, _ in moments), 1])
    lines = []
    for style, (name, moments) in enumerate(every[:_MOST_LINES], 1):
        places = tuple((_x(at, last), _y(value)) for at, value in moments)
        at, highest = max(moments, key=lambda each: (each[1], -each[0]))
        points = " ".join(f"{x:g},{y:g}" for x, y in places)
        lines.append(Line(name, style, points, highest, clock(at), places))
    levels = sorted({(level, line.name) for line in lines for level in limits.get(line.name, ()) if 0 < level <= 1})
    return Drawing(
        tuple(lines),
        tuple((_y(level), f"{name} {level:g}") for level, name in levels),
        tuple(Tick(_x(at, last), at) for at in timeline.thumbnails),
        clock(last),
        len(every) - len(lines),
    )


def clock(at_ms: int) -> str:
    """Minutes and seconds: `1:05`."""
    seconds = max(0, at_ms) // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def _x(at_ms: int, last: int) -> float:
    return round(min(max(at_ms, 0), last) / last * WIDTH, 1)


def _y(value: float) -> float:
    return round((1 - min(max(value, 0.0), 1.0)) * HEIGHT, 1)
