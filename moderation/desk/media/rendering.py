"""A still as a reviewer may see it: re-encoded, grey and blurred unless asked otherwise, boxes drawn into it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageColor, ImageDraw, ImageFilter, ImageFont

from moderation.desk.media.stills import Box, Still

LONGEST = 1024
"""Pixels of the longer side of what is sent."""
THUMBNAIL = 320

_Area = tuple[int, int, int, int]

_BLUR = 1 / 24
"""Of the longer side: shapes and colours can be told, faces, acts and letters not."""
_FACE_PARTS = 6
"""A face is shown as so many squares across: too few to know anybody by."""
_BOX = "#ffb000"
_NUMBER = "#000000"
_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Look:
    """How much is shown. Everything else is taken out on the server, and never reaches a browser."""

    sharp: bool = False
    colour: bool = False
    faces: bool = False

    def exceeds(self, allowed: "Look") -> bool:
        """Whether it shows anything that `allowed` does not."""
        pairs = ((self.sharp, allowed.sharp), (self.colour, allowed.colour), (self.faces, allowed.faces))
        return any(own and not other for own, other in pairs)


HIDDEN = Look()
"""Blurred, grey, without faces."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A box to draw, and the number that stands beside it in the list of what was found."""

    number: int
    box: Box


def rendered(
    still: Still, look: Look = HIDDEN, boxes: Sequence[Numbered] = (), faces: Sequence[Box] = (), longest: int = LONGEST
) -> bytes:
    """A JPEG with nothing in it but pixels. `faces` are those that are known besides the still's own."""
    picture = Image.frombytes("RGB", (still.width, still.height), still.rgb)
    if not look.faces:
        for face in (*still.faces, *faces):
            _without_face(picture, face)
    picture.thumbnail((longest, longest))
    if not look.colour:
        picture = picture.convert("L").convert("RGB")
    if not look.sharp:
        picture = picture.filter(ImageFilter.GaussianBlur(max(picture.size) * _BLUR))
    _draw(picture, boxes)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()


def _without_face(picture: Image.Image, face: Box) -> None:
    area = _pixels(face, picture.width, picture.height)
    width, height = area[2] - area[0], area[3] - area[1]
    if width < 1 or height < 1:
        return
    part = picture.crop(area).resize((min(width, _FACE_PARTS), min(height, _FACE_PARTS)), Image.Resampling.BOX)
    picture.paste(part.resize((width, height), Image.Resampling.NEAREST), area)


def _draw(picture: Image.Image, boxes: Sequence[Numbered]) -> None:
    draw = ImageDraw.Draw(picture)
    line = max(2, max(picture.size) // 250)
    size = max(12, max(picture.size) // 40)
    font = ImageFont.load_default(size)
    colour = ImageColor.getrgb(_BOX)
    areas = [(each.number, _pixels(each.box, picture.width, picture.height)) for each in boxes]
    areas = [(number, area) for number, area in areas if area[2] > area[0] and area[3] > area[1]]
    for _, (left, top, right, bottom) in areas:
        draw.rectangle((left, top, right - 1, bottom - 1), outline=colour, width=line)
    taken: list[_Area] = []  # numbers come after all boxes, and beside each other: each can be read
    for number, area in areas:
        text = str(number)
        label = (int(draw.textlength(text, font=font) + size / 2), size + 4)
        x, y = _free(area, label, picture.size, taken)
        taken.append((x, y, x + label[0], y + label[1]))
        draw.rectangle(taken[-1], fill=colour)
        draw.text((x + size / 4, y + 1), text, fill=_NUMBER, font=font)


def _free(area: _Area, label: tuple[int, int], picture: tuple[int, int], taken: Sequence[_Area]) -> tuple[int, int]:
    """Where a label covers no other: above its box, else along its upper edge, below it, or on a line further down."""
    (left, top, _, bottom), (across, down) = area, label
    last = max(0, picture[0] - across - 1)
    lines = [top - down, top, bottom, *range(top + down, picture[1], down + 2)]
    for y in lines:
        if not 0 <= y <= picture[1] - down:
            continue
        for x in range(min(left, last), last + 1, across + 2):
            if not any(x <= own[2] and own[0] <= x + across and y <= own[3] and own[1] <= y + down for own in taken):
                return x, y
    return min(left, last), max(0, min(top, picture[1] - down))  # there are more than there is room for


def _pixels(box: Box, width: int, height: int) -> _Area:
    """Left, top, right, bottom within the picture, whatever the box says."""
    x, y, across, down = (min(max(part, 0.0), 1.0) for part in box)
    return (
        int(x * width),
        int(y * height),
        min(width, round((x + across) * width)),
        min(height, round((y + down) * height)),
    )
