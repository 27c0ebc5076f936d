"""`moderation policy breakers`: how the breakers of a policy stand."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from moderation.cli import options
from moderation.cli.policy import releasing
from moderation.cli.printable import json_line, printable
from moderation.policy import Policy, load_policy
from moderation.policy.quotas import guarded, percent

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
    from moderation.client.standing import breakers_of

    kafka = options.kafka(bootstrap)
    states = breakers_of(load_policy(file) if file else _live(bootstrap), kafka)
    if as_json:
        click.echo(json_line(json.dumps(list(map(_as_json, states)), ensure_ascii=False).encode()))
    elif not states:
        click.echo("the policy has no breakers")
    else:
        for state in states:
            click.echo(printable(line(state)))


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
    from moderation.client.standing import live_policy

    with releasing.policies_topic(bootstrap) as topic:
        return live_policy(topic.read())


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
