"""`moderation models list`: which models there are."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from models.manifest import Manifest

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument(
    "folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="[FOLDER]..."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a list with an entry per model.")
def command(folders: tuple[Path, ...], as_json: bool) -> None:
    """List the models that come with this package, and those in each FOLDER (a model, or a folder of models).

    The hash of every file is checked; a model that cannot be served ends the verb with its reason.
    """
    from models import manifest

    places = [*manifest.SHIPPED.glob("*/manifest.yaml")]
    for folder in folders:
        places += [path for pattern in ("manifest.yaml", "*/manifest.yaml") for path in folder.glob(pattern)]
    rows = [_row(place.parent, manifest.load(place.parent)) for place in sorted(set(places))]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        _print(rows)


def _row(folder: Path, spec: "Manifest") -> dict[str, Any]:
    return {
        "model": spec.name,
        "task": spec.task,
        "labels": list(spec.labels),
        "languages": list(spec.languages),
        "size_mb": round((folder / spec.file).stat().st_size / 1e6, 1),
        "precision": spec.runtime.precision,
        "licence": spec.licence,
        "origin": spec.origin,
        "folder": str(folder),
    }


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from moderation.cli.printable import printable

    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in ("model", "task", "languages", "size", "origin"):
        table.add_column(name, no_wrap=name in ("model", "task", "size"), justify="right" if name == "size" else "left")
    for row in rows:
        cells = (row["model"], row["task"], ", ".join(row["languages"]), f"{row['size_mb']} MB", row["origin"])
        table.add_row(*(Text(printable(cell)) for cell in cells))
    Console().print(table)
