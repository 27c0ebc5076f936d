"""`moderation policy status`: what is in force, and how the policies decide beside each other."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from moderation.cli import options
from moderation.cli.policy import releasing
from moderation.cli.policy.ago import AGO
from moderation.cli.printable import json_line, printable
from moderation.errors import PolicyError
from moderation.release import ReleaseLog
from moderation.settings import KafkaSettings

if TYPE_CHECKING:
    from moderation.breakers import BreakerState
    from moderation.release.comparison import Comparison, Rate


@click.command()
@click.option(
    "--since",
    type=AGO,
    default="1h",
    show_default=True,
    metavar="TIME",
    help="Compare what was decided since: 30m, 2d.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@options.bootstrap
def command(since: timedelta, as_json: bool, bootstrap: str | None) -> None:
    """Show what is in force, since when and by whom, and compare how the policies decide.

    Live policy and canary decide on different authors: compare their rates. A shadow decides on the same posts: the
    table shows what was decided against what it says. Breakers that are not closed come last.
    """
    from moderation.client.standing import compared

    kafka = options.kafka(bootstrap)
    with releasing.policies_topic(bootstrap) as topic:
        log = topic.read()
    begin = datetime.now(UTC) - since
    tripped = _tripped(kafka, log)
    comparison, _ = compared(kafka, begin, shadows=bool(log.current and log.current.shadows))
    if as_json:
        found = _as_json(log, begin, comparison) | {"breakers": {own.breaker.id: own.state for own in tripped}}
        text = json.dumps(found, indent=2, ensure_ascii=False)
        for line in text.splitlines():
            click.echo(json_line(line.encode()))
    else:
        from moderation.cli.policy.breakers import line as breaker_line
        from moderation.cli.policy.compared import status

        for line in status(log, begin, comparison):
            click.echo(line)
        for state in tripped:
            click.echo(f"\nBreaker {printable(breaker_line(state))}")


def _tripped(kafka: KafkaSettings, log: ReleaseLog) -> "list[BreakerState]":
    """The breakers of the live policy that are not closed; none where it cannot be read here."""
    from moderation.client.standing import breakers_of, live_policy

    try:
        policy = live_policy(log)
    except PolicyError:
        return []
    return [own for own in breakers_of(policy, kafka) if own.state != "closed"]


def _as_json(log: ReleaseLog, begin: datetime, comparison: "Comparison") -> dict[str, Any]:
    from moderation.release.comparison import acting

    return {
        "release": json.loads(log.current.to_json()) if log.current else None,
        "since": begin.isoformat(),
        "policies": {
            policy: {"posts": sum(actions.values()), "actions": dict(actions), "act": _rate(acting(actions))}
            for policy, actions in comparison.actions.items()
        },
        "shadows": {
            policy: {
                "posts": found.posts,
                "decided_and_shadow": [
                    {"decided": pair[0], "shadow": pair[1], "posts": count} for pair, count in found.pairs.items()
                ],
                **{name: _rate(getattr(found, name)) for name in ("same", "stricter", "milder", "acts", "acted")},
            }
            for policy, found in comparison.overlaps.items()
        },
    }


def _rate(found: "Rate") -> dict[str, float]:
    return {"count": found.count, "of": found.of, "rate": found.value, "low": found.low, "high": found.high}
