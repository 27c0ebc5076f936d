"""Which packets of a clip are decoded, and which frames are given: for any clip, within the budgets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.media.clips import ClipLimits
from models.media.clips.choosing import Chooser
from models.media.clips.plan import Plan, gap_ms, plan
from models.media.clips.survey import Clock, Listed, Survey, surveyed

PIXELS = 1280 * 720
LIMITS = ClipLimits()
DARK, BRIGHT = np.zeros((4, 4), np.uint8), np.full((4, 4), 200, np.uint8)


def steady(frames: int, keyframes_every: int, step_ms: int = 40, cuts: Sequence[int] = ()) -> Survey:
    """A clip without B-frames; packets of a cut between keyframes are as large as keyframes."""
    return Survey(
        tuple(
            Listed(n * step_ms, n % keyframes_every == 0, 50_000 if n % keyframes_every == 0 or n in cuts else 4_000)
            for n in range(frames)
        ),
        "complete",
    )


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    steps = draw(st.lists(st.integers(0, 9_000), min_size=1, max_size=200))
    at_ms, packets = 0, []
    for step in steps:
        packets.append(Listed(at_ms, draw(st.booleans()), draw(st.integers(1, 100_000))))
        at_ms += step
    return Survey(tuple(packets), "complete")


def shown(packets: Survey, made: Plan, limits: ClipLimits) -> list[int]:
    """Times of the frames that a decoder without faults gives, of a still picture: none is a change of scene."""
    chooser = Chooser(limits, packets.length_ms, made.spacing_ms)
    times = []
    for run in made.runs:
        targets = list(run.targets)
        for number in range(run.first, run.last + 1):
            at_ms = packets.packets[number].at_ms
            due = bool(targets) and at_ms >= targets[0]
            targets = [target for target in targets if target > at_ms]
            if chooser.wants(at_ms, DARK, key=number == run.first, due=due):
                times.append(at_ms)
    return times


@given(surveys(), st.integers(1, PIXELS * 30))
def test_runs_follow_each_other_from_the_first_packet_to_the_last_within_the_budget(
    survey: Survey, pixels: int
) -> None:
    limits = ClipLimits(gap_pixels=PIXELS * 50, scene_pixels=PIXELS * 10)
    made = plan(survey, limits, pixels)
    assert made.runs[0].first == 0
    for run, following in pairwise(made.runs):
        assert run.first <= run.last < following.first
    between = sum(run.last - run.first for run in made.runs)
    assert between * pixels <= limits.gap_pixels + limits.scene_pixels
    if made.complete:
        assert made.runs[-1].last == len(survey.packets) - 1


@given(st.integers(1, 3000), st.integers(1, 400), st.integers(10, 200))
def test_no_more_than_the_gap_lies_between_frames(frames: int, keyframes_every: int, step_ms: int) -> None:
    survey = steady(frames, keyframes_every, step_ms)
    made = plan(survey, LIMITS, PIXELS)
    if made.complete:
        times = [*shown(survey, made, LIMITS), survey.length_ms]
        assert times[0] == 0
        longest = max((after - before for before, after in pairwise(times)), default=0)
        assert longest <= gap_ms(survey.length_ms, LIMITS) + step_ms


@given(surveys(), st.integers(2, 60))
def test_no_more_frames_are_given_than_allowed(survey: Survey, frames: int) -> None:
    limits = ClipLimits(frames=frames)
    assert len(shown(survey, plan(survey, limits, PIXELS), limits)) <= frames - 1  # one is kept for the last


def test_where_keyframes_are_close_enough_nothing_else_is_decoded_but_the_end() -> None:
    made = plan(steady(1000, 50), LIMITS, PIXELS)
    assert [run.last - run.first for run in made.runs] == [0] * 19 + [49]


def test_a_likely_cut_between_keyframes_is_decoded_up_to_the_cut() -> None:
    runs = plan(steady(1000, 50, cuts=(120, 130)), LIMITS, PIXELS).runs
    assert (runs[2].first, runs[2].last, runs[2].quick) == (100, 130, False)
    assert sum(run.last > run.first for run in runs) == 2


def test_where_the_budget_is_short_all_long_gaps_are_decoded_for_the_same_length() -> None:
    made = plan(steady(1000, 250), replace(LIMITS, gap_pixels=PIXELS * 100), PIXELS)
    assert [run.last - run.first for run in made.runs] == [25, 25, 25, 25]
    assert not made.complete


def test_of_very_large_keyframes_not_all_are_decoded() -> None:
    made = plan(steady(20_000, 25), LIMITS, 36_000_000)
    assert sum(run.first % 25 == 0 for run in made.runs) * 36_000_000 <= LIMITS.keyframe_pixels


def test_a_change_of_scene_is_given_and_a_strobe_does_not_take_everything() -> None:
    chooser = Chooser(LIMITS, 60_000, 500)
    assert chooser.wants(0, DARK, key=True, due=False)
    assert not chooser.wants(40, DARK, key=False, due=False)
    assert chooser.wants(80, BRIGHT, key=False, due=False)
    strobe = [chooser.wants(100 + 40 * n, (DARK, BRIGHT)[n % 2], key=False, due=False) for n in range(100)]
    assert 4 < sum(strobe) < 12


def test_a_pan_is_no_change_of_scene() -> None:
    chooser = Chooser(LIMITS, 60_000, 500)
    given = [chooser.wants(40 * n, np.full((4, 4), 5 * n, np.uint8), key=False, due=False) for n in range(50)]
    assert given == [True] + [False] * 49


@dataclass
class Packet:
    pts: int | None
    dts: int | None
    size: int = 1
    is_keyframe: bool = True


stamps = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(0, 100_000))


@given(st.lists(st.tuples(stamps, stamps), max_size=50), st.fractions(Fraction(1, 10**6), 10))
def test_whatever_the_times_in_a_file_they_become_moments_of_the_clip(
    said: list[tuple[int | None, int | None]], time_base: Fraction
) -> None:
    survey = surveyed([Packet(*times) for times in said], Clock(time_base, 40), LIMITS)
    for packet in survey.packets:
        assert 0 <= packet.at_ms <= LIMITS.seconds * 1000


@pytest.mark.parametrize(
    ("said", "at_ms"),
    [
        ([(0, 0), (40, 40), (80, 80)], [0, 40, 80]),
        ([(500, 500), (540, 540)], [0, 40]),
        ([(-80, -80), (-40, -40), (0, 0)], [0, 40, 80]),
        ([(0, -80), (160, -40), (80, 0), (40, 40)], [0, 160, 80, 40]),  # a B-frame that others refer to
        ([(None, None), (None, None), (None, None)], [0, 40, 80]),
        ([(None, 0), (None, 40)], [0, 40]),
        ([(0, None), (None, None), (90, None)], [0, 40, 90]),
        ([(0, 0), (9_000_000, 9_000_000), (9_000_040, 9_000_040)], [0, 40, 80]),
        ([(5_000, 5_000), (5_040, 5_040), (0, 0), (40, 40)], [0, 40, 80, 120]),
    ],
)
def test_times(said: list[tuple[int | None, int | None]], at_ms: list[int]) -> None:
    clock = Clock(Fraction(1, 1000), 40)
    assert [clock.at(*stamp) for stamp in said] == at_ms
