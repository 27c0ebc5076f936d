"""`moderation policy schema`: the JSON Schemas of the files that authors write."""

from pathlib import Path

import click

from moderation.errors import ConfigurationError
from moderation.policy.schema import included_schema, schema
from moderation.policy.testing.schema import suite_schema

_SCHEMAS = {"policy": schema, "included": included_schema, "tests": suite_schema}


@click.command()
@click.option("--included", "kind", flag_value="included", help="That of a file that policies include.")
@click.option("--tests", "kind", flag_value="tests", help="That of a file of tests.")
@click.option(
    "--write",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it to a file; docs/schemas/policy.schema.json in the repository.",
)
def command(kind: str | None, file: Path | None) -> None:
    """Print the JSON Schema of a policy file: editors complete and explain with it.

    Name it in the first line of a policy: # yaml-language-server: $schema=policy.schema.json
    """
    text = _SCHEMAS[kind or "policy"]()
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be written: {error.strerror}") from error
    click.echo(file)
