"""Every setting of how to reach Kafka arrives at kafka-python under its own name."""

from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from moderation.client import client_options, require_broker
from moderation.errors import BrokerUnavailable
from moderation.settings import KafkaSettings


def test_a_plain_connection_needs_only_addresses() -> None:
    options = client_options(KafkaSettings(bootstrap="a:1, b:2"))
    assert options["bootstrap_servers"] == ["a:1", "b:2"]
    assert options["security_protocol"] == "PLAINTEXT"
    assert not [name for name in options if name.startswith(("ssl", "sasl"))]


def test_sasl_and_tls_settings_are_passed_through() -> None:
    kafka = KafkaSettings.model_validate(
        {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_username": "me",
            "sasl_password": "secret",
            "ssl_cafile": "ca.pem",
            "ssl_certfile": "cert.pem",
            "ssl_keyfile": "key.pem",
            "ssl_check_hostname": False,
        }
    )
    options = client_options(kafka)
    assert (
        options
        | {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": "me",
            "sasl_plain_password": "secret",
            "ssl_cafile": str(Path("ca.pem")),
            "ssl_certfile": "cert.pem",
            "ssl_keyfile": "key.pem",
            "ssl_check_hostname": False,
        }
        == options
    )
    for client in (KafkaAdminClient, KafkaConsumer, KafkaProducer):
        assert options.keys() <= client.DEFAULT_CONFIG.keys()


def test_the_sentence_for_a_broker_that_is_not_there_says_what_to_do() -> None:
    with pytest.raises(BrokerUnavailable) as raised:
        require_broker(KafkaSettings(bootstrap="127.0.0.1:1"), timeout_s=0.1)
    assert str(raised.value) == (
        "no Kafka broker answers at 127.0.0.1:1: start one with `moderation broker --port 9092`, "
        "or name yours with --bootstrap or MODERATION_KAFKA_BOOTSTRAP"
    )
    assert raised.value.retriable
