"""From settings to an image lane that looks."""

from datetime import timedelta

from models import manifest
from models.image.banks import BanksInForce, Matching
from models.image.classifying import Classifying
from models.image.faces import Faces
from models.image.named import image_models
from models.image.onnx import OnnxPictureClassifier
from models.image.pictures import Pictures
from models.image.reading import Reader
from models.image.seeing import Seeing, Viewer
from models.image.senses import Sense, Senses
from models.media.decoding import Decoder
from models.media.fetching import Fetcher
from models.media.fetching.limits import Limits
from models.media.lane import MediaLane
from models.media.looking import Looking, Sees
from models.text.factory import text_scorer
from moderation.settings import Settings


def classifiers(settings: Settings) -> list[Sense]:
    """The picture models as senses. Raises `ModelError`."""
    folders = map(manifest.find, image_models(settings))
    return [Classifying(OnnxPictureClassifier(folder, settings)) for folder in folders]


def image_lane(settings: Settings, deadline: timedelta | None = None) -> MediaLane:
    """The image lane as configured.

    `deadline` counts from the time a post was posted. Call it in the event loop that uses the lane. Raises
    `ModelError`, `BankError` or `ConfigurationError`.
    """
    banks = BanksInForce(settings.hash_banks)
    senses = Senses([Matching(banks, prints=True), *classifiers(settings), seeing(settings)])
    decoder = Decoder(processes=settings.decoders)
    return MediaLane("image", looking(settings, Pictures(decoder, senses, 2 * decoder.processes), banks), deadline)


def seeing(settings: Settings) -> Seeing:
    """The sense of text, codes and faces, as configured. Raises `ModelError` or `ConfigurationError`."""
    reader = Reader(settings) if settings.image_text else None
    return Seeing(Viewer(reader, codes=True, faces=Faces()), text_scorer(settings) if reader is not None else None)


def looking(settings: Settings, sees: Sees, banks: BanksInForce) -> Looking:
    """What fetches items and has them seen, as configured."""
    return Looking(
        Fetcher(Limits.of(settings)),
        sees,
        cache=settings.cache_pictures,
        version=lambda: banks.version,
        beside=banks.follow,
    )
