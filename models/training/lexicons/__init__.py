"""From public word lists to the ones in `models/lexicons`."""

from models.training.lexicons.build import build, stale

__all__ = ["build", "stale"]
