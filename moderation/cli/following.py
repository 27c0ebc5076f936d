"""Options of the verbs that follow a topic."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Protocol, TypeVar

import click

from moderation.cli.printable import json_line
from moderation.events import Event

_Command = TypeVar("_Command", bound=Callable[..., Any])
_Event = TypeVar("_Event", bound=Event)
_Followed = TypeVar("_Followed", bound=Event, covariant=True)


def following(command: _Command) -> _Command:
    """`--json`, `--from-beginning`, `--limit`, `--timeout`, `--no-follow`, `--group`."""
    for option in (
        click.option("--group", metavar="NAME", help="Consumer group: Kafka remembers how far it came."),
        click.option(
            "--follow/--no-follow", default=True, help="Wait for more, or end at the present end of the topic."
        ),
        click.option("--timeout", type=float, metavar="S", help="End when nothing has come for so many seconds."),
        click.option("--limit", type=click.IntRange(1), metavar="N", help="End after so many."),
        click.option("--from-beginning", is_flag=True, help="Begin with the oldest; always so with --no-follow."),
        click.option("--json", "as_json", is_flag=True, help="One JSON object a line, as it stands in Kafka."),
    ):
        command = option(command)
    return command


def places(from_beginning: bool, follow: bool, timeout: float | None, group: str | None) -> dict[str, Any]:
    """The options as the arguments of `ModerationClient`'s iterators."""
    return {
        "group": group,
        "from_beginning": True if from_beginning or not follow else None,
        "follow": follow,
        "idle_s": timeout,
    }


class Follows(Protocol[_Followed]):
    """What a client's iterators are."""

    def __iter__(self) -> Iterator[_Followed]: ...

    def done(self) -> None: ...


def show(events: Follows[_Event], limit: int | None, as_json: bool, line: Callable[[_Event], str]) -> None:
    """Print each, at most `limit`, as it stands in Kafka or in a line for people; then remember the place."""
    for event in islice(events, limit):
        click.echo(json_line(event.to_json()) if as_json else line(event))
    events.done()
