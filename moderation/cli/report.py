"""`moderation report`: what the desk tells of what was done: transparency reports and notices to authors."""

import json
from datetime import datetime
from pathlib import Path

import click

from moderation import settings
from moderation.cli import options
from moderation.cli.audit import database_option, desk_database
from moderation.cli.moments import MOMENT

_FORMATS = ("markdown", "json", "csv")


@click.group()
def command() -> None:
    """Transparency reports, and statements of reasons to authors."""


@command.command()
@database_option
@click.option("--from", "since", type=MOMENT, required=True, help="The first day, such as 2026-01-01; UTC.")
@click.option("--to", "until", type=MOMENT, required=True, help="The day after the last.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="markdown", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it to a file.")
def transparency(database: str | None, since: datetime, until: datetime, form: str, output: Path | None) -> None:
    """What was done in a period: restrictions by reason and category, automated or not, appeals, times, how right it
    was, by language; and what the desk cannot know.
    """
    from moderation.review import transparency_written
    from moderation.review.transparency import report

    if until <= since:
        raise click.UsageError("--to must be later than --from")
    with desk_database(database) as desk, desk.session() as session:
        found = report(session, since, until)
    written = {
        "markdown": transparency_written.as_markdown,
        "json": transparency_written.as_json,
        "csv": transparency_written.as_csv,
    }[form](found)
    if output is None:
        click.echo(written, nl=False)
    else:
        output.write_text(written, encoding="utf-8")


@command.command()
@database_option
@options.bootstrap
@click.argument("decision_id", metavar="DECISION")
@click.option("--language", metavar="TAG", help="Such as de; default: the post's, where there are words for it.")
@click.option("--json", "as_json", is_flag=True, help="The record for the DSA Transparency Database instead.")
def notice(database: str | None, bootstrap: str | None, decision_id: str, language: str | None, as_json: bool) -> None:
    """The statement of reasons of a decision: what its author is told. DECISION is its decision_id."""
    from moderation.desk.running.published import Published
    from moderation.review import notices, rules, statements

    told = rules.named(settings.load_desk().rules).notices
    policies = Published(options.kafka(bootstrap), settings.load().policy)
    with desk_database(database) as desk, desk.session() as session:
        case = notices.case(session, decision_id, policies)
        session.expunge_all()
    if as_json:
        click.echo(json.dumps(statements.statement(case, told), indent=2, ensure_ascii=False))
        return
    written = notices.notice(case, told, language)
    if language is not None and told.languages.nearest(language) is None:
        click.echo(f"there are no words in language '{language}': this is in '{written.language}'", err=True)
    click.echo(str(written), nl=False)


@command.command()
def languages() -> None:
    """The languages that authors can be told in, with the files that their words come from; checks yours."""
    from moderation.review import rules, wording

    own = rules.named(settings.load_desk().rules).notices
    for tag, words in own.languages.items():
        folders = [folder for folder in (wording.SHIPPED, own.words) if folder and (folder / f"{tag}.yaml").is_file()]
        files = ", ".join("shipped" if folder == wording.SHIPPED else str(folder / f"{tag}.yaml") for folder in folders)
        click.echo(f"{tag:<8} {words.language:<12} {files}")
