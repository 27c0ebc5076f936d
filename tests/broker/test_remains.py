"""What a real Kafka still holds of an erased author, and what can be removed of it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from kafka import KafkaProducer

from moderation.cli.main import command
from moderation.client import remains
from moderation.client.letters import DeadLetters
from moderation.client.reading import Reader
from moderation.dead_letters import DeadLetter
from moderation.review.database import Database
from moderation.settings import KafkaSettings, TopicName

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def letter(kafka: KafkaSettings, value: bytes, key: bytes | None = None, partition: int = 1) -> None:
    why = DeadLetter("text", "invalid", "broken", kafka.topic("posts"), partition, 7)
    put(kafka, "dead-letters", key, value, partition, why.headers())


def put(
    kafka: KafkaSettings,
    topic: TopicName,
    key: bytes | None,
    value: bytes | None,
    partition: int,
    headers: tuple[tuple[str, bytes], ...] = (),
) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)
    producer.send(kafka.topic(topic), key=key, value=value, partition=partition, headers=list(headers)).get(30)
    producer.close()


def places(kafka: KafkaSettings) -> list[tuple[int, int]]:
    with DeadLetters(kafka) as letters:
        return [found.place for found in letters.all()]


def test_each_topic_says_by_when_it_has_dropped_what_it_has_now(kafka: KafkaSettings) -> None:
    found = {kept.topic: kept.until for kept in remains.kept(kafka, ("posts", "decisions", "state"), NOW)}
    assert found == {
        kafka.topic("posts"): NOW + timedelta(days=7 + 1),
        kafka.topic("decisions"): NOW + timedelta(days=400 + 7),  # Kafka's own segments take a week to fill
        kafka.topic("state"): None,
    }


def test_letters_of_an_author_are_found_by_key_and_in_broken_bytes(kafka: KafkaSettings) -> None:
    letter(kafka, b"not json", b"zo\xc3\xab")
    letter(kafka, json.dumps({"post_id": "p", "author_id": "zo\u00eb", "text": 1}).encode())
    letter(kafka, '{"post":{"author_id" : "zo\u00eb"'.encode(), partition=2)
    letter(kafka, b'{"author_id": "zoe"}')
    letter(kafka, '{"text": "about zo\u00eb"}'.encode())
    with DeadLetters(kafka) as letters:
        assert sorted(found.place for found in remains.letters_of(letters.all(), "zo\u00eb")) == [
            (1, 0),
            (1, 1),
            (2, 0),
        ]


def test_letters_are_cut_off_where_nothing_of_others_waits_before_them(kafka: KafkaSettings) -> None:
    mine, other = b'{"author_id": "ann"}', b'{"author_id": "bob"}'
    for value in (mine, mine, other, mine):
        letter(kafka, value, partition=1)
    for value in (other, mine, other):
        letter(kafka, value, partition=2)
    with DeadLetters(kafka) as letters:
        list(letters.replay(letters.at((2, 0))))
    left = remains.cut_letters(kafka, "ann")
    assert [found.place for found in left] == [(1, 3)]  # bob's letter at 1:2 waits for a replay
    assert places(kafka) == [(1, 2), (1, 3), (2, 2)]
    assert remains.cut_letters(kafka, "ann") == left


def test_what_workers_remember_of_the_author_is_written_over_where_it_stands(kafka: KafkaSettings) -> None:
    put(kafka, "state", b"author:ann", b"counts", 3)
    put(kafka, "state", b"author:bob", b"counts", 3)
    assert remains.forget_memory(kafka, "ann") == 1
    assert remains.forget_memory(kafka, "ann") == 0
    reader = Reader(kafka, "state", follow=False)
    last = {record.key: (record.partition, record.value) for record in reader}
    reader.close()
    assert last == {b"author:ann": (3, None), b"author:bob": (3, b"counts")}


def test_erasing_tells_of_every_topic(kafka: KafkaSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("bootstrap", "topic_prefix", "group_prefix"):
        monkeypatch.setenv(f"MODERATION_KAFKA_{name.upper()}", getattr(kafka, name))
    url = f"sqlite:///{tmp_path}/desk.db"
    Database(url).upgrade()
    letter(kafka, b'{"author_id": "ann"}')
    put(kafka, "state", b"author:ann", b"counts", 3)
    erase = ["erase", "author", "ann", "--yes", "--database", url]
    looked = CliRunner().invoke(command, erase)
    assert looked.exit_code == 0, looked.output
    for topic in ("posts", "images", "videos", "scored", "reviews", "shadow", "decisions", "verdicts", "alarms"):
        assert f"{kafka.topic(topic)}: " in looked.output  # type: ignore[arg-type]
    assert f"{kafka.topic('dead-letters')}: 1 of the author's (1:0) " in looked.output
    assert "--letters cuts them off" in looked.output
    assert "what workers count of the author stays; --memory removes it" in looked.output
    removed = CliRunner().invoke(command, [*erase, "--letters", "--memory"])
    assert f"{kafka.topic('dead-letters')}: none of the author's\n" in removed.output
    assert f"{kafka.topic('state')}: written over; restart the policy workers\n" in removed.output
    again = CliRunner().invoke(command, [*erase, "--memory"])
    assert f"{kafka.topic('state')}: nothing of the author\n" in again.output
    assert places(kafka) == []
