"""From the signals of a clip's frames to those of the clip."""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.video.pooling import (
    APART_MS,
    PEAKS,
    THUMBNAILS,
    TIMELINE,
    TOP,
    WORTH_SHOWING,
    Moment,
    Pool,
    Pooled,
    top_mean,
)
from moderation.events import Evidence

Frames = list[tuple[int, dict[str, float]]]

signals = st.dictionaries(st.sampled_from(["weapon", "text.hate", "faces"]), st.floats(0, 1), max_size=3)
frames = st.lists(st.tuples(st.integers(0, 900_000), signals), max_size=150)


def pooled(of: Frames) -> Pooled:
    pool = Pool("clip-1")
    for at_ms, values in of:
        pool.add(at_ms, values)
    return pool.pooled()


@given(frames)
def test_a_clip_is_as_high_as_its_highest_frame_and_its_top_mean_no_higher(of: Frames) -> None:
    clip = pooled(of)
    assert (
        set(clip.highest) == set(clip.top_mean) == set(clip.timeline) == {name for _, values in of for name in values}
    )
    for name, highest in clip.highest.items():
        values = sorted((frame[name] for _, frame in of if name in frame), reverse=True)
        assert highest == values[0]
        agree = min(TOP, math.ceil(len(values) / 3))
        assert clip.top_mean[name] == pytest.approx(sum(values[:agree]) / agree)


@given(frames, st.randoms())
def test_the_order_in_which_frames_come_makes_no_difference(of: Frames, chance: random.Random) -> None:
    shuffled = list(of)
    chance.shuffle(shuffled)
    assert pooled(shuffled) == pooled(of)


@given(frames)
def test_a_timeline_is_bounded_in_the_order_of_the_clip_and_keeps_the_peak(of: Frames) -> None:
    clip = pooled(of)
    for name, moments in clip.timeline.items():
        there = {(at_ms, values[name]) for at_ms, values in of if name in values}
        assert len(moments) <= TIMELINE
        assert all(before.at_ms <= after.at_ms for before, after in pairwise(moments))
        assert {(moment.at_ms, moment.value) for moment in moments} <= there
        assert max(moment.value for moment in moments) == clip.highest[name]


@given(frames)
def test_evidence_is_of_the_highest_moments_some_time_apart(of: Frames) -> None:
    clip = pooled(of)
    for name, highest in clip.highest.items():
        shown = [evidence for evidence in clip.evidence if evidence.signal == name]
        assert len(shown) <= PEAKS
        assert (highest >= WORTH_SHOWING) == bool(shown)
        if shown:
            assert shown[0].value == highest
        times = sorted(evidence.at_ms for evidence in shown if evidence.at_ms is not None)
        assert all(after - before >= APART_MS for before, after in pairwise(times))
        assert all(evidence.media_id == "clip-1" for evidence in shown)


@given(frames)
def test_thumbnails_are_of_frames_that_there_are_and_show_the_highest_moments(of: Frames) -> None:
    clip = pooled(of)
    times = {at_ms for at_ms, _ in of}
    assert set(clip.thumbnails) <= times
    assert len(clip.thumbnails) <= THUMBNAILS
    assert list(clip.thumbnails) == sorted(set(clip.thumbnails))
    assert {evidence.at_ms for evidence in clip.evidence} <= set(clip.thumbnails)
    assert not times or clip.thumbnails


def test_what_a_frame_shows_for_its_score_is_the_evidence_with_its_time() -> None:
    pool = Pool("clip-1")
    box = Evidence(signal="weapon", value=0.9, box=(0.1, 0.1, 0.5, 0.5))
    pool.add(0, {"weapon": 0.1})
    pool.add(4_000, {"weapon": 0.9, "faces": 0.0}, [box, Evidence(signal="faces", value=0.0)])
    assert pool.pooled().evidence == (box.model_copy(update={"media_id": "clip-1", "at_ms": 4_000}),)


def test_a_short_scene_counts_in_full_and_one_frame_by_itself_does_not() -> None:
    calm = [(n * 1000, {"weapon": 0.01}) for n in range(200)]
    scene = [(n, {"weapon": 0.9}) for n in (50_100, 50_600, 51_100)]
    assert pooled(calm + scene).top_mean["weapon"] == pytest.approx(0.9)
    assert pooled(calm + scene[:1]).top_mean["weapon"] < 0.4
    assert pooled(scene[:1]).top_mean["weapon"] == pytest.approx(0.9)


def test_a_frame_without_a_signal_says_nothing_about_it() -> None:
    silent: Frames = [(n * 1000, {}) for n in range(100)]
    assert pooled([*silent, (500, {"text.hate": 0.8})]).top_mean == {"text.hate": 0.8}


def test_a_clip_without_frames_has_no_signals() -> None:
    assert pooled([]) == Pooled({}, {}, {}, (), ())


def test_neighbours_on_a_timeline_are_told_by_the_highest() -> None:
    clip = pooled([(n, {"weapon": (n % 10) / 10}) for n in range(TIMELINE * 10)])
    assert clip.timeline["weapon"] == tuple(Moment(n * 10 + 9, 0.9) for n in range(TIMELINE))


@given(st.lists(st.floats(0, 1), min_size=1))
def test_a_top_mean_lies_between_the_mean_and_the_maximum(values: list[float]) -> None:
    assert sum(values) / len(values) - 1e-9 <= top_mean(values) <= max(values) + 1e-9
