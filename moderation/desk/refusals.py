"""Visits that end at the door, and why. The message is for whoever stands there."""

from moderation.errors import ReviewError


class Refused(ReviewError):
    """A request that is not carried out."""


class SignInNeeded(Refused):
    """Nobody is signed in, or the session has ended."""

    status = 401


class TooLarge(Refused):
    """More bytes than any form of the desk has."""

    status = 413


class TooMany(Refused):
    """Too many requests; `retry_after_s` is when the next one is taken."""

    status = 429

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
