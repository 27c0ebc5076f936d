"""Makes the stage of a name: the one place that knows which stages there are."""

from collections.abc import Callable

from moderation.errors import ConfigurationError
from moderation.release import InForce
from moderation.settings import KafkaSettings, Settings
from streams.media import MediaStage
from streams.memories import Memories
from streams.messages import Stage
from streams.observer import Observer
from streams.policy import PolicyStage
from streams.text import TextStage

STAGES = ("text", "image", "video", "policy")
"""Every stage that a worker can run."""


def make_stage(
    name: str,
    settings: Settings,
    kafka: KafkaSettings,
    in_force: Callable[[], InForce],
    observer: Observer | None = None,
) -> Stage:
    """The stage, its models loaded. Raises `ConfigurationError` or `ModelError`."""
    if name == "policy":
        return PolicyStage(in_force, Memories(kafka), observer)
    if name == "text":
        from models.text import text_lane

        lane = text_lane(settings, deadline=in_force().live.lanes["text"].deadline)
        return TextStage(lane, settings.max_post_bytes, observer)
    if name == "image":
        from models.image.factory import image_lane

        deadline = in_force().live.lanes["image"].deadline
        return MediaStage(image_lane(settings, deadline), deadline, observer)
    if name == "video":
        from models.video.factory import video_lane

        deadline = in_force().live.lanes["video"].deadline
        return MediaStage(video_lane(settings, deadline), deadline, observer)
    raise ConfigurationError(f"no lane {name!r}; there are: {', '.join(STAGES)}")
