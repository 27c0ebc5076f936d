"""The blocking client for producers, consumers and reviewers, on kafka-python."""

from moderation.client.client import ModerationClient, verdict_on
from moderation.client.connection import broker_answers, client_options, require_broker
from moderation.client.following import Follower
from moderation.client.sending import Delivery

__all__ = [
    "Delivery",
    "Follower",
    "ModerationClient",
    "broker_answers",
    "client_options",
    "require_broker",
    "verdict_on",
]
