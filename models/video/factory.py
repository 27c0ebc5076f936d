"""From settings to a video lane."""

from datetime import timedelta

from models.image.banks import BanksInForce, Matching
from models.image.factory import classifiers, looking, seeing
from models.image.senses import Senses
from models.media.clips import ClipDecoder
from models.media.lane import MediaLane
from models.video.clips import Clips
from moderation.settings import Settings

_AT_ONCE = 16
"""Clips that are fetched and held; half of them have a process."""


def video_lane(settings: Settings, deadline: timedelta | None = None) -> MediaLane:
    """The video lane as configured: frames are looked at by what looks at pictures.

    `deadline` counts from the time a post was posted. Call it in the event loop that uses the lane. Raises
    `ModelError`, `BankError` or `ConfigurationError`.
    """
    banks = BanksInForce(settings.hash_banks)
    always = Senses([Matching(banks), *classifiers(settings)])
    clips = Clips(ClipDecoder(at_once=settings.decoders), always, Senses([seeing(settings)]))
    return MediaLane("video", looking(settings, clips, banks), deadline, _AT_ONCE)
