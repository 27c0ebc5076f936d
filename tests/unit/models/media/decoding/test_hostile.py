"""Any damage to any file: a picture or a typed failure, never anything else."""

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.media.decoding import Decoded
from moderation.errors import DecoderFailed, MediaTooLarge, UndecodableMedia
from tests.unit.models.media.decoding.conftest import Decode
from tests.unit.models.media.decoding.pictures import EVERY_FORMAT, saved, scene
from tests.unit.models.media.decoding.wants import difference, picture


def outcome(decode: Decode, content: bytes) -> Decoded | None:
    """The picture, or None for a file that is refused."""
    try:
        return decode(content)
    except (UndecodableMedia, MediaTooLarge):
        return None
    except DecoderFailed as error:
        # A spoilt header may state a size within the limits that still needs more memory than is allowed.
        if error.reason != "decoder memory":
            raise
        return None


@given(
    name=st.sampled_from(sorted(EVERY_FORMAT)),
    cut=st.one_of(st.none(), st.floats(0, 1)),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=6),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cut_and_flipped_files_are_pictures_or_refused(
    decode: Decode, name: str, cut: float | None, flips: list[tuple[float, int]]
) -> None:
    content = bytearray(EVERY_FORMAT[name])
    if cut is not None:
        del content[int(len(content) * cut) :]
    for place, by in flips if content else ():
        content[int(place * len(content))] ^= by
    outcome(decode, bytes(content))


@given(start=st.sampled_from(sorted(EVERY_FORMAT)), kept=st.integers(12, 40), seed=st.integers(0, 2**32))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_noise_behind_a_true_beginning_is_a_picture_or_refused(
    decode: Decode, start: str, kept: int, seed: int
) -> None:
    outcome(decode, EVERY_FORMAT[start][:kept] + random.Random(seed).randbytes(2_000))


@pytest.mark.parametrize(
    ("format_", "options"),
    [("JPEG", {"quality": 95}), ("JPEG", {"quality": 95, "progressive": True}), ("PNG", {}), ("BMP", {}),
     ("WEBP", {"quality": 95}), ("TIFF", {})],
)  # fmt: skip
def test_a_file_that_ends_too_early_shows_what_there_is_and_says_so(
    decode: Decode, format_: str, options: dict[str, int]
) -> None:
    content = saved(format_, scene(), **options)
    decoded = decode(content[: len(content) * 3 // 4])
    assert decoded.truncated
    # A BMP begins with the lowest row.
    there = slice(-16, None) if format_ == "BMP" else slice(16)
    assert difference(picture(decoded)[there], scene()[there]) < 40


@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_a_file_of_which_nothing_can_be_seen_has_failed(decode: Decode, format_: str) -> None:
    content = saved(format_, scene(960, 640))
    end_of_header = content.find(b"\xff\xda") + 14 if format_ == "JPEG" else content.find(b"IDAT") + 6
    with pytest.raises(UndecodableMedia) as failed:
        decode(content[:end_of_header])
    assert failed.value.reason == "truncated"


def test_what_follows_the_end_of_a_jpeg_is_not_part_of_it(decode: Decode) -> None:
    clip_behind = saved("JPEG", quality=95) + b"\0\0\0\x18ftypmp42" + b"\xff\xda" + bytes(1000)
    assert not decode(clip_behind).truncated


def test_a_thumbnail_is_not_taken_for_the_end_of_a_jpeg(decode: Decode) -> None:
    thumbnail = saved("JPEG", scene(16, 16))
    content = saved("JPEG", scene(), quality=95, exif=b"Exif\0\0" + thumbnail)
    assert decode(content[: len(content) - 200]).truncated


def test_a_wrong_checksum_where_nobody_needs_it_spoils_no_picture(decode: Decode) -> None:
    content = bytearray(saved("PNG", dpi=(72, 72)))
    content[content.find(b"pHYs") + 14] ^= 0xFF
    decoded = decode(bytes(content))
    assert decoded.truncated
    assert difference(picture(decoded), scene()) == 0


def test_a_second_reader_puts_transparent_parts_on_white_too(decode: Decode) -> None:
    pixels = np.dstack([scene(), np.full((64, 96), 128, np.uint8)])
    pixels[:, :48, 3] = 0
    content = bytearray(saved("PNG", pixels, dpi=(72, 72)))
    whole = picture(decode(bytes(content)))
    content[content.find(b"pHYs") + 14] ^= 0xFF
    spoilt = decode(bytes(content))
    assert spoilt.truncated
    assert picture(spoilt)[:, :48].min() == 255
    assert difference(picture(spoilt), whole) < 1
