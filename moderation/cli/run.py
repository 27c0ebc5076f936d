"""`moderation run`: posts from a file through the lanes and the policy, without Kafka."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO, FileIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from moderation.cli.printable import printable
from moderation.errors import ConfigurationError, ModerationError

if TYPE_CHECKING:
    from moderation.cli.progress import LineProgress
    from moderation.lane import Lane
    from moderation.offline import Decided, Refused
    from moderation.settings import Settings

_PATH = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
_DASH = Path("-")


@click.command()
@click.argument("posts", type=_PATH)
@click.option("-o", "--output", type=_PATH, default=_DASH, help="File for the decisions; - is standard output.")
@click.option("--short", is_flag=True, help="A short line for people for each decision, in place of JSON.")
@click.option("--records", type=_PATH, help="File for the scored records: signals, evidence, models.")
@click.option("--policy", type=click.Path(path_type=Path), help="Policy file; default from MODERATION_POLICY.")
@click.option("--model", help="Text model, 'stub' for none at all; default from MODERATION_TEXT_MODEL.")
@click.option(
    "--media-root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder under which file: references of media may lie; default from MODERATION_MEDIA_ROOT.",
)
def command(
    posts: Path,
    output: Path,
    short: bool,
    records: Path | None,
    policy: Path | None,
    model: str | None,
    media_root: Path | None,
) -> None:
    """Take POSTS (JSON lines; - is standard input) through the lanes and the policy, without Kafka.

    Writes one line for each line read, in the same order: the decision that the streams would give, or what is
    wrong with the line. Ends with 1 when there was such a line. An output file is complete when it has its name;
    until then it is called FILE.part.
    """
    from moderation import settings
    from moderation.cli.progress import LineProgress

    _refuse_to_overwrite(posts, output, records)
    loaded = settings.load(policy=policy, text_model=model, media_root=media_root)
    loaded.media_folder()  # now, rather than when the first post has media
    progress = LineProgress(
        posts.stat().st_size if posts.is_file() else None,
        shown=sys.stderr.isatty() and not (output == _DASH and sys.stdout.isatty()),
    )
    with _opened(posts) as source:
        shape = _line if short else _json
        asyncio.run(_run(_Input(source, str(posts), _time_of(posts)), output, shape, records, loaded, progress))
    click.echo(progress.summary(), err=True)
    if progress.refused:
        raise ModerationError(
            f"{progress.refused:,} of {progress.lines:,} lines are not valid posts; "
            "in the output they have an 'error' in place of a decision"
        )


@dataclass(frozen=True, slots=True)
class _Input:
    file: FileIO
    name: str
    time: datetime


def _json(result: "Decided | Refused") -> bytes:
    return result.to_json()


def _line(result: "Decided | Refused") -> bytes:
    from moderation.cli.decisions import line
    from moderation.offline import Refused

    text = (
        f"line {result.line}: {printable(str(result.error))}" if isinstance(result, Refused) else line(result.decision)
    )
    return text.encode()


async def _run(
    source: _Input,
    output: Path,
    shape: Callable[["Decided | Refused"], bytes],
    records: Path | None,
    settings: "Settings",
    progress: "LineProgress",
) -> None:
    from models.text import text_lane
    from moderation.lane import InTurn
    from moderation.lines import read_ahead, windows_of
    from moderation.offline import Decided, Offline
    from moderation.policy import load_policy

    policy = load_policy(settings.policy)
    lane = InTurn(text_lane(settings), {"image": lambda: _image_lane(settings), "video": lambda: _video_lane(settings)})
    offline = Offline(lane, policy, source.name, source.time, settings.max_post_bytes)
    windows = read_ahead(windows_of(source.file, settings.window, settings.max_post_bytes))
    try:
        with _created(output) as decisions, _created(records) as scored, progress:
            async for window in offline.decide(windows):
                decisions.write(b"".join(shape(result) + b"\n" for result in window))
                decisions.flush()
                if records is not None:
                    kept = (result.record for result in window if isinstance(result, Decided))
                    scored.write(b"".join(record.to_json() + b"\n" for record in kept))
                progress.add(window, source.file.tell() if source.file.seekable() else 0)
    finally:
        await lane.close()


def _image_lane(settings: "Settings") -> "Lane":
    from models.image.factory import image_lane

    return image_lane(settings)


def _video_lane(settings: "Settings") -> "Lane":
    from models.video.factory import video_lane

    return video_lane(settings)


def _refuse_to_overwrite(posts: Path, output: Path, records: Path | None) -> None:
    named = [path.resolve() for path in (posts, output, records) if path is not None and path != _DASH]
    regular = [path for path in named if path.is_file() or not path.exists()]
    if len(set(regular)) < len(regular):
        raise ConfigurationError("POSTS, --output and --records must be different files")
    if output == _DASH and records == _DASH:
        raise ConfigurationError("--output and --records cannot both be standard output; name a file for one of them")


@contextmanager
def _opened(posts: Path) -> Iterator[FileIO]:
    try:
        # Unbuffered, standard input by its number: the reading thread must hold no lock when the program ends.
        file = FileIO(sys.stdin.fileno(), closefd=False) if posts == _DASH else FileIO(posts)
    except OSError as error:
        raise ConfigurationError(f"{posts}: cannot be read: {error.strerror}") from error
    with file:
        yield file


@contextmanager
def _created(path: Path | None) -> Iterator[BinaryIO]:
    from moderation.lines import whole_file

    if path is None:
        with BytesIO() as nowhere:
            yield nowhere
    elif path == _DASH:
        yield sys.stdout.buffer
    else:
        with whole_file(path) as file:
            yield file


def _time_of(posts: Path) -> datetime:
    """When the posts were posted, as far as a file knows."""
    return datetime.fromtimestamp(posts.stat().st_mtime, UTC) if posts != _DASH else datetime.now(UTC)
