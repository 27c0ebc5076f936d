"""A still as a reviewer may see it: re-encoded, grey and blurred unless asked otherwise, boxes drawn into it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageColor, ImageDraw, ImageFilter, ImageFont

from moderation.desk.media.stills import Box, Still

LONGEST = 1024
"""Pixels of the longer side of what is sent."""
THUMBNAIL = 320

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
    for each in boxes:
        left, top, right, bottom = _pixels(each.box, picture.width, picture.height)
        if right - left < 1 or bottom - top < 1:
            continue
        draw.rectangle((left, top, right - 1, bottom - 1), outline=colour, width=line)
        text = str(each.number)
        across = draw.textlength(text, font=font) + size / 2
        x, y = min(left, max(0, picture.width - int(across))), max(0, top - size - 4) if top >= size + 4 else top
        draw.rectangle((x, y, x + across, y + size + 4), fill=colour)
        draw.text((x + size / 4, y + 1), text, fill=_NUMBER, font=font)


def _pixels(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom within the picture, whatever the box says."""
    x, y, across, down = (min(max(part, 0.0), 1.0) for part in box)
    return (
        int(x * width),
        int(y * height),
        min(width, round((x + across) * width)),
        min(height, round((y + down) * height)),
    )
