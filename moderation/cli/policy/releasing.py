"""What the verbs that release have in common: who, why, where, and what is said in the end."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from moderation.cli import options
from moderation.cli.printable import printable
from moderation.errors import ConfigurationError
from moderation.events import PublishedPolicy, Release
from moderation.policy import Policy
from moderation.release import ReleaseLog, build
from moderation.release.steps import BY_ITSELF, Signed, described

if TYPE_CHECKING:
    from moderation.client.policies import PoliciesTopic

_Command = TypeVar("_Command", bound=Callable[..., Any])


def signing(command: _Command) -> _Command:
    """`--by`, `--note`."""
    for option in (
        click.option("--note", metavar="TEXT", help="Why; stands in the history."),
        click.option("--by", metavar="NAME", help="Who releases; default: the user of this machine."),
    ):
        command = option(command)
    return command


def name_of(by: str | None) -> str:
    """Who acts. Raises `ConfigurationError` where that cannot be told."""
    try:
        name = (by if by is not None else getpass.getuser()).strip()
    except (KeyError, OSError):
        name = ""
    if not name:
        raise ConfigurationError("it is not clear who you are: say --by NAME")
    if name.casefold() == BY_ITSELF:
        raise ConfigurationError(f"'{BY_ITSELF}' is what the pipeline calls itself: say --by NAME")
    return name


def signed(by: str | None, *notes: str | None) -> Signed:
    """A signature of now; several notes become one."""
    return Signed(name_of(by), datetime.now(UTC), "; ".join(note for note in notes if note) or None)


@contextmanager
def policies_topic(bootstrap: str | None) -> "Iterator[PoliciesTopic]":
    """The policies topic, for as long as it is needed."""
    from moderation.client.policies import PoliciesTopic

    topic = PoliciesTopic(options.kafka(bootstrap))
    try:
        yield topic
    finally:
        topic.close()


def make(topic: "PoliciesTopic", log: ReleaseLog, release: Release, new: Policy | None = None) -> None:
    """Release, and say so. Raises `ReleaseError` if somebody was faster, and `PolicyError` for what cannot be used.

    Every policy of the release must be one that this version can read: `new` is one that was not published before.
    """
    build(release, log.policies, {new.hash: new} if new else {})
    if new is not None and new.hash not in log.policies:
        topic.publish(PublishedPolicy(name=new.name, hash=new.hash, source=new.source))
    topic.release(release)
    what = "; ".join(described(log.current, release))
    click.echo(f"release {release.number} by {printable(release.by)}: {what}")
    click.echo("workers switch within two seconds; to compare: moderation policy status")
