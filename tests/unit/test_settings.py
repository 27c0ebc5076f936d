"""What the environment says, and what it does not say."""

import pytest

from moderation import settings
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
