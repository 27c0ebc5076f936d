"""The pictures and the clip of the sample posts, drawn here: nothing of them is anybody else's, and nobody is in them.

`python -m moderation.samples.pictures` draws them anew into `posts.jsonl`. There is none of a weapon: the picture model
knows photographs of hand-guns and cannons, and what it says of drawings is chance.
"""

import base64
import io
import re
from collections.abc import Callable

import av
import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from moderation import samples

PHISHING = "http://parcel-fees.example.com/pay?id=771"
HATEFUL = ("Immigrants are vermin.", "They should all be thrown", "out of the country.")
FRIENDLY = ("Good morning!", "The bakery opens at seven.")

_INK = "#2b2118"
_PAPER = "#fbf3dc"
_COLOURS = 32


def tomatoes() -> bytes:
    """A tomato plant in its pot before a balcony's railing, as PNG."""
    picture, draw = _blank("#cfe6f5", (320, 240))
    draw.rectangle((0, 170, 320, 240), "#b9a58a")
    for x in range(10, 320, 34):
        draw.rectangle((x, 90, x + 6, 172), "#5d6770")
    draw.rectangle((0, 82, 320, 92), "#5d6770")
    draw.polygon([(110, 168), (210, 168), (196, 228), (124, 228)], "#b4552d")
    draw.rectangle((104, 158, 216, 172), "#c8683c")
    draw.line([(160, 160), (156, 110), (164, 30)], "#3c7a34", 5)
    for x, y in ((120, 60), (196, 70), (124, 118), (204, 126), (160, 28)):
        draw.line([(160, y + 12), (x, y)], "#3c7a34", 3)
        draw.ellipse((x - 26, y - 12, x + 26, y + 10), "#4f9a45")
    for x, y, radius in ((128, 88, 15), (188, 98, 17), (142, 136, 14), (184, 52, 12), (200, 148, 13)):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), "#d22f27")
        draw.ellipse((x - radius // 2, y - radius // 2, x - radius // 5, y - radius // 5), "#f3a39b")
        draw.line([(x - 6, y - radius), (x, y - radius + 4), (x + 6, y - radius)], "#2f6a2a", 3)
    return _png(picture)


def nobody() -> bytes:
    """A face of a few strokes, which is no person's, as PNG."""
    picture, draw = _blank("#dfe4c8", (200, 200))
    draw.ellipse((30, 25, 170, 180), "#f0c8a0", _INK, 4)
    for x in (72, 128):
        draw.ellipse((x - 9, 78, x + 9, 96), _INK)
    draw.line([(100, 95), (92, 122), (104, 124)], _INK, 4)
    draw.arc((70, 105, 130, 155), 20, 160, _INK, 5)
    return _png(picture)


def poster(lines: tuple[str, ...]) -> bytes:
    """A few words on paper, as PNG: what they say stands in the picture only."""
    picture, draw = _blank(_PAPER, (420, 60 + 44 * len(lines)))
    draw.rectangle((8, 8, picture.width - 9, picture.height - 9), outline=_INK, width=3)
    for number, line in enumerate(lines):
        draw.text((picture.width / 2, 52 + 44 * number), line, _INK, ImageFont.load_default(28), anchor="mm")
    return _png(picture)


def code(content: str) -> bytes:
    """A QR code, as PNG."""
    modules = np.asarray(cv2.QRCodeEncoder.create().encode(content))
    framed = np.pad(modules, 4, constant_values=255)
    return _png(Image.fromarray(framed).resize((6 * framed.shape[1], 6 * framed.shape[0]), Image.Resampling.NEAREST))


def broken() -> bytes:
    """A PNG that ends where its pixels should begin."""
    return tomatoes()[:48]


def waterfall() -> bytes:
    """Water that falls between two rocks for three seconds, as MP4 without sound."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as clip:
        stream = clip.add_stream("libx264", rate=8, options={"crf": "30", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(24):
            clip.mux(stream.encode(av.VideoFrame.from_image(_water(number))))
        clip.mux(stream.encode())
    return file.getvalue()


def _water(moment: int) -> Image.Image:
    picture, draw = _blank("#8d9a86", (160, 120))
    draw.rectangle((0, 0, 160, 30), "#cfe6f5")
    draw.polygon([(0, 30), (60, 22), (66, 110), (0, 120)], "#5d6a55")
    draw.polygon([(160, 28), (100, 22), (96, 110), (160, 120)], "#566350")
    draw.rectangle((62, 24, 98, 100), "#dfeef2")
    for strand in range(5):
        x, y = 66 + 7 * strand, 24 + (16 * strand + 4 * moment) % 76
        draw.line([(x, y), (x, min(y + 12, 100))], "#9cc4d4", 2)
    draw.ellipse((40, 92, 122, 116), "#bcd9e2")
    return picture


DRAWN: dict[str, Callable[[], bytes]] = {
    "image-01-a": tomatoes,
    "image-02-a": nobody,
    "image-03-a": lambda: poster(HATEFUL),
    "image-04-a": lambda: code(PHISHING),
    "image-05-a": broken,
    "image-06-a": lambda: poster(FRIENDLY),
    "video-01-a": waterfall,
}
"""media_id -> what draws it."""


def redraw() -> None:
    """Put all of them into the sample posts; whatever else stands there stays as it is, to the byte."""
    text = samples.PATH.read_text(encoding="utf-8")
    for media_id, draw in DRAWN.items():
        item = rf'("media_id": "{media_id}", "kind": "[a-z]+", "content": ")[^"]*'
        text, found = re.subn(item, lambda begun, draw=draw: begun[1] + base64.b64encode(draw()).decode(), text)  # type: ignore[misc]
        if found != 1:
            raise ValueError(f"{samples.PATH} has {found} media items {media_id}")
    samples.PATH.write_text(text, encoding="utf-8")


def _blank(colour: str, size: tuple[int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", size, colour)
    return picture, ImageDraw.Draw(picture)


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.quantize(_COLOURS).save(file, "PNG", optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    redraw()
