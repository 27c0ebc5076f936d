"""`moderation models pictures`: makes a picture model, from labelled pictures to its card."""

from pathlib import Path

import click


@click.command()
@click.argument("recipe")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder in which the archives of the recipe stand.",
)
@click.option(
    "--run",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the run; default runs/<id of the recipe>. What is there is not made again.",
)
def command(recipe: str, data: Path, folder: Path | None) -> None:
    """Make the model of RECIPE (a file, or the id of a shipped one): cross-validate, fit, export, judge.

    Writes RUN/<id>, a model folder with its card. A run that was ended goes on with the next fold.
    """
    from models.training.extra import require

    require("torch", "onnx", "onnxscript", "sklearn", "h5py", "cv2", "pdqhash")
    from models.training.pictures.making import Making
    from models.training.pictures.recipe import find, load
    from moderation.cli.models.progress import StageProgress

    made = load(find(recipe))
    with StageProgress("pictures") as progress:
        model = Making(made, data, folder or Path("runs") / made.id, progress).make()
    click.echo((model / "CARD.md").read_text(encoding="utf-8"), nl=False)
    click.echo(f"written: {model}", err=True)
