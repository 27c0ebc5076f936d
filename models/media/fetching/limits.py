"""How much of anything a fetch may take, and from where: one value made of the settings."""

from dataclasses import dataclass
from pathlib import Path

from models.media.fetching.addresses import Network, networks
from models.media.fetching.sources import Sources
from moderation.events import Media
from moderation.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of fetching. Bytes are those of one item, seconds those of one attempt.

    `large_bytes` and `large` bound memory: of items larger than that only so many are held while they arrive.
    """

    sources: Sources
    root: Path | None = None
    allowed: tuple[Network, ...] = ()
    image_bytes: int = 20_000_000
    video_bytes: int = 100_000_000
    timeout_s: float = 30.0
    connect_s: float = 5.0
    head_s: float = 10.0
    grace_s: float = 5.0
    slowest_bytes_per_s: int = 16_000
    redirects: int = 5
    attempts: int = 6
    side_by_side: int = 128
    per_host: int = 64
    large_bytes: int = 4_000_000
    large: int = 8

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """From the settings. Raises `ConfigurationError`."""
        return cls(
            sources=Sources.of(settings.media_sources),
            root=settings.media_folder(),
            allowed=networks(settings.media_allow_networks or ""),
            image_bytes=settings.media_max_bytes,
            video_bytes=settings.media_max_clip_bytes,
            timeout_s=settings.media_timeout_s,
            side_by_side=settings.media_fetches,
            per_host=max(1, settings.media_fetches // 2),
        )

    def bytes_of(self, item: Media) -> int:
        """The most bytes that an item of this kind may have."""
        return self.video_bytes if item.kind == "video" else self.image_bytes
