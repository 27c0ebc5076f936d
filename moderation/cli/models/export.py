"""`moderation models export`: a trained model as ONNX files and as a model folder."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from models.training.precision import Precision

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", metavar="RUN", type=_FOLDER)
@click.option(
    "--precision",
    type=click.Choice(["fp32", "fp16", "int8"]),
    default="int8",
    show_default=True,
    help="Of the model folder: int8 and fp32 for the CPU, fp16 for the GPU.",
)
@click.option("--again", is_flag=True, help="Also where nothing has changed since the last time.")
def command(folder: Path, precision: "Precision", again: bool) -> None:
    """Export RUN/trained: RUN/exported/{fp32,fp16,int8}.onnx, and the model folder RUN/<id of the recipe>."""
    from models.training.extra import require
    from models.training.run import Run

    require()
    from models.training.stages.export import export_run
    from moderation.cli.models.progress import StageProgress

    run = Run(folder)
    with StageProgress("export") as progress:
        worked = export_run(run, precision, progress, again)
    if not worked:
        click.echo(f"nothing has changed since {run.model} was exported; --again does it all the same", err=True)
    click.echo(f"next: moderation models calibrate {folder}", err=True)
