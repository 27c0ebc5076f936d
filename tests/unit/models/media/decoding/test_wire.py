"""Nothing that a decoding process says is believed."""

import json
import mmap

import pytest

from models.media.decoding import Exact, Fit, Wanted
from models.media.decoding.wire import BadAnswer, read
from moderation.errors import UndecodableMedia

WANTED = Wanted({"picture": Fit(8), "model": Exact(4, 4)}, frames=2)
FRAME = {"at_ms": 0, "shapes": [[6, 8], [4, 4]]}
TRUE = {"format": "png", "width": 80, "height": 60, "frame_count": 1, "truncated": False, "frames": [FRAME]}


def answer(**changes: object) -> bytes:
    return json.dumps(TRUE | changes).encode()


def space() -> memoryview:
    return memoryview(mmap.mmap(-1, 400))


def test_a_true_answer_is_read() -> None:
    decoded = read(answer(), space(), WANTED)
    assert {name: pixels.shape for name, pixels in decoded.frames[0].pictures.items()} == {
        "picture": (6, 8, 3),
        "model": (4, 4, 3),
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"failed": "whatever", "message": ""}',
        b'{"failed": "damaged"}',
        b'{"failed": [], "message": ""}',
        b'{"failed": "damaged", "message": 7}',
        answer(format="exe"),
        answer(width=-1),
        answer(width=1.5),
        answer(width=True),
        answer(height=10**30),
        answer(frames=[]),
        answer(frames=[FRAME] * 3, frame_count=3),
        answer(frame_count=0),
        answer(frames=[FRAME | {"at_ms": -5}]),
        answer(frames=[FRAME | {"shapes": [[6, 8]]}]),
        answer(frames=[FRAME | {"shapes": [[6, 9], [4, 4]]}]),
        answer(frames=[FRAME | {"shapes": [[6, 8], [5, 4]]}]),
        answer(frames=[FRAME | {"shapes": [[0, 0], [4, 4]]}]),
        answer(frames=[FRAME | {"shapes": "none"}]),
        answer(frames=[FRAME, FRAME]),
        answer(frames={"0": FRAME}),
    ],
)
def test_an_answer_that_cannot_be_is_no_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        read(body, space(), WANTED)


def test_a_message_is_short_and_can_be_printed() -> None:
    body = json.dumps({"failed": "damaged", "message": "a\x1b[31m\u202e" + "x" * 1000}).encode()
    with pytest.raises(UndecodableMedia) as failed:
        read(body, space(), WANTED)
    assert str(failed.value).isprintable()
    assert len(str(failed.value)) <= 300
