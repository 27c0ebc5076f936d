"""The one error hierarchy. Callers branch on properties (`retriable`), people read the message."""

from collections.abc import Mapping
from pathlib import Path


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


class PolicyError(ModerationError):
    """A policy that cannot be used. `problems` holds every problem found, in file order.

    `files` are the files that were looked at, with the stamp of each: a change in one may mend it.
    """

    def __init__(self, message: str, problems: "tuple[object, ...]" = ()) -> None:
        super().__init__(message)
        self.problems = problems
        self.files: Mapping[Path, tuple[int, int, int] | None] = {}
