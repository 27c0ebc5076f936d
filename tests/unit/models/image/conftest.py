"""What is slow to load, once."""

import pytest

from models.image.reading import Reader
from models.manifest import SHIPPED
from models.text.onnx import OnnxTextClassifier
from moderation.settings import Settings


@pytest.fixture(scope="session")
def reader() -> Reader:
    """rapidocr's models, two sessions."""
    return Reader(Settings(provider="cpu", sessions=2))


@pytest.fixture(scope="session")
def text_model() -> OnnxTextClassifier:
    """The text model that ships."""
    return OnnxTextClassifier(SHIPPED / "text-minilm", Settings(provider="cpu", sessions=1))
