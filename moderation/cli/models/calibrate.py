"""`moderation models calibrate`: scores become probabilities, and each label gets its threshold."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from models.manifest import Manifest

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", metavar="RUN", type=_FOLDER)
@click.option(
    "--false-alarms",
    type=click.FloatRange(0, 1),
    help="Share of the harmless texts of natural prevalence that a label may find; default 0.02.",
)
@click.option("--again", is_flag=True, help="Also where nothing has changed since the last time.")
def command(folder: Path, false_alarms: float | None, again: bool) -> None:
    """Fit calibration and thresholds of RUN's exported model on texts held out of its training.

    Calibration takes RUN/prepared/natural only, and only labels with at least 30 positives there; the others stay as
    the network gives them.
    """
    from models.training.extra import require
    from models.training.run import Run

    require()
    from models import manifest
    from models.training.stages.calibrate import calibrate_run
    from models.training.thresholds import MOST_FALSE_ALARMS
    from moderation.cli.models.progress import StageProgress

    run = Run(folder)
    most = MOST_FALSE_ALARMS if false_alarms is None else false_alarms
    with StageProgress("calibrate") as progress:
        worked = calibrate_run(run, most, progress, again)
    _print(manifest.load(run.model))
    if not worked:
        click.echo("nothing has changed since the last calibration; --again does it all the same", err=True)
    click.echo(f"the model can be served: MODERATION_TEXT_MODEL={run.model}", err=True)
    click.echo(f"next: moderation models evaluate {run.model} --run {folder} --data FOLDER", err=True)


def _print(spec: "Manifest") -> None:
    from moderation.cli.models.tables import print_table

    rows = []
    for label in spec.labels:
        fit = spec.calibration.get(label)
        platt = fit is not None and fit.method == "platt"
        how = f"platt, a {fit.a:.3f}, b {fit.b:.3f}" if fit is not None and platt else "none: too few positives"
        rows.append((label, how, spec.threshold(label)))
    print_table(("label", "calibration", "threshold"), rows)
