"""How kafka-python reaches the cluster that the settings name, and whether anybody answers there."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from moderation.errors import BrokerUnavailable
from moderation.settings import KafkaSettings

CONNECT_TIMEOUT_S = 5.0
"""How long a broker may take to answer before `BrokerUnavailable`."""


def client_options(kafka: KafkaSettings) -> dict[str, Any]:
    """The settings as keyword arguments of every kafka-python client."""
    options: dict[str, Any] = {
        "bootstrap_servers": [address.strip() for address in kafka.bootstrap.split(",") if address.strip()],
        "security_protocol": kafka.security_protocol,
        "reconnect_backoff_max_ms": 1_000,  # the library's 30 s would outlast a broker's restart by far
    }
    if kafka.security_protocol in ("SSL", "SASL_SSL"):
        options["ssl_check_hostname"] = kafka.ssl_check_hostname
        for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
            path = getattr(kafka, name)
            if path is not None:
                options[name] = str(path)
    if kafka.security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = kafka.sasl_mechanism
        options["sasl_plain_username"] = kafka.sasl_username
        if kafka.sasl_password is not None:
            options["sasl_plain_password"] = kafka.sasl_password.get_secret_value()
    return options


def broker_answers(kafka: KafkaSettings, timeout_s: float = CONNECT_TIMEOUT_S) -> bool:
    """Whether a broker answers a metadata request, and names at least one broker, within `timeout_s` seconds."""
    with quiet():
        client = KafkaNetClient(**{**client_options(kafka), "reconnect_backoff_max_ms": 200})
        try:
            client.get_broker_version(timeout_ms=timeout_s * 1000)
        except (KafkaError, OSError):
            return False
        else:
            return True
        finally:
            client.close()


def require_broker(kafka: KafkaSettings, timeout_s: float = CONNECT_TIMEOUT_S) -> None:
    """Raises `BrokerUnavailable` if none answers within `timeout_s` seconds."""
    if not broker_answers(kafka, timeout_s):
        raise BrokerUnavailable(
            f"no Kafka broker answers at {kafka.bootstrap}: start one with `moderation broker --port 9092`, "
            "or name yours with --bootstrap or MODERATION_KAFKA_BOOTSTRAP"
        )


@contextmanager
def quiet() -> Iterator[None]:
    """Silences kafka-python, which logs an error for each time that it asks in vain; we say it once."""
    logger = logging.getLogger("kafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
