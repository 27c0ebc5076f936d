"""`moderation post`: send posts from arguments, a file or a pipe."""

import json
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

import click

from moderation import settings
from moderation.cli import options
from moderation.cli.printable import printable
from moderation.errors import InvalidEvent
from moderation.events import Post, Scalar, Source
from moderation.intake import read_post
from moderation.lines import windows_of
from moderation.settings import KafkaSettings


@click.command()
@options.bootstrap
@click.argument("text", required=False)
@click.option("--id", "post_id", help="The post's id; a new one where not given.")
@click.option("--author", "author_id", help="The author's id: keeps an author's posts in order.")
@click.option("--surface", help="What it is: comment, message, profile ... [default: post]")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="What you know, e.g. account_age_days=3.")
@click.option("--image", "images", multiple=True, metavar="URL", help="A picture: https://, s3:// or file://.")
@click.option("--video", "videos", multiple=True, metavar="URL", help="A clip, likewise.")
@click.option("--language", help="Language as you know it, e.g. de.")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="POSTS.jsonl",
    help="Send posts as JSON lines from a file instead; - reads a pipe.",
)
def command(
    bootstrap: str | None,
    text: str | None,
    post_id: str | None,
    author_id: str | None,
    surface: str | None,
    facts: tuple[str, ...],
    images: tuple[str, ...],
    videos: tuple[str, ...],
    language: str | None,
    path: Path | None,
) -> None:
    """Send one post with this TEXT, or many from a file; prints the id of each when Kafka has it.

    \b
    moderation post "buy cheap pills" --author anna --fact account_age_days=1
    moderation post --file posts.jsonl
    """
    kafka = options.kafka(bootstrap)
    if path is not None:
        if text is not None or post_id is not None or facts or images or videos or author_id or surface or language:
            raise click.UsageError("--file takes whole posts; the other options are for a single one")
        _send_file(kafka, path)
        return
    if text is None and not images and not videos:
        raise click.UsageError("give a TEXT, an --image or --video, or --file POSTS.jsonl (- for a pipe)")
    kinds = [("image", url) for url in images] + [("video", url) for url in videos]
    fields: dict[str, Any] = {
        "post_id": post_id if post_id is not None else str(uuid.uuid4()),
        "author_id": author_id,
        "text": text or "",
        "media": [{"media_id": str(n), "kind": kind, "url": url} for n, (kind, url) in enumerate(kinds, 1)],
        "language": language,
        "facts": dict(map(_fact, facts)),
        "created_at": datetime.now(UTC),
    }
    from moderation.client import ModerationClient

    with ModerationClient(kafka) as client:
        client.post(**fields, **({"surface": surface} if surface is not None else {}))
    click.echo(printable(fields["post_id"]))


def _fact(argument: str) -> tuple[str, Scalar | None]:
    name, given, value = argument.partition("=")
    if not given or not name:
        raise click.UsageError(f"--fact '{printable(argument, 60)}': write NAME=VALUE")
    try:
        parsed = json.loads(value)
    except ValueError:
        return name, value
    return (name, value) if isinstance(parsed, list | dict) else (name, parsed)


def _send_file(kafka: KafkaSettings, path: Path) -> None:
    """Sends every valid line; ends with exit code 1 if there were others."""
    from moderation.client import ModerationClient

    max_bytes = settings.load().max_post_bytes
    refused = 0

    def posts(file: FileIO) -> Iterator[Post]:
        nonlocal refused
        lines = (line for window in windows_of(file, 1_000, max_bytes) for line in window)
        for number, line in enumerate(lines):
            if not line.strip():
                continue
            try:
                yield read_post(
                    line, Source(topic="", partition=0, offset=number, time=datetime.now(UTC)), max_bytes
                ).post
            except InvalidEvent as error:
                refused += 1
                click.echo(f"{printable(str(path))}:{number + 1}: {error}", err=True)

    opened = sys.stdin.fileno() if str(path) == "-" else path
    with ModerationClient(kafka) as client, FileIO(opened, closefd=str(path) != "-") as file:
        sent = client.post_many(posts(file), lambda post_id: click.echo(printable(post_id)))
    click.echo(f"{sent:,} sent, {refused:,} refused", err=True)
    if refused:
        sys.exit(1)
