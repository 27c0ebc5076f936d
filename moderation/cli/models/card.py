"""`moderation models card`: the model card, and the results in the documentation."""

from pathlib import Path

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("folder")
@click.option("--notes", type=_FILE, help="Markdown that says what the model is for; kept until there are others.")
@click.option("--docs", type=_FILE, help="A page whose block of this model's results is written anew.")
def command(folder: str, notes: Path | None, docs: Path | None) -> None:
    """Write CARD.md of the model in FOLDER (or a shipped one, by name) from its manifest and its evaluation."""
    from models.training.extra import require

    require("sklearn", "scipy")
    from models import manifest
    from models.training import card, results

    place = manifest.find(folder)
    click.echo(card.write(place, notes.read_text(encoding="utf-8") if notes is not None else None))
    if docs is not None:
        results.write(place, docs)
        click.echo(docs)
