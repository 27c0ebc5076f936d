"""From settings to a text lane that scores."""

from datetime import timedelta

from models import manifest, stub
from models.runtime.classifier import Classifier
from models.text.lane import TextLane
from models.text.lexicon import load, shipped
from models.text.scorer import Scorer
from moderation.settings import Settings


def text_lane(settings: Settings, deadline: timedelta | None = None) -> TextLane:
    """The text lane as configured: model, provider, sessions, batch size and cache.

    `deadline` counts from the time a post was posted. Raises `ModelError` for a model that cannot be served, and
    `ConfigurationError` for a setting that cannot work.
    """
    lexicon = load(settings.lexicons) if settings.lexicons else shipped()
    scorer = Scorer(text_classifier(settings), settings.batch_tokens, settings.cache_texts, lexicon)
    return TextLane(scorer, deadline)


def text_classifier(settings: Settings) -> Classifier:
    """The text model that the settings name, loaded."""
    cost_ms = stub.parse(settings.text_model)
    if cost_ms is not None:
        return stub.Stub(cost_ms, settings.sessions)
    from models.text.onnx import OnnxTextClassifier

    return OnnxTextClassifier(manifest.find(settings.text_model), settings)
