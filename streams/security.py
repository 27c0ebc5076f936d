"""`KafkaSettings` as each client of this package wants them."""

import ssl
from typing import Any

from faust.auth import SASLCredentials, SSLCredentials

from moderation.errors import ConfigurationError
from moderation.settings import KafkaSettings


def ssl_context(kafka: KafkaSettings) -> ssl.SSLContext | None:
    """The TLS context the settings ask for, None without TLS. Raises `ConfigurationError`."""
    if "SSL" not in kafka.security_protocol.split("_"):
        return None
    try:
        context = ssl.create_default_context(cafile=str(kafka.ssl_cafile) if kafka.ssl_cafile else None)
        context.check_hostname = kafka.ssl_check_hostname
        if kafka.ssl_certfile:
            context.load_cert_chain(kafka.ssl_certfile, kafka.ssl_keyfile)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"MODERATION_KAFKA_SSL_*: the certificates cannot be used: {error}") from error
    return context


def aiokafka_options(kafka: KafkaSettings) -> dict[str, Any]:
    """Connection options of an aiokafka client."""
    options: dict[str, Any] = {
        "bootstrap_servers": kafka.bootstrap,
        "security_protocol": kafka.security_protocol,
        "ssl_context": ssl_context(kafka),
    }
    if kafka.security_protocol.startswith("SASL"):
        options |= {
            "sasl_mechanism": kafka.sasl_mechanism,
            "sasl_plain_username": kafka.sasl_username,
            "sasl_plain_password": _password(kafka),
        }
    return options


def faust_credentials(kafka: KafkaSettings) -> SASLCredentials | SSLCredentials | None:
    """What `faust.App(broker_credentials=...)` takes; None for a plain connection."""
    context = ssl_context(kafka)
    if kafka.security_protocol.startswith("SASL"):
        return SASLCredentials(
            mechanism=kafka.sasl_mechanism,
            username=kafka.sasl_username,
            password=_password(kafka),
            ssl_context=context,
        )
    return SSLCredentials(context) if context else None


def _password(kafka: KafkaSettings) -> str | None:
    return kafka.sasl_password.get_secret_value() if kafka.sasl_password else None
