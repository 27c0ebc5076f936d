"""`moderation policy history`: every release, and what was proposed and never released."""

import json

import click

from moderation.cli import options
from moderation.cli.policy import releasing
from moderation.cli.printable import json_line, printable
from moderation.events import PublishedPolicy, Release
from moderation.release import ReleaseLog
from moderation.release.steps import SHOWN, described, part_of


@click.command()
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the newest N.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@options.bootstrap
def command(limit: int | None, as_json: bool, bootstrap: str | None) -> None:
    """List the releases, the newest first: when, by whom, what it changed, and why."""
    with releasing.policies_topic(bootstrap) as topic:
        log = topic.read()
    steps = list(log.steps())[::-1][:limit]
    if as_json:
        for before, release in steps:
            line = json.loads(release.to_json()) | {"changed": described(before, release)}
            click.echo(json_line(json.dumps(line, ensure_ascii=False).encode()))
        return
    width = max((len(printable(release.by)) for _, release in steps), default=0)
    for before, release in steps:
        click.echo(entry(before, release, width))
    if not steps:
        click.echo("nothing is released yet: workers decide by the file of their settings", err=True)
    for published in _proposals(log):
        click.echo(f"proposed by {printable(str(published.author))}, never released: {_name(published)}")


def entry(before: Release | None, release: Release, width: int) -> str:
    """One release, and its note on a line of its own; `width` is that of the longest name."""
    at = release.at.strftime("%Y-%m-%d %H:%M:%S %Z")
    what = "; ".join(described(before, release))
    line = f"{release.number:>4}  {at}  {printable(release.by):<{width}}  {what}"
    return f"{line}\n      {printable(release.note)}" if release.note else line


def _proposals(log: ReleaseLog) -> list[PublishedPolicy]:
    return [
        own
        for own in log.policies.values()
        if own.author is not None and not any(part_of(release, own.hash) for release in log.releases)
    ]


def _name(published: PublishedPolicy) -> str:
    return f"{printable(published.name)} {published.hash[:SHOWN]}"
