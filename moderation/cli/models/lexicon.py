"""`moderation models lexicon`: the lists of offensive terms, built again."""

from pathlib import Path

import click

from moderation.errors import ModerationError


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="The folder of public lists, data/text/lexicons.",
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where curation.yaml is and the lists go; the lists of this package where not given.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail when a list is not what would be written.")
def command(data: Path, folder: Path | None, check: bool) -> None:
    """Build the lists of offensive terms from public lists and the decisions in curation.yaml."""
    from models.text.lexicon.lexicon import SHIPPED
    from models.training.lexicons import build, stale

    folder = folder or SHIPPED
    if check:
        if languages := stale(data, folder):
            raise ModerationError(f"{folder}: stale: {', '.join(languages)}; run it again without --check")
        click.echo("every list is what its sources and curation.yaml make of it")
        return
    counts = build(data, folder)
    click.echo(f"{sum(counts.values())} terms in {len(counts)} languages written to {folder}")
