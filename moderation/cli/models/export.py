"""`moderation models export`: a trained model as ONNX files and as a model folder, or a model in another precision."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.errors import ConfigurationError

if TYPE_CHECKING:
    from models.training.precision import Precision

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", metavar="RUN|MODEL", type=_FOLDER)
@click.option(
    "--precision",
    type=click.Choice(["fp32", "fp16", "int8"]),
    default="int8",
    show_default=True,
    help="Of the model folder: int8 and fp32 for the CPU, fp16 for the GPU.",
)
@click.option("--out", type=_FOLDER, help="Where a MODEL is written to in another precision.")
@click.option("--again", is_flag=True, help="Also where nothing has changed since the last time.")
def command(folder: Path, precision: "Precision", out: Path | None, again: bool) -> None:
    """Export RUN/trained: RUN/exported/{fp32,fp16,int8}.onnx, and the model folder RUN/<id of the recipe>.

    With --out: write MODEL, a folder or the name of a shipped one, in another precision into --out, ready to be
    served. So the int8 model that is shipped becomes fp16 for a GPU.
    """
    if out is not None:
        _convert(str(folder), precision, out)
    elif (folder / "manifest.yaml").is_file():
        raise ConfigurationError(f"{folder}: is a model, not a run; name the folder to write with --out")
    else:
        _export(folder, precision, again)


def _convert(model: str, precision: "Precision", out: Path) -> None:
    from models.training.extra import require

    require("onnx", "onnxruntime")
    from models import manifest
    from models.training.convert import convert

    done = convert(manifest.find(model), precision, out)
    setting = "MODERATION_TEXT_MODEL" if manifest.load(out).modality == "text" else "MODERATION_IMAGE_MODEL"
    click.echo(f"{done.name}: on {done.samples} samples no logit moved by more than {done.difference:.4f}")
    click.echo(f"to serve it: {setting}={out}", err=True)


def _export(folder: Path, precision: "Precision", again: bool) -> None:
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
