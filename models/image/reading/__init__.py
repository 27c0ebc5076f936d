"""Text in pictures, found and read by rapidocr."""

from models.image.reading.line import Box, Line
from models.image.reading.reader import Reader

__all__ = ["Box", "Line", "Reader"]
