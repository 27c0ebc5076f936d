"""`moderation policy withdraw`: end a canary or a shadow."""

import click

from moderation.cli import options
from moderation.cli.policy import releasing
from moderation.cli.printable import printable
from moderation.errors import ReleaseError
from moderation.events import Release
from moderation.release import steps


@click.command()
@click.argument("policy", required=False)
@releasing.signing
@options.bootstrap
def command(policy: str | None, by: str | None, note: str | None, bootstrap: str | None) -> None:
    """End the canary or the shadow whose hash begins with POLICY; without POLICY the canary. The live policy stays."""
    signed = releasing.signed(by, note)
    with releasing.policies_topic(bootstrap) as topic:
        log = topic.read()
        name = _meant(log.current, policy)
        releasing.make(topic, log, steps.withdrawn(log.current, name, signed))


def _meant(current: Release | None, written: str | None) -> str:
    canary = current.canary.hash if current and current.canary else None
    if written is None:
        if canary is None:
            raise ReleaseError("there is no canary; a shadow is named by its hash, see `moderation policy status`")
        return canary
    beside = [own for own in (canary, *(current.shadows if current else ())) if own is not None]
    found = [own for own in beside if written and own.startswith(written.lower())]
    if len(found) != 1:
        names = ", ".join(own[: steps.SHOWN] for own in beside) or "none"
        raise ReleaseError(f"'{printable(written, 64)}' is not the hash of one canary or shadow; there are: {names}")
    return found[0]
