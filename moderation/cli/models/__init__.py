"""`moderation models`: from labelled texts to a model folder that is served, and what there is already."""

import click

from moderation.cli.verbs import Verbs

VERBS: dict[str, str] = {
    "lexicon": "Build the lists of offensive terms from public lists and our decisions.",
    "list": "List the models that come with this package, and those of folders.",
    "prepare": "Read, clean and split labelled texts as a recipe says.",
    "train": "Fine-tune a model on prepared texts.",
    "pictures": "Make a picture model from labelled pictures.",
    "export": "Write a trained model as ONNX files and as a model folder, or a model in another precision.",
    "calibrate": "Fit probabilities and thresholds on texts held out of training.",
    "evaluate": "Judge a model on sets never trained on.",
    "gate": "Hold a model to the bounds and budgets of its manifest.",
    "card": "Write the model card, and the results in the documentation.",
    "explain": "Show which words of a text made its score.",
    "import": "Take over a classifier in Hugging Face's format.",
}
"""Verb -> its line in `moderation models --help`. Each lives in `moderation/cli/models/<verb>.py` as `command`."""


@click.group(cls=Verbs, package=__name__, verbs=VERBS, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """List, train, judge and export models."""
