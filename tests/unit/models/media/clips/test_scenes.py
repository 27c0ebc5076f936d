"""What is put between keyframes is seen: a cut that the encoder made no keyframe of, however short the scene."""

import pytest

from tests.unit.models.media.clips.clips import FPS, clip, scene
from tests.unit.models.media.clips.conftest import Reads
from tests.unit.models.media.decoding.wants import difference


@pytest.mark.parametrize(
    ("container", "codec", "options"),
    [
        ("mp4", "libx264", ()),
        ("mp4", "libx264", (("preset", "medium"), ("x264-params", "no-scenecut=1"))),
        ("webm", "libvpx", ()),
        ("avi", "mpeg4", (("sc_threshold", "1000000000"),)),
        ("mpegts", "mpeg2video", (("sc_threshold", "1000000000"),)),
    ],
)
@pytest.mark.parametrize("length", [1, 10])
def test_another_scene_between_keyframes_is_seen(
    read: Reads, container: str, codec: str, options: tuple[tuple[str, str], ...], length: int
) -> None:
    cuts = (70, 70 + length)
    seen = read(clip(container, codec, 150, keyframes_every=50, cuts=cuts, options=options))
    others = [
        frame.at_ms
        for frame in seen.frames
        if difference(frame.pictures["picture"], scene(round(frame.at_ms * FPS / 1000), other=True)) < 20
    ]
    assert others
    assert all(abs(at_ms * FPS / 1000 - (70 + (length - 1) / 2)) <= length / 2 + 1 for at_ms in others)


def test_a_clip_without_cuts_gives_keyframes_and_its_end_only(read: Reads) -> None:
    assert read(clip("avi", "mpeg4", 150, keyframes_every=50)).times == [0, 2000, 4000, 5960]
