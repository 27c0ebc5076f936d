"""Reading pictures: what is written is read, wherever and however it stands, from the package's own models alone."""

import logging
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import rapidocr
from PIL import Image, ImageDraw

from models.image.reading import Reader, Writing
from models.image.reading.engine import Engine
from models.media.decoding.decoded import Pixels
from moderation.errors import ModelError
from moderation.settings import Settings
from tests.unit.models.image.drawn import page, pixels

SENTENCE = "you people are\nall vermin and\nshould leave"
LINES = SENTENCE.split("\n")


def words(writing: Writing) -> list[str]:
    return [line.text for line in writing.lines]


@pytest.mark.parametrize("size", [12, 16, 28, 60])
def test_letters_of_many_sizes_are_read(reader: Reader, size: int) -> None:
    assert words(reader.read(pixels(page((50, 80, SENTENCE), size=size, of=(700, 400))))) == LINES


@pytest.mark.parametrize(
    ("ink", "paper"), [("white", "black"), ("yellow", "#2040a0"), ("#b02020", "#e0e0c0"), ("#808080", "white")]
)
def test_colours_do_not_matter(reader: Reader, ink: str, paper: str) -> None:
    assert words(reader.read(pixels(page((50, 80, SENTENCE), ink=ink, paper=paper)))) == LINES


@pytest.mark.parametrize("degrees", [90, 180, 270, 12, -20])
def test_a_picture_that_is_turned_or_tilted_is_read_in_order(reader: Reader, degrees: int) -> None:
    turned = page((150, 120, SENTENCE), size=30).rotate(degrees, Image.Resampling.BICUBIC, True, fillcolor="white")
    writing = reader.read(pixels(turned))
    assert words(writing) == LINES
    assert [line.row for line in writing.lines] == [0, 1, 2]


def test_a_long_line_is_not_taken_for_one_upside_down(reader: Reader) -> None:
    line = "markers are pixels that we can label unambiguously as either object or"
    assert words(reader.read(pixels(page((20, 100, line), size=22, of=(820, 300))))) == [line]


def test_boxes_are_where_the_lines_are(reader: Reader) -> None:
    (line,) = reader.read(pixels(page((300, 200, "hello there"), size=40, of=(1000, 500)))).lines
    x, y, width, height = line.box
    assert (x, y) == pytest.approx((0.3, 0.41), abs=0.03)
    assert (width, height) == pytest.approx((0.21, 0.08), abs=0.04)
    assert line.confidence > 0.9


def test_what_stands_apart_is_apart(reader: Reader) -> None:
    lines = reader.read(
        pixels(page((40, 20, "when you see"), (40, 50, "the bill"), (40, 350, "and it is not yours")))
    ).lines
    assert [(line.text, line.block, line.row) for line in lines] == [
        ("when you see", 0, 0),
        ("the bill", 0, 1),
        ("and it is not yours", 1, 0),
    ]


def test_a_page_of_many_lines_is_read_whole(reader: Reader) -> None:
    said = [f"line number {number} of the page" for number in range(10, 34)]
    lines = reader.read(pixels(page((30, 20, "\n".join(said)), size=18, of=(400, 640))))
    assert words(lines) == said


