"""The one error hierarchy. Callers branch on properties (`retriable`), people read the message."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal


class ModerationError(Exception):
    """Anything this project reports. The message says what was wrong, where, and what to do."""

    retriable = False  # worth trying again unchanged
    exit_code = 1  # what the command line exits with


class ConfigurationError(ModerationError):
    """A setting, an option or an installation that cannot work."""

    exit_code = 2


class MissingDependency(ConfigurationError):
    """A program or an optional package is not installed; the message names the command that installs it."""


class InvalidEvent(ModerationError):
    """Bytes that are not a valid event. `kind` is a stable word for headers, metrics and tests."""

    def __init__(self, message: str, kind: str = "invalid") -> None:
        super().__init__(message)
        self.kind = kind


class DeliveryError(ModerationError):
    """An event could not be handed to Kafka."""


class DeliveryTimeout(DeliveryError):
    """Kafka did not confirm in time; the event may or may not have arrived, and may be sent again."""

    retriable = True


class BrokerUnavailable(ModerationError):
    """No Kafka broker answers at the address."""

    retriable = True


class ModelError(ModerationError):
    """A model folder that cannot be served: missing file, wrong hash, wrong shape, wrong provider."""


class BankError(ModerationError):
    """A bank of hashes that cannot be read or changed: which file and line, and what should stand there."""


class HistoryError(ModerationError):
    """A history that cannot be read: which file, which row and column, and what should stand there."""


class PolicyError(ModerationError):
    """A policy that cannot be used. `problems` holds every problem found, in file order.

    `files` are the files that were looked at, with the stamp of each: a change in one may mend it.
    """

    def __init__(self, message: str, problems: "tuple[object, ...]" = ()) -> None:
        super().__init__(message)
        self.problems = problems
        self.files: Mapping[Path, tuple[int, int, int] | None] = {}


MediaReason = Literal[
    "bad reference",
    "forbidden scheme",
    "forbidden host",
    "forbidden address",
    "forbidden port",
    "forbidden path",
    "forbidden redirect",
    "missing package",
    "untrusted certificate",
    "not found",
    "not permitted",
    "server error",
    "unreachable",
    "busy",
    "timeout",
    "deadline",
    "incomplete",
    "too large",
    "empty",
    "not media",
    "not an image",
    "not a video",
    "unsupported format",
    "truncated",
    "damaged",
    "decoder crashed",
    "decoder timeout",
    "decoder memory",
]
"""Every way in which a media item fails, as it stands in `LaneResult.reason` and in metrics."""


class MediaError(ModerationError):
    """A picture or clip that could not be fetched or decoded. It costs its item; the post is still decided."""

    def __init__(self, message: str, reason: MediaReason) -> None:
        super().__init__(message)
        self.reason: MediaReason = reason


class MediaRefused(MediaError):
    """A reference that we will not follow: its scheme, address, port, path or redirect is not allowed."""


class MediaMissing(MediaError):
    """The host answered, and does not give the item to us."""


class MediaUnavailable(MediaError):
    """The host did not answer, broke off or asked to come again later."""

    retriable = True


class MediaTooLarge(MediaError):
    """More bytes, pixels, frames or seconds than the settings allow."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "too large")


class UndecodableMedia(MediaError):
    """Bytes that are no picture or clip, or a damaged or unsupported one."""


class DecoderFailed(MediaError):
    """The isolated decoder crashed, or was ended because it took too long or too much memory."""


class ReleaseError(ModerationError):
    """A release of a policy that is not made: it is refused, or somebody else's came first."""


class StateError(ModerationError):
    """What was remembered cannot be read. Nobody may go on without it: it would be counted anew, and written over."""


class ReviewError(ModerationError):
    """Something that the review desk does not do. `status` is the HTTP status that says the same."""

    status = 400


class NoSuchItem(ReviewError):
    """No such task, item, account, appeal or page; or none that this person may know of."""

    status = 404


class NotPermitted(ReviewError):
    """The person's roles, skills or languages do not allow it; or a form that did not come from the desk."""

    status = 403


class NotYours(ReviewError):
    """Somebody else holds the task, or is meant to have it."""

    status = 409


class LeaseExpired(ReviewError):
    """The person had the task, and was too slow: it went back to its queue."""

    status = 409


class NotHeld(ReviewError):
    """The person had the task, and gave it back or skipped it, or a lead gave it to somebody else."""

    status = 409


class AlreadyDone(ReviewError):
    """The task has been answered, or taken back by a later decision."""

    status = 409


class ItemChanged(ReviewError):
    """What somebody answered is not what they had looked at."""

    status = 409


class LimitReached(ReviewError):
    """As much as the rules allow, for now: tasks held at once, exposure, attempts."""

    status = 429


class DatabaseUnavailable(ReviewError):
    """The desk's database does not answer, or gave up on a transaction that stood in another's way."""

    retriable = True
    status = 503


class DatabaseConflict(DatabaseUnavailable):
    """The desk's database gave up on a transaction that stood in another's way: done again, it goes through."""
