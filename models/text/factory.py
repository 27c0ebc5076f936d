"""From settings to a text lane that scores."""

from datetime import timedelta

from models import manifest, stub
from models.runtime.classifier import Classifier
from models.text.lane import TextLane
from models.text.lexicon import load, shipped
from models.text.routing import Reader, Router
from models.text.scorer import Scorer
from moderation.settings import Settings

_SHIPPED_BESIDE = {"text-minilm": "text-multilingual"}
"""Shipped model -> the shipped one that reads what it cannot."""


def text_lane(settings: Settings, deadline: timedelta | None = None) -> TextLane:
    """The text lane as configured: model, provider, sessions, batch size and cache.

    `deadline` counts from the time a post was posted. Raises `ModelError` for a model that cannot be served, and
    `ConfigurationError` for a setting that cannot work.
    """
    return TextLane(text_scorer(settings), deadline)


def text_scorer(settings: Settings) -> Scorer:
    """What scores texts, as configured. Raises as `text_lane` does."""
    lexicon = load(settings.lexicons) if settings.lexicons else shipped()
    router = text_router(settings)
    main = router.readers[0].classifier
    return Scorer(main, settings.batch_tokens, settings.cache_texts, lexicon, router)


def text_router(settings: Settings) -> Router:
    """The models that the settings name, loaded, the main one first. Raises as `text_lane` does."""
    readers = [_reader(text_classifier(settings))]
    for others in text_models(settings)[1:]:
        # It runs on what suits it, whatever the main model was asked to run on.
        beside = settings.model_copy(update={"text_model": others, "provider": "auto", "provider_fallback": True})
        readers.append(_reader(text_classifier(beside)))
    return Router(readers)


def text_models(settings: Settings) -> list[str]:
    """The models that the settings name, as they name them, the main one first."""
    others = settings.text_model_others
    if others == "auto":
        others = _SHIPPED_BESIDE.get(settings.text_model, "none")
    return [settings.text_model, *([] if others == "none" else [others])]


def text_classifier(settings: Settings) -> Classifier:
    """The text model that the settings name, loaded."""
    cost_ms = stub.parse(settings.text_model)
    if cost_ms is not None:
        return stub.Stub(cost_ms, settings.sessions)
    from models.text.onnx import OnnxTextClassifier

    return OnnxTextClassifier(manifest.find(settings.text_model), settings)


def _reader(classifier: Classifier) -> Reader:
    spec = getattr(classifier, "manifest", None)
    if not isinstance(spec, manifest.Manifest):
        return Reader(classifier)
    taught = {language: frozenset(spec.labels[label] for label in labels) for language, labels in spec.taught.items()}
    return Reader(classifier, spec.languages, taught)
