"""Nothing that a process says of a clip is believed."""

import json
import mmap

import pytest

from models.media.clips.wire import info_read, slice_read
from models.media.decoding import Fit, Wanted
from models.media.decoding.wire import BadAnswer
from moderation.errors import UndecodableMedia

WANTED = Wanted({"picture": Fit(8)}, frames=2)
INFO = {
    "container": "mov",
    "codec": "h264",
    "width": 80,
    "height": 60,
    "length_ms": 1000,
    "has_audio": False,
    "videos": 1,
}
FRAME = {"at_ms": 40, "shapes": [[6, 8]]}
SLICE = {"frames": [FRAME], "ended": None}


def space() -> memoryview:
    return memoryview(mmap.mmap(-1, 400))


def test_a_true_answer_is_read() -> None:
    assert info_read(json.dumps(INFO).encode()).codec == "h264"
    part = slice_read(json.dumps(SLICE).encode(), space(), WANTED)
    assert part.frames[0].pictures["picture"].shape == (6, 8, 3)
    assert slice_read(b'{"frames": [], "ended": "complete"}', space(), WANTED).ended == "complete"


@pytest.mark.parametrize(
    "change",
    [
        {"container": "hls"},
        {"codec": "<script>"},
        {"width": 0},
        {"height": "60"},
        {"length_ms": -1},
        {"length_ms": 1e300},
        {"videos": None},
    ],
)
def test_what_is_said_of_a_clip_must_make_sense(change: dict[str, object]) -> None:
    with pytest.raises(BadAnswer):
        info_read(json.dumps(INFO | change).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"ended": "never"},
        {"frames": [FRAME] * 3},
        {"frames": [{"at_ms": -1, "shapes": [[6, 8]]}]},
        {"frames": [{"at_ms": 0, "shapes": [[6, 9]]}]},
        {"frames": [{"at_ms": 0, "shapes": []}]},
        {"frames": None},
    ],
)
def test_what_is_said_of_a_slice_must_make_sense(change: dict[str, object]) -> None:
    with pytest.raises(BadAnswer):
        slice_read(json.dumps(SLICE | change).encode(), space(), WANTED)


def test_a_failure_that_is_told_is_raised() -> None:
    with pytest.raises(UndecodableMedia) as failed:
        info_read(b'{"failed": "not a video", "message": "sound only"}')
    assert failed.value.reason == "not a video"
    with pytest.raises(BadAnswer):
        info_read(b'{"failed": "unreachable", "message": ""}')
