"""`moderation models gate`: whether a model may be released."""

import click

from moderation.errors import ModelError


@click.command()
@click.argument("folder")
@click.option("--recorded", is_flag=True, help="Take the cost from evaluation.json too, and measure nothing.")
def command(folder: str, recorded: bool) -> None:
    """Hold the model in FOLDER (or a shipped one, by name) to the bounds and budgets of its manifest.

    Fairness and parity are taken from its evaluation.json, which must be of the same weights and thresholds. Size,
    speed and memory are measured now, as CPU time of one thread. Ends with 1 when a limit is passed or could not be
    measured.
    """
    from models.training.extra import require

    require("sklearn", "scipy")
    from models import manifest
    from models.training.judge import evaluation as evaluations
    from models.training.judge import gate
    from models.training.judge.cost import cost

    place = manifest.find(folder)
    spec = manifest.load(place)
    evaluation = evaluations.load(place, spec)
    found = gate.checks(spec, evaluation, evaluation.cost if recorded else cost(place))
    if not found:
        raise ModelError(f"{place / 'manifest.yaml'}: states neither bounds nor budgets, so there is nothing to hold")
    click.echo(gate.table(found))
    failed = [check.name for check in found if not check.passed]
    if failed:
        raise ModelError(f"{spec.name} does not pass: {', '.join(failed)}")
    click.echo(f"{spec.name} passes: {len(found)} limits kept", err=True)
