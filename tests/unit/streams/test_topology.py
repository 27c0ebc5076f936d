"""How long topics are kept, by the settings."""

from datetime import timedelta

import pytest

from moderation.errors import ConfigurationError
from moderation.settings import KafkaSettings, load_kafka
from streams import admin
from streams.topology import TOPICS, retention_of


def test_the_settings_defaults_are_those_of_the_topics() -> None:
    assert {name: retention_of(topic, KafkaSettings()) for name, topic in TOPICS.items()} == {
        name: topic.retention for name, topic in TOPICS.items()
    }


def test_content_records_and_dead_letters_have_limits_of_their_own() -> None:
    kafka = KafkaSettings(content_days=0.5, record_days=30, letter_days=14)
    names = ("posts", "reviews", "decisions", "dead-letters", "policies")
    assert [retention_of(TOPICS[name], kafka) for name in names] == [  # type: ignore[index]
        timedelta(hours=12), timedelta(hours=12), timedelta(days=30), timedelta(days=14), None,
    ]  # fmt: skip


def test_content_does_not_stay_for_as_long_as_a_segment_takes_to_fill() -> None:
    day, half = str(24 * 3600 * 1000), str(12 * 3600 * 1000)
    assert admin.configuration(TOPICS["posts"], KafkaSettings())["segment.ms"] == day
    assert admin.configuration(TOPICS["posts"], KafkaSettings(content_days=0.5))["segment.ms"] == half
    assert "segment.ms" not in admin.configuration(TOPICS["decisions"], KafkaSettings())


def test_content_may_be_kept_shorter_and_not_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_KAFKA_CONTENT_DAYS", "8")
    with pytest.raises(ConfigurationError, match="MODERATION_KAFKA_CONTENT_DAYS"):
        load_kafka()
