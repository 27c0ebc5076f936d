"""`moderation schemas`: the JSON Schemas of all events."""

from pathlib import Path

import click

from moderation import schemas
from moderation.errors import ConfigurationError
from moderation.events import SCHEMAS


@click.command()
@click.argument("name", required=False, type=click.Choice(list(SCHEMAS)))
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write all of them, a file each; docs/schemas in the repository.",
)
def command(name: str | None, folder: Path | None) -> None:
    """Print the JSON Schema of one event, or write them all."""
    if folder is not None:
        if name is not None:
            raise click.UsageError("--write writes all schemas: leave the name out")
        try:
            for path in schemas.write(folder):
                click.echo(path)
        except OSError as error:
            raise ConfigurationError(f"{folder}: cannot be written: {error.strerror}") from error
    elif name is not None:
        click.echo(schemas.schema(name), nl=False)
    else:
        raise click.UsageError(f"name one of {', '.join(SCHEMAS)}, or use --write FOLDER")
