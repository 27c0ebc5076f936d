"""`moderation policy schema`: the JSON Schema of a policy file."""

from pathlib import Path

import click

from moderation.errors import ConfigurationError
from moderation.policy.schema import schema


@click.command()
@click.option(
    "--write",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it to a file; docs/schemas/policy.schema.json in the repository.",
)
def command(file: Path | None) -> None:
    """Print the JSON Schema of a policy file: editors complete and explain with it.

    Name it in the first line of a policy: # yaml-language-server: $schema=policy.schema.json
    """
    if file is None:
        click.echo(schema(), nl=False)
        return
    try:
        file.write_text(schema(), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be written: {error.strerror}") from error
    click.echo(file)
