"""Releases: which policies are in force, for whom, and how that changes."""

from moderation.release.building import build, compiled
from moderation.release.in_force import InForce
from moderation.release.log import PARTITION, ReleaseLog, key_of

__all__ = ["PARTITION", "InForce", "ReleaseLog", "build", "compiled", "key_of"]
