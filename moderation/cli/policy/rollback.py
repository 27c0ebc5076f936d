"""`moderation policy rollback`: back to the policy that was live before."""

import click

from moderation.cli import options
from moderation.cli.policy import releasing
from moderation.release import steps


@click.command()
@releasing.signing
@options.bootstrap
def command(by: str | None, note: str | None, bootstrap: str | None) -> None:
    """Make the policy live again that was live before the present one, and end a canary.

    It passed its tests when it was released: nothing is asked again.
    """
    signed = releasing.signed(by, "rolled back", note)
    with releasing.policies_topic(bootstrap) as topic:
        log = topic.read()
        releasing.make(topic, log, steps.rolled_back(log.current, log.lives(), signed))
