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
    if not worked:
        click.echo(f"nothing has changed since {run.prepared} was written; --again does it all the same", err=True)
    click.echo(f"next: moderation models train {run.folder}", err=True)


def _print(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    from models.training.prepare.report import COUNTS

    table = Table(box=None, pad_edge=False)
    table.add_column("source", no_wrap=True)
    for name in (*COUNTS, "p95 chars", "languages"):
        table.add_column(name, justify="left" if name == "languages" else "right")
    for name, source in found["sources"].items():
        spoken = sorted(source["languages"], key=source["languages"].get, reverse=True)
        languages = ", ".join(spoken[:4]) + (f" +{len(spoken) - 4}" if len(spoken) > 4 else "")
        table.add_row(name, *(f"{source[count]:,}" for count in COUNTS), f"{source['characters']['p95']:,}", languages)
    console = Console()
    console.print(table)
    heads = Table(box=None, pad_edge=False)
    heads.add_column("texts used", no_wrap=True)
    kinds = ("positive", "negative", "weak")
    for kind in kinds:
        heads.add_column(kind, justify="right")
    for head in next(iter(found["sources"].values()))["heads"]:
        sums = (sum(source["heads"][head][kind] for source in found["sources"].values()) for kind in kinds)
        heads.add_row(head, *(f"{count:,}" for count in sums))
    console.print()
    console.print(heads)
    console.print()
