"""`moderation policy explain`: a rule in plain language."""

from pathlib import Path

import click

from moderation import settings
from moderation.cli.printable import printable
from moderation.policy import load_policy
from moderation.policy.portrait import portrait
from moderation.policy.problems import joined, nearest


@click.command()
@click.argument("rule")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def command(rule: str, file: Path | None) -> None:
    """Say in plain language what RULE does; without FILE in the policy that workers use (MODERATION_POLICY)."""
    policy = load_policy(file or settings.load().policy)
    told = portrait(policy, rule)
    if told is None:
        ids = [*(one.id for one in policy.rules), *(one.id for one in policy.exemptions)]
        raise click.BadParameter(joined(f"the policy has no rule '{rule}'.", nearest(rule, ids)) or "")
    for line in told.splitlines():
        click.echo(printable(line))
