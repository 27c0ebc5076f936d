"""`moderation models import`: a classifier from a hub as a model folder."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.errors import ConfigurationError

if TYPE_CHECKING:
    from models.training.hub import Imported
    from models.training.pictures.hub import ImportedPictures
    from models.training.precision import Precision


@click.command()
@click.argument("source", metavar="MODEL")
@click.option(
    "--labels",
    multiple=True,
    metavar="LABEL=CATEGORY,...",
    help="What the model's labels mean, e.g. toxic=toxicity,obscene=obscenity, or porn=sexual,hentai=sexual. "
    "Labels not named are left out.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="The model folder.")
@click.option("--licence", required=True, help="Under what terms it may be used; the model's page says it.")
@click.option("--id", "name", help="Its name on every score; default from MODEL.")
@click.option("--version", default="1", show_default=True)
@click.option("--origin", help="Where it comes from, in a sentence; default from MODEL.")
@click.option(
    "--language", "languages", multiple=True, help="A language it was trained on, ISO 639-1; repeatable. Texts."
)
@click.option(
    "--max-length", type=int, help="Tokens of a window; default as many as the model takes, 512 at most. Texts."
)
@click.option(
    "--precision",
    type=click.Choice(["int8", "fp16", "fp32"]),
    help="Default int8 for texts and fp32 for pictures, for which there is no int8; fp16 is for GPUs.",
)
@click.option(
    "--pictures",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Pictures on which scores are compared with those behind the model's own image processor, beside the samples.",
)
def command(
    source: str,
    labels: tuple[str, ...],
    out: Path,
    licence: str,
    name: str | None,
    version: str,
    origin: str | None,
    languages: tuple[str, ...],
    max_length: int | None,
    precision: "Precision | None",
    pictures: Path | None,
) -> None:
    """Take over MODEL, a classifier of texts or pictures in Hugging Face's format: a folder, or its name on the hub.

    Exports it to ONNX and checks that its logits are those of MODEL and do not move with neighbours in a batch. One of
    texts is quantised row by row. One of pictures gets what its image processor does: colours in the graph, size and
    crop in the manifest; its scores are compared with those behind that processor. A model of which exactly one label
    is true (softmax) is served too: leave out the label that stands for 'nothing wrong'. Without --labels the error
    names those that the model has.
    """
    from models.training.extra import require

    require("torch", "transformers", "onnx", "onnxscript")
    from models.training.hub import Wanted, import_model
    from models.training.pictures.hub import import_picture_model, reads_pictures

    short = Path(source).resolve().name if Path(source).exists() else source
    means = _parsed(labels)
    of_pictures = reads_pictures(source)
    if pictures is not None and not of_pictures:
        raise ConfigurationError(f"--pictures: {source} reads texts")
    wanted = Wanted(
        labels=means,
        id=name or re.sub(r"[^a-z0-9]+", "-", short.lower()).strip("-"),
        version=version,
        licence=licence,
        origin=origin or f"{short}, taken over with `moderation models import`",
        languages=languages,
        max_length=max_length,
        precision=precision or ("fp32" if of_pictures else "int8"),
    )
    if of_pictures:
        _print_pictures(import_picture_model(source, wanted, out, pictures), out)
    else:
        _print(import_model(source, wanted, out), out)


def _parsed(labels: Iterable[str]) -> dict[str, str]:
    """LABEL=CATEGORY pairs as a mapping. Raises `ConfigurationError`."""
    parsed: dict[str, str] = {}
    for pair in (each.strip() for part in labels for each in part.split(",") if each.strip()):
        label, equals, category = (each.strip() for each in pair.rpartition("="))
        if not (label and equals and category):
            raise ConfigurationError(f"--labels: {pair!r} is not LABEL=CATEGORY, for example toxic=toxicity")
        if label in parsed:
            raise ConfigurationError(f"--labels: {label!r} stands there twice")
        parsed[label] = category
    return parsed


def _print(imported: "Imported", out: Path) -> None:
    _print_labels(imported, "text", f"windows of {imported.max_length} tokens")
    click.echo(
        f"on {imported.texts} sample texts no logit is further than {imported.difference:.3f} from fp32; "
        "neighbours in a batch change nothing"
    )
    click.echo(
        f"to serve it: MODERATION_TEXT_MODEL={out}; it is not calibrated and nobody has measured it here", err=True
    )


def _print_pictures(imported: "ImportedPictures", out: Path) -> None:
    pixels = imported.pixels
    how = "stretched" if pixels.crop == "stretch" else f"the middle, of a shorter side of {pixels.shorter}"
    _print_labels(imported, "image", f"{pixels.width} x {pixels.height} pixels ({how}, {pixels.resampler})")
    if imported.difference:
        click.echo(f"no logit is further than {imported.difference:.3f} from fp32 on the same pixels")
    click.echo(imported.compared)
    click.echo(
        f"to serve it: MODERATION_IMAGE_MODEL={out}, with commas after the models that are there; it is not calibrated "
        "and nobody has measured it here",
        err=True,
    )


def _print_labels(imported: "Imported | ImportedPictures", lane: str, reads: str) -> None:
    kind = (
        "exactly one of its labels is true (softmax)" if imported.exclusive else "each label is true or not (sigmoid)"
    )
    click.echo(f"{imported.name}: {imported.size_mb} MB, {reads}, {kind}")
    for label, category in imported.labels.items():
        click.echo(f"  {label} -> {lane}.{category}")
    if imported.dropped:
        click.echo(f"  left out: {', '.join(imported.dropped)}")
