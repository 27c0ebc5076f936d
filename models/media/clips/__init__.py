"""Hostile clips to frames, slice by slice, in processes that may crash. See `ClipDecoder`."""

from models.media.clips.clip import Clip
from models.media.clips.decoder import ClipDecoder
from models.media.clips.info import ClipInfo, Slice
from models.media.clips.limits import ClipLimits
from models.media.clips.survey import Ended

__all__ = ["Clip", "ClipDecoder", "ClipInfo", "ClipLimits", "Ended", "Slice"]
