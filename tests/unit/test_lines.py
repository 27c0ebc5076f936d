"""JSON lines: read whole and in bounded memory, written so that a named file is complete."""

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.errors import ConfigurationError
from moderation.lines import Readable, read_ahead, whole_file, windows_of


class Pipe:
    """Hands out what was written in the pieces it was written in."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = iter(pieces)

    def read(self, size: int, /) -> bytes:
        return next(self._pieces, b"")


_line = st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"").removeprefix(b"\xef\xbb\xbf"))


@given(st.lists(_line), st.integers(1, 7), st.integers(1, 40), st.booleans())
def test_every_line_comes_once_and_in_order_however_it_arrives(
    lines: list[bytes], window: int, piece: int, ends: bool
) -> None:
    text = b"\n".join(lines) + (b"\n" if ends and lines else b"")
    expected = text.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    pipe = Pipe([text[start : start + piece] for start in range(0, len(text), piece)])
    windows = list(windows_of(pipe, window, longest=100))
    assert [line for lines in windows for line in lines] == expected
    assert all(1 <= len(lines) <= window for lines in windows)


def test_a_line_that_is_too_long_is_cut_but_still_too_long() -> None:
    pipe = Pipe([b"x" * 50] * 1000 + [b"\nshort"])
    [long], [short] = windows_of(pipe, 10, longest=100)
    assert 100 < len(long) <= 200
    assert short == b"short"


def test_a_byte_order_mark_is_no_part_of_the_first_post() -> None:
    assert list(windows_of(Pipe([b"\xef\xbb\xbf{}\n{}\n"]), 10, 100)) == [[b"{}", b"{}"]]


def test_a_pipe_gives_the_lines_it_has_before_it_ends() -> None:
    async def first_window(file: Readable) -> list[bytes]:
        return await anext(read_ahead(windows_of(file, 10, 100)))

    out, into = os.pipe()
    with open(out, "rb", buffering=0) as reader, open(into, "wb", buffering=0) as writer:  # noqa: PTH123
        writer.write(b"one\ntwo\nthr")
        assert asyncio.run(first_window(reader)) == [b"one", b"two"]


def test_an_error_while_reading_reaches_who_reads() -> None:
    class Broken:
        def read(self, size: int, /) -> bytes:
            raise OSError("the disk is gone")

    async def read() -> None:
        async for _ in read_ahead(windows_of(Broken(), 10, 100)):
            pass

    with pytest.raises(OSError, match="the disk is gone"):
        asyncio.run(read())


def test_a_file_has_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with whole_file(path) as file:
        file.write(b"one\n")
        assert not path.exists()
    assert path.read_bytes() == b"one\n"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_interrupted_does_not_look_complete_and_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"old")

    def write_half() -> None:
        with whole_file(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_bytes() == b"old"
    assert (tmp_path / "out.jsonl.part").exists()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    with whole_file(link) as file:
        file.write(b"x")
    assert link.is_symlink()
    assert (tmp_path / "real").read_bytes() == b"x"


def test_a_device_is_written_as_it_is() -> None:
    with whole_file(Path(os.devnull)) as file:
        file.write(b"x")
    assert Path(os.devnull).is_char_device()
    assert not Path(os.devnull + ".part").exists()


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"), whole_file(tmp_path / "no" / "out"):
        pass
