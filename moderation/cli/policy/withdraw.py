"""`moderation policy withdraw`: end a canary or a shadow."""

import click

from moderation.cli import options
from moderation.cli.policy import releasing
from moderation.errors import ReleaseError
from moderation.release import ReleaseLog, steps


@click.command()
@click.argument("policy", required=False)
@releasing.signing
@options.bootstrap
def command(policy: str | None, by: str | None, note: str | None, bootstrap: str | None) -> None:
    """End the canary or the shadow whose hash begins with POLICY; without POLICY the canary. The live policy stays."""
    signed = releasing.signed(by, note)
    with releasing.policies_topic(bootstrap) as topic:
        log = topic.read()
        name = _meant(log, policy)
        releasing.make(topic, log, steps.withdrawn(log.current, name, signed))


def _meant(log: ReleaseLog, policy: str | None) -> str:
    if policy is not None:
        return log.find(policy).hash
    if log.current is None or log.current.canary is None:
        raise ReleaseError("there is no canary; a shadow is named by its hash, see `moderation policy status`")
    return log.current.canary.hash
