"""`moderation models prepare`: from labelled texts to what training, validation and calibration read."""

import json
from pathlib import Path
from typing import Any

import click

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("recipe")
@click.option(
    "--run",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the run; default runs/<id of the recipe>.",
)
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder in which readers look for files; default from the recipe.",
)
@click.option("--again", is_flag=True, help="Also where nothing has changed since the last time.")
def command(recipe: str, folder: Path | None, data: Path | None, again: bool) -> None:
    """Read the sources of RECIPE (a file, or the id of a shipped recipe) and write RUN/prepared.

    Texts are cleaned and masked as in serving. Empty, repeated and held-out ones are dropped. What is left is split
    into train, valid and natural (for calibration). Reports counts, lengths, languages, overlaps and leaks.
    """
    from models.training.extra import require
    from models.training.recipe import find, load

    file = find(recipe)
    loaded = load(file)
    require("polars")
    from models.training.prepare import prepare
    from models.training.prepare.report import lines
    from models.training.run import Run
    from moderation.cli.models.progress import StageProgress

    run = Run(folder or Path("runs") / loaded.id)
    data = (data or file.parent / loaded.data).resolve()
    with StageProgress("prepare") as progress:
        worked = prepare(loaded, data, run, progress, again)
    run.keep(file, data)
    found = json.loads((run.prepared / "report.json").read_text(encoding="utf-8"))
    _print(found)
    for line in lines(found):
        click.echo(line)
    for head in _untaught(found):
        click.echo(
            f"warning: no text is labelled as {head}, or none as not: nothing can teach it; "
            "look at `labels` in the recipe, or take it out of `heads`",
            err=True,
        )
    if not worked:
        click.echo(f"nothing has changed since {run.prepared} was written; --again does it all the same", err=True)
    click.echo(f"next: moderation models train {run.folder}", err=True)


def _untaught(found: dict[str, Any]) -> list[str]:
    """Heads that no source has both examples and counter-examples of; what was guessed counts as neither."""
    sources = [each["heads"] for each in found["sources"].values()]
    return [
        head
        for head in sources[0]
        if not all(sum(each[head][kind] for each in sources) for kind in ("positive", "negative"))
    ]


def _print(found: dict[str, Any]) -> None:
    from models.training.prepare.report import COUNTS
    from moderation.cli.models.tables import print_table

    sources, lengths, kinds = found["sources"], ("p50", "p95", "max"), ("positive", "negative", "weak")
    print_table(("source", *COUNTS), [(name, *(each[count] for count in COUNTS)) for name, each in sources.items()])
    click.echo()
    print_table(
        ("characters", *lengths, "languages"),
        [
            (name, *(each["characters"][length] for length in lengths), _languages(each["languages"]))
            for name, each in sources.items()
        ],
        fold="languages",
    )
    click.echo()
    heads = next(iter(sources.values()))["heads"]
    sums = {head: [sum(each["heads"][head][kind] for each in sources.values()) for kind in kinds] for head in heads}
    print_table(("labels", *kinds), [(head, *counts) for head, counts in sums.items()])
    click.echo()


def _languages(counts: dict[str, int]) -> str:
    spoken = sorted(counts, key=lambda name: -counts[name])
    return ", ".join(spoken[:6]) + (f" and {len(spoken) - 6} more" if len(spoken) > 6 else "")
