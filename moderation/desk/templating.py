"""Jinja as the desk uses it: always escaped, and an undefined name is an error."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from moderation.desk.assets import asset
from moderation.desk.showing import reasons
from moderation.desk.showing.characters import line, pieces
from moderation.desk.showing.ids import short
from moderation.desk.showing.timeline import clock


def csrf_field(token: str) -> Callable[[], Markup]:
    """What `{{ csrf() }}` writes into a form."""
    return lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(token)


def span(length: timedelta) -> str:
    """A length of time in at most two units: `3 d 4 h`, `12 min`, `8 s`."""
    seconds = max(0, round(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if minutes < 60:
        return f"{minutes} min"
    if hours < 24:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} d {hours % 24} h" if hours % 24 and days < 10 else f"{days} d"


def since(moment: datetime | None, now: datetime) -> str:
    """How long ago, or in how long: `12 min ago`, `in 3 h`, `never`."""
    if moment is None:
        return "never"
    if abs(now - moment) < timedelta(seconds=5):
        return "just now"
    return f"{span(now - moment)} ago" if moment <= now else f"in {span(moment - now)}"


def moment(value: datetime | None) -> str:
    """A moment in UTC to the minute."""
    return "–" if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset
    made.filters.update(span=span, since=since, moment=moment, line=line, pieces=pieces, clock=clock)
    made.filters.update(reason=reasons.in_words, reasons=reasons.listed, short=short)
    made.globals["ui"] = made.get_template("macros.html").module  # last: it is compiled with what is there
    return made


ENVIRONMENT = _environment()
