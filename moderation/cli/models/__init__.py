"""`moderation models`: from labelled texts to a model folder that is served, and what there is already."""

import click

from moderation.cli.verbs import Verbs

VERBS: dict[str, str] = {
    "list": "List the models that come with this package, and those of folders.",
    "prepare": "Read, clean and split labelled texts as a recipe says.",
    "train": "Fine-tune a model on prepared texts.",
}
"""Verb -> its line in `moderation models --help`. Each lives in `moderation/cli/models/<verb>.py` as `command`."""


@click.group(cls=Verbs, package=__name__, verbs=VERBS, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """List, train, judge and export models."""
