"""`moderation`: finds the verb, runs it, and turns our errors into one clear sentence and an exit code."""

import errno
import logging
import os
import sys

import click

from moderation.cli.verbs import Verbs
from moderation.errors import ModerationError

VERBS: dict[str, str] = {
    "run": "Take posts from a file through the lanes and the policy, without Kafka.",
    "broker": "Run a real single-node Kafka on this machine.",
    "topics": "Create the topics, or show what would change.",
    "worker": "Run lanes of the pipeline against Kafka.",
    "demo": "Start everything, feed the sample posts and watch the decisions.",
    "post": "Send posts to Kafka.",
    "decisions": "Follow the decisions.",
    "reviews": "Follow the review queue, or answer an item.",
    "desk": "Run the review desk: people decide what the policy leaves to them.",
    "audit": "Verify the review desk's account of itself, or publish where it ends.",
    "report": "Transparency reports, and notices to authors.",
    "erase": "Make unreadable what an author wrote, and say what remains.",
    "alarms": "Follow the alarms: breakers that trip, canaries rolled back, late reviews.",
    "dead-letters": "List, show and replay what could not be processed.",
    "replay": "Prove that decisions on the topics can be recomputed.",
    "policy": "Check, test, try and release policies.",
    "history": "Export what was scored, decided and answered.",
    "models": "List, train, judge and export models.",
    "hashes": "Keep banks of picture hashes: what is known already, to block or to allow.",
    "schemas": "Print or write the JSON Schemas of all events.",
}
"""Verb -> its line in `moderation --help`. Each lives in `moderation/cli/<verb>.py` as `command`."""


_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@click.group(
    cls=Verbs,
    package="moderation.cli",
    verbs=VERBS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="moderation-pipeline")
def command() -> None:
    """Content moderation on Kafka: models score posts, a policy decides, people review."""


def main() -> None:
    """Entry point. Our own errors end with their message and exit code, never with a stack trace."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("kafka").setLevel(logging.ERROR)  # it warns of every reconnect; what matters is raised
    logging.getLogger("kafka.cluster").setLevel(logging.CRITICAL)  # that a client was closed while it asked, no more
    try:
        command.main(prog_name="moderation", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:  # `moderation decisions | head`
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if error.errno not in _DISK_FULL:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is buffered cannot be written either
        click.echo(f"error: the output cannot be written: {error.strerror}", err=True)
        sys.exit(1)
    except ModerationError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
