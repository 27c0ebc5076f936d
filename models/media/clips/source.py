"""A clip's bytes, opened by FFmpeg so that it reaches nothing else. Runs inside a decoding process."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, NoReturn

import av
import av.subtitles.codeccontext
import av.subtitles.stream
import av.subtitles.subtitle
from av.stream import Discard, Disposition

from models.media.clips.containers import DECLARES_LENGTH, DECODERS, Container, is_cut_short
from models.media.clips.limits import ClipLimits
from models.media.decoding.damage import is_lack_of_memory, one_line
from moderation.errors import DecoderFailed, MediaError, MediaTooLarge, UndecodableMedia

PRELOADED = (av.subtitles.codeccontext, av.subtitles.stream, av.subtitles.subtitle)
"""What PyAV imports when a file has subtitles: by then no file can be opened."""

_BUFFER_BYTES = 2**18
_STEP_MS = 40.0
_PICTURES = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image

_OPTIONS = {
    "codec_whitelist": ",".join(sorted(DECODERS)),
    "protocol_whitelist": "none",
    "enable_drefs": "0",  # a MOV may say that its pictures lie in another file
    "probesize": str(5_000_000),
    "analyzeduration": str(5_000_000),
}

av.logging.set_level(None)


@contextmanager
def reading(container: Container) -> Iterator[None]:
    """Around calls into FFmpeg. Raises `UndecodableMedia` (`damaged`) or `DecoderFailed` (`decoder memory`)."""
    try:
        yield
    except MediaError:
        raise
    except Exception as error:
        if is_lack_of_memory(error):
            raise DecoderFailed(f"{container}: the clip needs more memory than is allowed", "decoder memory") from error
        said = error.strerror if isinstance(error, av.FFmpegError) else None
        raise UndecodableMedia(f"{container}: {said or one_line(error)}", "damaged") from error


class Source:
    """The video of a clip: what is known of it at once, and its packets from the beginning."""

    def __init__(self, content: memoryview, container: Container, limits: ClipLimits) -> None:
        """Raises `UndecodableMedia`, or `MediaTooLarge` for a frame of more pixels than allowed."""
        self._content, self.container = content, container
        self.is_cut_short = is_cut_short(content, container)
        self.is_broken = False
        try:
            with reading(container):
                self._file = self._opened()
        except UndecodableMedia as error:
            if self.is_cut_short:
                raise UndecodableMedia(str(error), "truncated") from error
            raise
        videos = [stream for stream in self._file.streams.video if not stream.disposition & _PICTURES]
        if not videos:
            raise UndecodableMedia(f"{container}: there is no video in the file", "not a video")
        self.videos = len(videos)
        self.has_audio = bool(self._file.streams.audio)
        self._stream = self._of(videos)
        for stream in self._file.streams:
            if stream.index != self._stream.index:
                stream.discard = Discard.all
        self.codec = str(self._stream.codec_context.name)
        context = self._stream.codec_context
        _checked(context.width, context.height, limits)
        context.thread_count = 1
        context.options = {"max_pixels": str(limits.pixels)}

    @property
    def context(self) -> Any:
        """The decoder."""
        return self._stream.codec_context

    @property
    def time_base(self) -> Fraction:
        """Of the times of packets, in seconds."""
        return self._stream.time_base or Fraction(1, 1000)

    @property
    def step_ms(self) -> float:
        """From one frame to the next, about."""
        rate = self._stream.average_rate or self._stream.guessed_rate
        return float(1000 / rate) if rate else _STEP_MS

    @property
    def declared_ms(self) -> float | None:
        """The length of the video that the file's header states."""
        if self.container not in DECLARES_LENGTH:
            return None
        if self._stream.duration is not None and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base * 1000)
        if self._file.duration is not None and not self.has_audio:
            return float(self._file.duration) / 1000
        return None

    def packets(self) -> Iterator[Any]:
        """All that hold something, as far as the file can be read; see `is_broken`."""
        try:
            with reading(self.container):
                yield from (packet for packet in self._file.demux(self._stream) if packet.size)
        except UndecodableMedia:
            self.is_broken = True

    def close(self) -> None:
        """Give back what FFmpeg holds."""
        self._file.close()

    def _opened(self) -> Any:
        return av.open(
            _Bytes(self._content),
            format=self.container,
            options=_OPTIONS | {"format_whitelist": self.container},
            metadata_errors="replace",
            buffer_size=_BUFFER_BYTES,
            io_open=_refused,
        )

    def _of(self, videos: list[Any]) -> Any:
        """The one that FFmpeg's own player shows, if it can be decoded; else the first that can."""
        best = self._file.streams.best("video")
        possible = [stream for stream in videos if _can_be_decoded(stream)]
        if not possible:
            names = ", ".join(stream.codec_context.name if stream.codec_context else "unknown" for stream in videos)
            raise UndecodableMedia(f"{self.container}: video in {names} is not accepted", "unsupported format")
        return next((stream for stream in possible if best is not None and stream.index == best.index), possible[0])


class _Bytes(io.RawIOBase):
    """The clip as a file. What is read is copied, and nothing else is reached."""

    def __init__(self, content: memoryview) -> None:
        self._content = content
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        end = len(self._content) if size < 0 else self._at + size
        part = bytes(self._content[self._at : end])
        self._at += len(part)
        return part

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._content)}[whence]
        self._at = min(max(start + offset, 0), len(self._content))
        return self._at

    def tell(self) -> int:
        return self._at


def _refused(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise PermissionError("a clip may not open other files")


def _can_be_decoded(stream: Any) -> bool:
    return stream.codec_context is not None and stream.codec_context.name in DECODERS


def _checked(width: int, height: int, limits: ClipLimits) -> None:
    if width * height > limits.pixels or max(width, height) > limits.side:
        raise MediaTooLarge(
            f"a clip of {width:,} x {height:,} pixels; {limits.pixels:,} pixels and {limits.side:,} a side are allowed"
        )
