"""`moderation run`: posts from a file through the lanes and the policy, without Kafka."""

import asyncio
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from moderation.errors import ConfigurationError, ModerationError

if TYPE_CHECKING:
    from moderation.cli.progress import LineProgress
    from moderation.settings import Settings

_PATH = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
_DASH = Path("-")


@click.command()
@click.argument("posts", type=_PATH)
@click.option("-o", "--output", type=_PATH, default=_DASH, help="File for the decisions; - is standard output.")
@click.option("--records", type=_PATH, help="File for the scored records: signals, evidence, models.")
@click.option("--policy", type=click.Path(path_type=Path), help="Policy file; default from MODERATION_POLICY.")
@click.option("--model", help="Text model, 'stub' for none at all; default from MODERATION_TEXT_MODEL.")
def command(posts: Path, output: Path, records: Path | None, policy: Path | None, model: str | None) -> None:
    """Take POSTS (JSON lines; - is standard input) through the lanes and the policy, without Kafka.

    Writes one line for each line read, in the same order: the decision that the streams would give, or what is
    wrong with the line. Ends with 1 when there was such a line. An output file is complete when it has its name;
    until then it is called FILE.part.
    """
    from moderation import settings
    from moderation.cli.progress import LineProgress

    _refuse_to_overwrite(posts, output, records)
    loaded = settings.load(policy=policy, text_model=model)
    with ExitStack() as files:
        source = _open(posts, files)
        outputs = _Outputs(_create(output, files), _create(records, files) if records else None)
        progress = LineProgress(
            posts.stat().st_size if posts.is_file() else None,
            shown=sys.stderr.isatty() and not (output == _DASH and sys.stdout.isatty()),
        )
        asyncio.run(_run(source, str(posts), _time_of(posts), outputs, loaded, progress))
    click.echo(progress.summary(), err=True)
    if progress.refused:
        raise ModerationError(
            f"{progress.refused:,} of {progress.lines:,} lines are not valid posts; "
            "in the output they have an 'error' in place of a decision"
        )


@dataclass(frozen=True, slots=True)
class _Outputs:
    decisions: BinaryIO
    records: BinaryIO | None


async def _run(
    source: BinaryIO, origin: str, time: datetime, outputs: _Outputs, settings: "Settings", progress: "LineProgress"
) -> None:
    from models.text import text_lane
    from moderation.lines import read_ahead, windows_of
    from moderation.offline import Decided, Offline
    from moderation.policy import load_policy

    policy = load_policy(settings.policy)
    lane = text_lane(settings)
    try:
        offline = Offline(lane, policy, origin, time, settings.max_post_bytes)
        windows = windows_of(source, settings.window, settings.max_post_bytes)
        with progress:
            async for window in offline.decide(read_ahead(windows)):
                outputs.decisions.write(b"".join(result.to_json() + b"\n" for result in window))
                outputs.decisions.flush()
                if outputs.records is not None:
                    records = (result.record for result in window if isinstance(result, Decided))
                    outputs.records.write(b"".join(record.to_json() + b"\n" for record in records))
                progress.add(window, source.tell() if source.seekable() else 0)
    finally:
        await lane.close()


def _refuse_to_overwrite(posts: Path, output: Path, records: Path | None) -> None:
    named = [path.resolve() for path in (posts, output, records) if path is not None and path != _DASH]
    regular = [path for path in named if path.is_file() or not path.exists()]
    if len(set(regular)) < len(regular):
        raise ConfigurationError("POSTS, --output and --records must be different files")
    if output == _DASH and records == _DASH:
        raise ConfigurationError("--output and --records cannot both be standard output; name a file for one of them")


def _open(posts: Path, files: ExitStack) -> BinaryIO:
    try:
        if posts == _DASH:
            # Unbuffered and by number: the reading thread must hold no lock of sys.stdin when the program ends.
            return files.enter_context(open(sys.stdin.fileno(), "rb", buffering=0, closefd=False))
        return files.enter_context(posts.open("rb", buffering=0))
    except OSError as error:
        raise ConfigurationError(f"{posts}: cannot be read: {error.strerror}") from error


def _create(path: Path, files: ExitStack) -> BinaryIO:
    from moderation.lines import whole_file

    return sys.stdout.buffer if path == _DASH else files.enter_context(whole_file(path))


def _time_of(posts: Path) -> datetime:
    """When the posts were posted, as far as a file knows."""
    return datetime.fromtimestamp(posts.stat().st_mtime, UTC) if posts != _DASH else datetime.now(UTC)
