"""The blocking client for producers, consumers and reviewers, on kafka-python."""

from moderation.client.connection import broker_answers, client_options, require_broker

__all__ = ["broker_answers", "client_options", "require_broker"]
