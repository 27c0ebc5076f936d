"""One canonical style for policy files, their included files and their tests; what they mean never changes."""

from moderation.policy.fmt.formatter import formatted

__all__ = ["formatted"]
