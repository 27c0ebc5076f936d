"""`moderation decisions`: follow what the policy decides."""

from typing import TYPE_CHECKING

import click

from moderation.cli import options
from moderation.cli.following import following, places, show
from moderation.cli.printable import printable

if TYPE_CHECKING:
    from moderation.events import Decision


@click.command()
@options.bootstrap
@following
def command(
    bootstrap: str | None,
    as_json: bool,
    from_beginning: bool,
    limit: int | None,
    timeout: float | None,
    follow: bool,
    group: str | None,
) -> None:
    """Follow the decisions, each once, until Ctrl-C."""
    from moderation.client import ModerationClient

    with ModerationClient(options.kafka(bootstrap)) as client:
        decisions = client.decisions(**places(from_beginning, follow, timeout, group))
        show(decisions, limit, as_json, line)


def line(decision: "Decision") -> str:
    """A decision for people: what, on which post, how final, which rules, what was not looked at and why."""
    fired = ", ".join(rule.rule for rule in decision.rules if rule.silenced_by is None) or "no rule"
    waits = [lane for lane, state in decision.lanes.items() if state == "pending"]
    failed = [f"{lane} {printable(state, 120)}" for lane, state in decision.lanes.items() if state.startswith("failed")]
    parts = [f"{decision.action:<9} {decision.stage:<11} {printable(decision.post_id, 60)}  {printable(fired, 120)}"]
    if decision.reasons:
        parts.append(f"because {printable(', '.join(decision.reasons), 120)}")
    if waits:
        parts.append(f"waits for {', '.join(waits)}")
    return "  ".join([*parts, *failed])
