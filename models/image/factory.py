"""From settings to an image lane that looks."""

from datetime import timedelta

from models import manifest
from models.image.banks import BanksInForce, Matching
from models.image.classifying import Classifying
from models.image.lane import ImageLane
from models.image.looking import Looking
from models.image.onnx import OnnxPictureClassifier
from models.image.senses import Sense, Senses
from models.media.decoding import Decoder
from models.media.fetching import Fetcher
from models.media.fetching.limits import Limits
from models.runtime.sessions import cores
from moderation.settings import Settings


def image_models(settings: Settings) -> list[str]:
    """The picture models that the settings name, as they name them."""
    named = [name.strip() for name in settings.image_model.split(",")]
    return [] if named == ["none"] else named


def senses(settings: Settings, banks: BanksInForce) -> Senses:
    """What looks at pictures and frames, as configured. Raises `ModelError`."""
    folders = map(manifest.find, image_models(settings))
    models: list[Sense] = [Classifying(OnnxPictureClassifier(folder, settings)) for folder in folders]
    return Senses([Matching(banks), *models])


def image_lane(settings: Settings, deadline: timedelta | None = None) -> ImageLane:
    """The image lane as configured.

    `deadline` counts from the time a post was posted. Call it in the event loop that uses the lane. Raises
    `ModelError`, `BankError` or `ConfigurationError`.
    """
    banks = BanksInForce(settings.hash_banks)
    at_once = 2 * cores()
    looking = Looking(
        Fetcher(Limits.of(settings)),
        Decoder(),
        senses(settings, banks),
        at_once=at_once,
        cache=settings.cache_pictures,
        version=lambda: banks.version,
        beside=banks.follow,
    )
    return ImageLane(looking, deadline, settings.media_fetches)
