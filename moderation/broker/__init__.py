"""A real Kafka on one machine, for development, demonstrations and tests."""

from moderation.broker.server import KafkaBroker

__all__ = ["KafkaBroker"]
