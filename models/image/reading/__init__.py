"""Text in pictures, found and read by rapidocr."""

from models.image.reading.line import NOTHING_WRITTEN, Box, Line, Writing
from models.image.reading.reader import Reader

__all__ = ["NOTHING_WRITTEN", "Box", "Line", "Reader", "Writing"]
