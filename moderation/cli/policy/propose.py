"""`moderation policy propose`: publish a policy under its author's name, for somebody else to release."""

from pathlib import Path

import click

from moderation.cli import options
from moderation.cli.policy import releasing
from moderation.cli.policy.candidate import candidate
from moderation.cli.policy.gate import require_no_warnings, require_tests
from moderation.cli.policy.test import tests_of
from moderation.cli.printable import printable
from moderation.errors import ReleaseError
from moderation.events import PublishedPolicy
from moderation.release.steps import SHOWN


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--by", metavar="NAME", help="Its author; default: the user of this machine.")
@options.bootstrap
def command(file: Path, by: str | None, bootstrap: str | None) -> None:
    """Publish FILE as it is now, with its author's name. It decides nothing until it is released.

    Checks it and runs its tests, as the release will.
    """
    author = releasing.name_of(by)
    with releasing.policies_topic(bootstrap) as topic:
        log = topic.read()
        chosen = candidate(str(file), log)
        known = log.policies.get(chosen.policy.hash)
        if known is not None and known.author not in (None, author):
            raise ReleaseError(f"{chosen.name} was proposed by {printable(str(known.author))} already")
        require_no_warnings(chosen, strict=False)
        if tests_of(file):
            require_tests(chosen, ())
        else:
            click.echo(f"{file} has no tests: its release will ask for them", err=True)
        if known is None or known.author is None:
            policy = chosen.policy
            topic.publish(PublishedPolicy(name=policy.name, hash=policy.hash, source=policy.source, author=author))
        click.echo(f"proposed by {printable(author)}: {chosen.name}")
        click.echo(
            f"to release it: moderation policy release {file} --shadow, or {chosen.policy.hash[:SHOWN]} --tests FILE"
        )
