"""`moderation models evaluate`: what a model is worth, on sets never trained on."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from models.training.judge.evaluation import Evaluation
    from models.training.judge.subject import Subject
    from models.training.run import Run

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("folder")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the public evaluation sets, a folder each; without it only --run and our own tests judge.",
)
@click.option("--run", type=_FOLDER, help="The run that made the model: its held-out rows, its graphs, its records.")
@click.option("--fp32", type=_FILE, help="The model's fp32 graph, for parity; default RUN/exported/fp32.onnx.")
def command(folder: str, data: Path | None, run: Path | None, fp32: Path | None) -> None:
    """Judge the model in FOLDER (or a shipped one, by name) on the evaluation-only sets of its languages.

    Writes evaluation.json, the key figures into the manifest, and the card. With --run, scores are kept in
    RUN/judged, so that a killed evaluation goes on where it was.
    """
    from models.training.extra import require

    require("polars", "sklearn", "scipy", "matplotlib")
    from models import manifest
    from models.training import card
    from models.training.folder import write_manifest
    from models.training.functional import cases
    from models.training.judge import evaluation as evaluations
    from models.training.judge import plot
    from models.training.judge.evaluate import evaluate
    from models.training.judge.rows import Rows
    from models.training.judge.subject import Subject
    from models.training.run import Run
    from moderation.cli.models.progress import StageProgress

    place = manifest.find(folder)
    of_run = Run(run) if run is not None else None
    keep = of_run.folder / "judged" if of_run is not None else None
    subject = Subject(place, keep=keep)
    graphs = {name: Subject(place, file, keep) for name, file in _graphs(of_run, fp32).items()}
    with StageProgress("evaluate") as progress:
        rows = Rows.of(of_run) if of_run is not None else None
        found = evaluate(subject, data, progress, cases(), graphs, rows)
    if of_run is None:
        found = _with_training_of(place, subject, found)
    evaluations.save(place, found)
    if found.reliability:
        plot.plot(found.reliability, place / plot.FILE)
    write_manifest(place, metrics=evaluations.key_figures(found))
    path = card.write(place)
    _print(found)
    click.echo(f"{path} and {place / evaluations.FILE} say more; next: moderation models gate {place}", err=True)


def _graphs(run: "Run | None", fp32: Path | None) -> dict[str, Path]:
    """Other precisions of the model: those that the run exported, and the one named."""
    found = {} if run is None else {path.stem: path for path in sorted(run.exported.glob("*.onnx"))}
    return found | ({"fp32": fp32} if fp32 is not None else {})


def _with_training_of(folder: Path, subject: "Subject", found: "Evaluation") -> "Evaluation":
    """What an earlier evaluation knew of how the same weights were trained."""
    from models.training.judge import evaluation as evaluations

    try:
        before = evaluations.Evaluation.model_validate_json((folder / evaluations.FILE).read_bytes())
    except (OSError, ValueError):  # none yet, or of an older version of this code
        return found
    if before.sha256 != subject.sha256:
        return found
    kept = {"training": before.training, "held_out_rankings": before.held_out_rankings}
    natural = {name: each for name, each in before.reliability.items() if name not in found.reliability}
    return found.model_copy(update=kept | {"reliability": found.reliability | natural})


def _print(found: "Evaluation") -> None:
    from models.training.judge.goals import outcomes

    for name, of_set in found.rankings.items():
        click.echo(f"{name}: " + ", ".join(f"{category} AUC {each.auc}" for category, each in of_set.items()))
    for name, alarms in found.alarms.items():
        click.echo(f"{name}: {alarms.any} of {alarms.any.of:,} harmless texts are found by some category")
    for outcome in outcomes(found):
        verdict = "met" if outcome.met else "MISSED"
        click.echo(f"{verdict}: {outcome.goal.text}: {outcome.figure}, more than {outcome.goal.least:g} is the goal")
