"""`moderation history`: what was scored, decided and answered, as files."""

import click

from moderation.cli.verbs import Verbs

VERBS: dict[str, str] = {
    "export": "Write a time range of the topics to files.",
    "labels": "Write what people decided at the review desk as labelled posts.",
}
"""Verb -> its line in `moderation history --help`. Each lives in `moderation/cli/history/<verb>.py` as `command`."""


@click.group(cls=Verbs, package=__name__, verbs=VERBS, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Keep history: posts' scores, decisions and reviewers' answers, for backtests and thresholds."""
