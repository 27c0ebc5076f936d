"""What the environment says, and what it does not say."""

import pytest

from moderation import settings
from moderation.errors import ConfigurationError
from moderation.settings import KafkaSettings, Settings


@pytest.mark.parametrize("field", ["lexicons", "media_root", "hash_banks"])
def test_a_path_that_is_set_to_nothing_is_unset_and_not_the_working_directory(
    field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"MODERATION_{field.upper()}", "")
    assert getattr(settings.load(), field) is Settings.model_fields[field].default is None


@pytest.mark.parametrize("field", ["ssl_cafile", "ssl_certfile", "ssl_keyfile"])
def test_a_certificate_that_is_set_to_nothing_is_unset(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"MODERATION_KAFKA_{field.upper()}", "")
    assert getattr(settings.load_kafka(), field) is KafkaSettings.model_fields[field].default is None


@pytest.mark.parametrize(
    "address", ["kafka:9092", "a.example:1, b.example:2", "[::1]:9092", "10.0.0.1:65535", "my_kafka:9092"]
)
def test_kafka_is_named_by_hosts_with_ports(address: str) -> None:
    assert settings.load_kafka(bootstrap=address).bootstrap == address


@pytest.mark.parametrize(
    "address", ["nonsense", "", "kafka:", "kafka:0", "kafka:65536", "a:1,", "http://kafka:9092", ":9092"]
)
def test_what_is_no_address_of_kafka_is_refused_with_what_is_one(address: str) -> None:
    with pytest.raises(ConfigurationError, match="is no address of Kafka: write HOST:PORT, several with commas"):
        settings.load_kafka(bootstrap=address)