def test_of_more_than_can_be_read_in_time_the_large_letters_and_the_top_are_read(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.image.reading.bounds._LONGEST", 150)
    picture = page((20, 800, "READ THIS FIRST"), size=60, of=(1024, 1024))
    small = "\n".join(f"line {number} " + "of very small print on this page, " * 5 for number in range(10, 34))
    picture.paste(page((20, 5, small), size=10, of=(1024, 400)))
    lines = words(reader.read(pixels(picture)))
    assert lines[-1] == "READ THIS FIRST"
    assert lines[0].startswith("line 10")
    assert 3 < len(lines) < 10


def test_where_nothing_is_written_nothing_is_read(reader: Reader) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    assert words(reader.read(noise)) == []
    assert words(reader.read(np.full((600, 800, 3), 200, np.uint8))) == []


def scrawl(*, size: int = 40) -> Pixels:
    """Two lines as of a script that nobody here was taught: even strokes and bows, standing in words."""
    picture = Image.new("RGB", (700, 300), "white")
    pencil = ImageDraw.Draw(picture)
    chance = np.random.default_rng(5)
    for top in (80, 80 + 2 * size):
        for place in range(12):
            x = 60 + place * size + (place // 4) * size // 2
            for _ in range(3):
                a, b = sorted(chance.integers(0, size, 2).tolist())
                pencil.arc((x, top, x + size - 6, top + size), int(chance.integers(0, 360)), a * 9, "black", size // 8)
                pencil.line((x + a % (size - 8), top, x + b % (size - 8), top + size), "black", size // 10)
    return pixels(picture)


def test_writing_that_cannot_be_read_is_told_from_none(reader: Reader) -> None:
    writing = reader.read(scrawl())
    assert len(writing.illegible) >= 1
    assert all(width > 0.3 and height < 0.4 for _, _, width, height in writing.illegible)
    read = reader.read(pixels(page((50, 80, SENTENCE), of=(700, 400))))
    assert list(read.illegible) == []
    assert list(reader.read(np.full((300, 400, 3), 90, np.uint8)).illegible) == []


def test_a_letter_alone_is_left_out_but_not_one_of_a_text(reader: Reader) -> None:
    assert words(reader.read(pixels(page((200, 150, "K"), size=60)))) == []
    assert words(reader.read(pixels(page((200, 100, "A\nfine\nday"), size=40)))) == ["A", "fine", "day"]


@pytest.mark.parametrize("shape", [(0, 0), (0, 9), (1, 1), (2, 900), (900, 2), (31, 33)])
def test_a_picture_may_be_of_any_size(reader: Reader, shape: tuple[int, int]) -> None:
    assert words(reader.read(np.full((*shape, 3), 90, np.uint8))) == []


def test_a_banner_and_a_huge_picture_are_read(reader: Reader) -> None:
    assert words(reader.read(pixels(page((10, 2, "hello over there"), size=20, of=(1000, 30))))) == ["hello over there"]
    assert words(reader.read(pixels(page((400, 900, "hello"), size=200, of=(3000, 2200))))) == ["hello"]


def test_threads_read_as_one_does(reader: Reader) -> None:
    pictures = [pixels(page((50, 80, f"number {n}\nof eight"), of=(300, 200))) for n in range(8)]
    alone = [reader.read(picture) for picture in pictures]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(reader.read, pictures)) == alone


def test_only_the_files_of_the_package_are_used_and_nothing_is_logged(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    with caplog.at_level(logging.DEBUG, "RapidOCR"):
        logging.getLogger("RapidOCR").setLevel(logging.WARNING)
        reader = Reader(Settings(provider="cpu", sessions=1))
        assert words(reader.read(pixels(page((50, 80, "hello"))))) == ["hello"]
    assert capfd.readouterr() == ("", "")
    assert not [each for each in caplog.records if each.name == "RapidOCR"]


def test_a_model_that_is_missing_or_changed_is_an_error_not_a_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "socket", None)
    with pytest.raises(ModelError, match=r"det_small\.onnx: cannot be read: No such file.*install that again"):
        Engine(models=tmp_path)
    for file in (Path(rapidocr.__file__).parent / "models").glob("*.onnx"):
        shutil.copy(file, tmp_path)
    next(tmp_path.glob("*rec*")).write_bytes(b"another model")
    with pytest.raises(ModelError, match=r"rec_small\.onnx: not the file that rapidocr published"):
        Engine(models=tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_each_session_has_one_thread_and_a_gpu_is_asked_for_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, int, int, Any]] = []

    def session(path: str, sess_options: Any, providers: Any) -> Any:
        threads = sess_options.intra_op_num_threads, sess_options.inter_op_num_threads
        asked.append((Path(path).name, *threads, providers))
        return onnxruntime.InferenceSession(path, sess_options, providers=["CPUExecutionProvider"])

    both = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    ours = "rapidocr.inference_engine.onnxruntime"
    monkeypatch.setattr(f"{ours}.main.InferenceSession", session)
    monkeypatch.setattr(f"{ours}.provider_config.get_available_providers", lambda: both)
    monkeypatch.setattr(f"{ours}.provider_config.get_device", lambda: "GPU")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: both)
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None)
    with pytest.raises(ModelError, match="asked for provider 'cuda', got 'cpu'"):
        Reader(Settings(provider="cuda", provider_fallback=False))
    assert [name for name, *_ in asked] == ["PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"]
    for _, within, between, providers in asked:
        assert (within, between) == (1, 1)
        assert [name for name, _ in providers] == both
        assert providers[0][1]["cudnn_conv_algo_search"] == "HEURISTIC"
    asked.clear()
    assert Reader(Settings(provider="cpu", sessions=1)).providers == ("cpu", "cpu")
    assert [name for name, _ in asked[0][3]] == ["CPUExecutionProvider"]
