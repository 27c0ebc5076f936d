"""`moderation replay`: prove that decisions on the topics can be recomputed."""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click
from pydantic import ValidationError

from moderation.cli import options
from moderation.cli.printable import json_line, printable
from moderation.errors import PolicyError
from moderation.events import PublishedPolicy
from moderation.policy import load_policy, parse_policy
from moderation.replay import Replay
from moderation.settings import KafkaSettings


@click.command()
@click.argument("ids", nargs=-1, metavar="[DECISION_OR_POST_ID]...")
@options.bootstrap
@click.option(
    "--policy",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Also try this policy file; those that workers published are known.",
)
@click.option("--show", is_flag=True, help="For one that differs, print the decision as it comes out now.")
def command(ids: tuple[str, ...], bootstrap: str | None, files: tuple[Path, ...], show: bool) -> None:
    """Recompute decisions from stored records and the policy each names; all of them, or those of some ids.

    A decision is proven when the same bytes come out. Exit code 1 when one is not.
    """
    from moderation.client.reading import values

    kafka = options.kafka(bootstrap)
    replay = Replay()
    for published in _published(kafka):
        _add_published(replay, published)
    for file in files:
        replay.add_policy(load_policy(file))
    for value in values(kafka, "decisions"):
        _add_decision(replay, value, ids)
    for value in values(kafka, "scored"):
        replay.add_record(value)
    for value in values(kafka, "verdicts"):
        replay.add_verdict(value)
    sys.exit(_report(replay, ids, show))


def _published(kafka: KafkaSettings) -> Iterable[PublishedPolicy]:
    from moderation.client.policies import PoliciesTopic

    return PoliciesTopic(kafka).read().policies.values()


def _add_published(replay: Replay, published: PublishedPolicy) -> None:
    try:
        replay.add_policy(parse_policy(published.source, published.name))
    except PolicyError as error:
        click.echo(f"a published policy cannot be read and is passed over: {error}", err=True)


def _add_decision(replay: Replay, value: bytes, ids: tuple[str, ...]) -> None:
    try:
        replay.add_decision(value, only=ids)
    except ValidationError:
        click.echo("something on the decisions topic is no decision and is passed over", err=True)


def _report(replay: Replay, ids: tuple[str, ...], show: bool) -> int:
    states: Counter[str] = Counter()
    for result in replay.results():
        states[result.state] += 1
        if result.state == "proven" and not ids:
            continue
        by = f"policy {result.policy_hash[:12]}" if result.policy_hash else "a reviewer's verdict"
        click.echo(f"{result.state}: decision {result.decision_id} on {printable(result.post_id)}, by {by}")
        if show and result.recomputed is not None:
            click.echo(json_line(result.recomputed.to_json()))
    if not states:
        click.echo("no such decision on the topic" if ids else "no decisions on the topic yet", err=True)
        return 1 if ids else 0
    click.echo(", ".join(f"{count} {state}" for state, count in states.most_common()))
    return 0 if set(states) == {"proven"} else 1
