"""Releases: which policies are in force, for whom, and how that changes."""

from moderation.release.in_force import InForce

__all__ = ["InForce"]
