"""`moderation policy explain`: a rule in plain language."""

from pathlib import Path

import click

from moderation import settings
from moderation.cli.printable import printable
from moderation.policy import load_policy
from moderation.policy.audit import in_words
from moderation.policy.portrait import portrait
from moderation.policy.problems import joined, nearest


@click.command()
@click.argument("rule", required=False)
@click.argument("file", required=False, type=click.Path(path_type=Path))
def command(rule: str | None, file: Path | None) -> None:
    """Say in plain language what RULE does, or every rule.

    Without FILE it is one of the policy that workers use (MODERATION_POLICY).
    """
    if file is None and rule is not None and rule.endswith((".yaml", ".yml")):  # ids have no dot
        file, rule = Path(rule), None
    policy = load_policy(file or settings.load().policy)
    ids = [*(one.id for one in policy.rules), *(one.id for one in policy.exemptions)]
    named = [one for one in ids if "/" not in one] if rule is None else [rule]  # variants stand with their rule
    told = [portrait(policy, name) for name in named]
    if None in told:
        raise click.BadParameter(joined(f"the policy has no rule '{rule}'.", nearest(str(rule), ids)) or "")
    if rule is None and policy.audit is not None:
        told.append(f"audit: {in_words(policy.audit)}")
    for line in "\n\n".join(filter(None, told)).splitlines():
        click.echo(printable(line))
