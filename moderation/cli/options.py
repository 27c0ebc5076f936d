"""Options that several verbs share, and the settings they make."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from moderation import settings

_Command = TypeVar("_Command", bound=Callable[..., Any])


def bootstrap(command: _Command) -> _Command:
    """`--bootstrap`: the address of Kafka, before `MODERATION_KAFKA_BOOTSTRAP`."""
    return click.option(
        "--bootstrap", metavar="HOST:PORT", help="Kafka's address; default from MODERATION_KAFKA_BOOTSTRAP."
    )(command)


def kafka(bootstrap: str | None) -> settings.KafkaSettings:
    """The Kafka settings with the address given on the command line, if any."""
    return settings.load_kafka(bootstrap=bootstrap)
