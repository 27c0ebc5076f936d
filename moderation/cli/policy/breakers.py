"""`moderation policy breakers`: how the breakers of a policy stand."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from moderation import settings
from moderation.cli import options
from moderation.cli.policy import releasing
from moderation.cli.printable import json_line, printable
from moderation.policy import Policy, load_policy, parse_policy
from moderation.policy.quotas import guarded, percent
from moderation.settings import KafkaSettings

if TYPE_CHECKING:
    from moderation.breakers import BreakerState

_WORDS = {"closed": "closed", "open": "OPEN", "half_open": "half-open"}
_SPANS = {"per_minute": "in the last minute", "per_day": "in the last day"}


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@options.bootstrap
def command(file: Path | None, as_json: bool, bootstrap: str | None) -> None:
    """Show which breakers are open, until when, and how much of each quota is used.

    Of the policy that is live; of FILE, if one is given. For posts of now: a breaker goes by the time of each post.
    """
    kafka = options.kafka(bootstrap)
    states = breakers_of(load_policy(file) if file else _live(bootstrap), kafka)
    if as_json:
        click.echo(json_line(json.dumps(list(map(_as_json, states)), ensure_ascii=False).encode()))
    elif not states:
        click.echo("the policy has no breakers")
    else:
        for state in states:
            click.echo(printable(line(state)))


def breakers_of(policy: Policy, kafka: KafkaSettings) -> list["BreakerState"]:
    """How the breakers of a policy stand now, by what workers have counted."""
    from moderation.breakers import breaker_states

    return breaker_states(policy, _counts(kafka), datetime.now(UTC)) if policy.breakers else []


def line(state: "BreakerState") -> str:
    """A breaker for people."""
    until = "" if state.until is None else f" until {state.until:%Y-%m-%d %H:%M:%S} UTC"
    return f"{state.breaker.id}: {_WORDS[state.state]}{until}; {guarded(state.breaker)}: {', '.join(_used(state))}"


def _used(state: "BreakerState") -> Iterator[str]:
    breaker = state.breaker
    for quota, limit in (("per_minute", breaker.per_minute), ("per_day", breaker.per_day)):
        if limit is not None:
            yield f"{state.posts[quota]:,} of {limit:,} {_SPANS[quota]}"  # type: ignore[index]
    if breaker.share is not None:
        yield f"{state.posts['share']:,} of {state.decided:,} posts, {percent(breaker.share.of)} may be"


def _live(bootstrap: str | None) -> Policy:
    """The policy that was released, or the one of the settings before the first release."""
    with releasing.policies_topic(bootstrap) as topic:
        log = topic.read()
    published = log.policies.get(log.current.live) if log.current else None
    return parse_policy(published.source, published.name) if published else load_policy(settings.load().policy)


def _counts(kafka: KafkaSettings) -> Iterator[tuple[int, bytes, bytes | None]]:
    from moderation.client.reading import Reader

    reader = Reader(kafka, "counts", follow=False)
    try:
        for record in reader:
            if record.key is not None and record.key.startswith(b"breaker:"):
                yield record.partition, record.key, record.value
    finally:
        reader.close()


def _as_json(state: "BreakerState") -> dict[str, Any]:
    breaker = state.breaker
    share = breaker.share
    return {
        "breaker": breaker.id,
        "state": state.state,
        "until": state.until and state.until.isoformat(),
        "actions": breaker.actions,
        "rules": breaker.rules,
        "limits": {"per_minute": breaker.per_minute, "per_day": breaker.per_day, "share": share and share.of},
        "posts": state.posts,
        "decided": state.decided if share else None,
    }
