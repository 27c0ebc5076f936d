"""Animations: which frames are kept, when they appear, and where looking ends."""

import asyncio
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from models.media.decoding import Decoder, Fit, Limits, Wanted
from models.media.decoding.frames import Sample
from tests.unit.models.media.decoding.conftest import Decode
from tests.unit.models.media.decoding.pictures import animation, saved, scene
from tests.unit.models.media.decoding.wants import picture

PIXEL = np.zeros((1, 1, 3), np.uint8)


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP", "AVIF"])
def test_frames_come_with_the_times_at_which_they_appear(decode: Decode, format_: str) -> None:
    decoded = decode(animation(format_, [10, 90, 180], [100, 200, 300]))
    assert decoded.frame_count == 3
    assert [frame.at_ms for frame in decoded.frames] == [0, 100, 300]
    greys = [int(picture(decoded, index)[5, 5, 0]) for index in range(3)]
    assert greys == pytest.approx([10, 90, 180], abs=3)


def test_only_the_first_frame_is_decoded_where_one_is_wanted(decode: Decode) -> None:
    decoded = decode(animation("GIF", [10, 90], [100, 100]), Wanted({"picture": Fit(128)}, frames=1))
    assert len(decoded.frames) == 1
    assert not decoded.truncated


def test_pages_of_a_tiff_are_frames_without_times(decode: Decode) -> None:
    decoded = decode(animation("TIFF", [10, 90, 180], [0, 0, 0]))
    assert [frame.at_ms for frame in decoded.frames] == [0, 0, 0]
    assert picture(decoded, 2)[0, 0, 0] == 180


def test_an_animation_beyond_the_limits_is_cut_and_says_so() -> None:
    long = animation("GIF", [index % 250 for index in range(40)], [100] * 40)
    cuts = [Limits(frames=10), Limits(animation_pixels=10 * 16 * 12)]
    for limits in cuts:
        with Decoder(limits, processes=1) as decoder:
            decoded = asyncio.run(decoder.decode(long, Wanted({"picture": Fit(16)})))
        assert (decoded.frame_count, decoded.truncated) == (10, True)
        assert decoded.frames[-1].at_ms == 900


@pytest.mark.parametrize("format_", ["GIF", "PNG"])
def test_an_animation_that_ends_too_early_keeps_the_frames_before(decode: Decode, format_: str) -> None:
    # Noise, so that the frames take the file's bytes evenly.
    noise = np.random.default_rng(1).integers(0, 255, (6, 40, 40, 3), np.uint8)
    frames = [Image.fromarray(frame) for frame in noise]
    content = saved(format_, frames[0], save_all=True, append_images=frames[1:], duration=100)
    decoded = decode(content[: len(content) * 2 // 3])
    assert decoded.truncated
    assert 1 <= len(decoded.frames) < 6


@given(
    shown=st.lists(st.integers(0, 1000), min_size=1, max_size=200),
    most=st.integers(1, 12),
)
def test_the_first_the_last_and_the_longest_are_kept_and_the_rest_is_spread(shown: list[int], most: int) -> None:
    sample = Sample(most)
    for each in shown:
        sample.add(PIXEL, each)
    kept = [still.index for still in sample.kept()]
    assert kept == sorted(set(kept))
    assert kept[0] == 0
    assert len(kept) <= most
    assert sample.count == len(shown)
    if len(shown) <= most - 2:
        assert kept == list(range(len(shown)))
    if most >= 2:
        assert kept[-1] == len(shown) - 1
    if most >= 3:
        seen = [100 if each <= 10 else each for each in shown]
        assert seen.index(max(seen)) in kept
    if most >= 5:
        widest = max((after - before for before, after in itertools.pairwise(kept)), default=0)
        assert widest <= 4 * len(shown) / (most - 2) + 1
    assert all(still.at_ms == sum(100 if each <= 10 else each for each in shown[: still.index])
               for still in sample.kept())  # fmt: skip


def test_a_still_is_one_frame(decode: Decode) -> None:
    assert len(decode(saved("PNG", scene())).frames) == 1
