"""The bytes of a media item: inline, from the web, an object store or a file, within limits."""

from models.media.fetching.fetcher import Fetcher, Outcome
from models.media.fetching.limits import Limits
from models.media.fetching.sources import Sources

__all__ = ["Fetcher", "Limits", "Outcome", "Sources"]
