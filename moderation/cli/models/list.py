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
    from moderation.cli.models.tables import print_table

    places = [*manifest.SHIPPED.glob("*/manifest.yaml")]
    for folder in folders:
        places += [path for pattern in ("manifest.yaml", "*/manifest.yaml") for path in folder.glob(pattern)]
    rows = [_row(place.parent, manifest.load(place.parent)) for place in sorted(set(places))]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_table(
            ("model", "task", "languages", "MB", "origin"),
            [(row["model"], row["task"], ", ".join(row["languages"]), row["size_mb"], row["origin"]) for row in rows],
            fold="origin",
        )


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
