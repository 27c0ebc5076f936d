"""`moderation models train`: fine-tunes the recipe's backbone on the prepared texts."""

from pathlib import Path

import click

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", metavar="RUN", type=_FOLDER)
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Train so long; default from the recipe.")
@click.option("--epochs", type=click.FloatRange(min=0, min_open=True), help="Train so far; default from the recipe.")
@click.option("--from", "weights", type=_FOLDER, help="Start from the weights in this folder, a trained/ for instance.")
@click.option("--again", is_flag=True, help="Also where nothing has changed since the last time.")
def command(folder: Path, minutes: float | None, epochs: float | None, weights: Path | None, again: bool) -> None:
    """Fine-tune on RUN/prepared and write RUN/trained, a folder in Hugging Face's format.

    A run that was killed goes on from its last checkpoint when started again with the same options. --minutes or
    --epochs take the place of both of the recipe.
    """
    from models.training.extra import require
    from models.training.plan import Plan
    from models.training.run import Run

    require()
    from models.training.stages.train import train
    from moderation.cli.models.progress import StageProgress

    run = Run(folder)
    plan = run.recipe().plan
    if minutes is not None or epochs is not None:
        plan = Plan(**plan.model_dump() | {"minutes": minutes, "epochs": epochs})
    with StageProgress("train") as progress:
        worked = train(run, plan, weights, progress, again)
    if not worked:
        click.echo(f"nothing has changed since {run.trained} was written; --again trains all the same", err=True)
    click.echo(f"next: moderation models export {folder}", err=True)
