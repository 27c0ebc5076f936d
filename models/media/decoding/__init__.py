"""Hostile bytes to pixels, in processes that may crash. See `Decoder`."""

from models.media.decoding.decoded import Decoded, Frame
from models.media.decoding.decoder import Decoder
from models.media.decoding.limits import Limits
from models.media.decoding.wanted import Exact, Fit, Wanted

__all__ = ["Decoded", "Decoder", "Exact", "Fit", "Frame", "Limits", "Wanted"]
