"""Which packets of a clip are decoded: every keyframe, and between keyframes no more than is worth it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from models.media.clips.limits import ClipLimits
from models.media.clips.survey import Listed, Survey

_USUAL = 0.8
"""This part of the packets between keyframes is smaller than a usual one of those that others refer to."""
_CUT = 2.5
"""A packet this many times as large as that, ..."""
_INTRA = 0.25
"""... and at least this part of its keyframe, holds a new picture rather than movement: a cut is likely."""

_FOR_KEYFRAMES = 0.75
"""Of all frames; the others are for scene changes."""


@dataclass(frozen=True, slots=True)
class Run:
    """Packets from a keyframe on that are decoded in one go, by their number in the survey, both ends included.

    Of the frames at or after each of `targets` (milliseconds, ascending) the first is given. `quick` leaves out
    frames that no other refers to.
    """

    first: int
    last: int
    targets: tuple[int, ...] = ()
    quick: bool = False


@dataclass(frozen=True)
class Plan:
    """`runs` in the order of the clip. `complete` says that the budget sufficed for the gap rule and the last frame."""

    runs: tuple[Run, ...]
    spacing_ms: float
    complete: bool


@dataclass
class _Group:
    """A keyframe and what follows up to the next one."""

    first: int
    end: int
    needed: int
    targets: tuple[int, ...] = ()
    granted: int = field(init=False)
    cut: int | None = None

    def __post_init__(self) -> None:
        self.granted = self.needed


def spacing_ms(length_ms: int, limits: ClipLimits) -> float:
    """How far apart keyframes must be to be given for that alone."""
    return max(limits.least_seconds * 1000, length_ms / (_FOR_KEYFRAMES * limits.frames))


def gap_ms(length_ms: int, limits: ClipLimits) -> float:
    """How long a clip may go without a frame."""
    return max(limits.gap_seconds * 1000, 2 * spacing_ms(length_ms, limits))


def plan(survey: Survey, limits: ClipLimits, pixels: int) -> Plan:
    """What to decode of a clip whose frames have this many pixels."""
    packets, length = survey.packets, survey.length_ms
    groups = _groups(packets, length, limits, pixels)
    complete = _share_out(groups, limits.gap_pixels // pixels)
    _look_for_cuts(groups, packets, limits.scene_pixels // pixels)
    return Plan(tuple(map(_run, groups)), spacing_ms(length, limits), complete)


def _groups(packets: Sequence[Listed], length: int, limits: ClipLimits, pixels: int) -> list[_Group]:
    least_ms = max(limits.least_seconds * 1000, length * pixels / limits.keyframe_pixels)
    firsts: list[int] = []
    for number, packet in enumerate(packets):
        if not firsts or (packet.key and packet.at_ms - packets[firsts[-1]].at_ms >= least_ms):
            firsts.append(number)
    groups = []
    for first, following in pairwise([*firsts, len(packets)]):
        end = following - 1
        if following == len(packets):
            until, needed = length, end
        else:
            until, needed = packets[following].at_ms, first
        targets = _targets(packets[first].at_ms, until, gap_ms(length, limits))
        if targets and needed == first:
            needed = next((n for n in range(first, end) if packets[n].at_ms >= targets[-1]), end)
        groups.append(_Group(first, end, needed, targets))
    return groups


def _targets(start: int, end: int, gap: float) -> tuple[int, ...]:
    """Moments between the two, evenly spread, so that no more than `gap` lies between any."""
    parts = math.ceil((end - start) / gap)
    return tuple(start + round((end - start) * part / parts) for part in range(1, parts))


def _share_out(groups: Sequence[_Group], budget: int) -> bool:
    """Grant each group the packets that it needs beyond its keyframe; if they are too many, all the same at most."""
    costs = sorted(group.needed - group.first for group in groups)
    if sum(costs) <= budget:
        return True
    left, share = budget, 0
    for place, cost in enumerate(costs):
        share = left // (len(costs) - place)
        if cost > share:
            break
        left -= cost
    for group in groups:
        group.granted = min(group.needed, group.first + share)
    return False


def _look_for_cuts(groups: Sequence[_Group], packets: Sequence[Listed], budget: int) -> None:
    """Go on to the last likely cut of a group, the most likely first, as far as the budget goes."""
    suspects = []
    for group in groups:
        rest = range(group.granted + 1, group.end + 1)
        if group.granted == group.needed and rest and (found := _cuts(packets, group, rest)):
            suspects.append((found[0], group, found[1]))
    for _, group, last in sorted(suspects, key=lambda suspect: (-suspect[0], suspect[1].first)):
        if (cost := last - group.granted) <= budget:
            group.granted = group.cut = last
            budget -= cost


def _cuts(packets: Sequence[Listed], group: _Group, rest: range) -> tuple[float, int] | None:
    """How unlike its group the most suspicious of these packets is, and the number of the last suspicious one."""
    sizes = sorted(packets[number].size for number in range(group.first + 1, group.end + 1) if not packets[number].key)
    usual = sizes[int(_USUAL * len(sizes))] if sizes else 0
    least = max(_CUT * usual, _INTRA * packets[group.first].size)
    found = [number for number in rest if packets[number].key or packets[number].size > least]
    if not found:
        return None
    return max(packets[number].size for number in found) / (usual + 1), found[-1]


def _run(group: _Group) -> Run:
    return Run(group.first, group.granted, group.targets, quick=group.cut is None)
