"""What of a picture reaches a reviewer's browser."""

import io

import numpy as np
import pytest
from PIL import Image

from moderation.desk.media.rendering import HIDDEN, Look, Numbered, rendered
from moderation.desk.media.stills import Box, Still

SHARP = Look(sharp=True, colour=True, faces=True)


def _stripes(width: int = 480, height: int = 360) -> Still:
    """Coloured stripes of eight pixels: fine detail."""
    across = (np.arange(width) // 8 % 2)[None, :].repeat(height, 0)
    picture = np.stack([across * 255, 255 - across * 255, np.zeros_like(across)], axis=2).astype(np.uint8)
    return Still(width, height, picture.tobytes(), faces=((0.25, 0.25, 0.25, 0.25),))


def _seen(still: Still, *args: object, **more: object) -> np.ndarray:
    picture = Image.open(io.BytesIO(rendered(still, *args, **more)))  # type: ignore[arg-type]
    assert picture.format == "JPEG"
    assert not picture.getexif()
    return np.asarray(picture.convert("RGB")).astype(int)


def test_unless_asked_for_a_picture_is_grey_and_its_details_are_gone() -> None:
    shown = _seen(_stripes(), HIDDEN)
    assert np.abs(shown[..., 0] - shown[..., 1]).max() <= 2
    middle = shown[100:260, 100:380, 0]
    assert middle.max() - middle.min() < 30
    assert _seen(_stripes(), SHARP)[100:260, 100:380, 0].std() > 60


def test_sharp_and_in_colour_a_face_is_still_unknowable() -> None:
    look = Look(sharp=True, colour=True)
    shown = _seen(_stripes(), look)
    assert shown[100:170, 130:230, 0].std() < 40 < shown[200:340, 10:100, 0].std()
    known = _seen(_stripes(), look, (), [(0.0, 0.6, 0.2, 0.3)])
    assert known[230:310, 10:80, 0].std() < 40


def test_boxes_are_drawn_after_blurring_and_whatever_they_say_within_the_picture() -> None:
    boxes = [Numbered(1, (0.5, 0.5, 0.25, 0.25)), Numbered(2, (-3.0, 0.9, 99.0, 99.0)), Numbered(3, (2.0, 2.0, 0, 0))]
    plain, drawn = _seen(_stripes()), _seen(_stripes(), HIDDEN, boxes)
    assert drawn.shape == plain.shape
    assert (np.abs(drawn - plain).max(axis=2) > 60).sum() > 500
    assert np.abs(drawn[20:100, 20:100] - plain[20:100, 20:100]).max() < 25


@pytest.mark.parametrize("box", [(0.4, 0.4, 0.3, 0.1), (0.0, 0.0, 1.0, 1.0), (0.9, 0.95, 0.1, 0.05)])
def test_the_numbers_of_boxes_in_one_place_can_all_be_read(box: Box) -> None:
    def amber(*boxes: Numbered) -> int:
        shown = _seen(Still(480, 360, bytes(480 * 360 * 3)), HIDDEN, boxes)
        return int(((shown[..., 0] > 200) & (shown[..., 2] < 80)).sum())

    lines = amber(Numbered(1, box))
    label = 90  # pixels at the least of its paper that no digit covers
    assert amber(*(Numbered(number, box) for number in range(1, 6))) - lines > 4 * label


def test_no_picture_is_sent_larger_than_agreed() -> None:
    still = Still(3000, 10, bytes(3000 * 10 * 3))
    assert max(_seen(still, SHARP).shape) == 1024
