"""Pictures with something to be seen in them, drawn for tests."""

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from models.media.decoding.decoded import Pixels


def page(*texts: tuple[int, int, str], size: int = 24, of: tuple[int, int] = (600, 400), ink: str = "black",
         paper: str = "white") -> Image.Image:  # fmt: skip
    """Texts, each at its x and y in pixels."""
    picture = Image.new("RGB", of, paper)
    pencil = ImageDraw.Draw(picture)
    for x, y, text in texts:
        pencil.multiline_text((x, y), text, fill=ink, font=ImageFont.load_default(size))
    return picture


def code(payload: str, kind: str = "QRCode", scale: int = 4) -> Image.Image:
    """A code as it is printed, with its margin."""
    drawn = zxingcpp.create_barcode(payload, getattr(zxingcpp.BarcodeFormat, kind)).to_image(scale=scale)
    return Image.fromarray(np.pad(np.array(drawn), 4 * scale, constant_values=255)).convert("RGB")


def face(size: int = 200, wall: int = 90) -> Image.Image:
    """Somebody's: of `size` x 0.75 of it in a picture twice as wide, in the middle."""
    picture = Image.new("L", (2 * size, 3 * size // 2), wall)
    pencil = ImageDraw.Draw(picture)

    def oval(left: int, top: int, right: int, bottom: int, shade: int) -> None:
        pencil.ellipse([side * size / 200 for side in (left, top, right, bottom)], fill=shade)

    def bar(left: int, top: int, right: int, bottom: int, shade: int) -> None:
        pencil.rectangle([side * size / 200 for side in (left, top, right, bottom)], fill=shade)

    oval(95, 30, 305, 290, 40)  # hair
    oval(120, 50, 280, 280, 190)
    bar(120, 40, 280, 85, 40)
    for left in (140, 212):
        oval(left, 118, left + 48, 142, 90)
        oval(left + 14, 122, left + 34, 140, 30)
        bar(left - 2, 102, left + 50, 112, 70)
    bar(182, 188, 218, 194, 120)
    oval(165, 215, 235, 240, 100)
    return picture.filter(ImageFilter.GaussianBlur(size / 50)).convert("RGB")


def pasted(*pictures: tuple[int, int, Image.Image], of: tuple[int, int] = (800, 600), paper: str = "grey") -> Pixels:
    """Pictures on paper, each at its x and y in pixels."""
    whole = Image.new("RGB", of, paper)
    for x, y, picture in pictures:
        whole.paste(picture, (x, y))
    return pixels(whole)


def pixels(picture: Image.Image) -> Pixels:
    """As decoding gives them."""
    return np.array(picture.convert("RGB"))
