"""What Kafka still holds of an author, until when, and the little of it that can be removed sooner.

Kafka removes whole segments, never a record from the middle of a topic: what can be done is to let time pass, to cut
a partition off below an offset, and to write a key of a compacted topic over.
"""

import json
import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from moderation.client.connection import client_options, require_broker
from moderation.client.letters import DeadLetters, Letter
from moderation.client.reading import Reader
from moderation.client.sending import Outgoing, Sender
from moderation.errors import ModerationError
from moderation.settings import KafkaSettings, TopicName

CONTENT: tuple[TopicName, ...] = ("posts", "images", "videos", "scored", "reviews", "shadow")
"""Topics that hold what users wrote, or what rules saw of it."""

RECORDS: tuple[TopicName, ...] = ("decisions", "verdicts", "alarms")
"""Topics without content: ids, actions, values that rules saw, reviewers' notes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A topic, and when the last record that it has now is gone; None: never by itself."""

    topic: str
    until: datetime | None


def kept(kafka: KafkaSettings, names: Iterable[TopicName], now: datetime) -> list[Kept]:
    """Until when the topics keep what they have now, by the broker's own settings.

    A segment goes when its newest record is older than `retention.ms`, and takes new ones for `segment.ms` at most.
    """
    topics = [kafka.topic(name) for name in names]
    require_broker(kafka)
    try:
        with closing(KafkaAdminClient(**client_options(kafka))) as admin:
            keys = ("retention.ms", "segment.ms", "cleanup.policy")
            resources = [ConfigResource(ConfigResourceType.TOPIC, topic, dict.fromkeys(keys)) for topic in topics]
            found = admin.describe_configs(resources, config_filter="all")["topic"]
    except KafkaError as error:
        raise ModerationError(f"the cluster at {kafka.bootstrap} refuses: {error}") from error
    return [Kept(topic, _until({key: found[topic][key]["value"] for key in keys}, now)) for topic in topics]


def letters_of(letters: Iterable[Letter], author_id: str) -> list[Letter]:
    """The dead letters whose original was the author's: by its key, or by `author_id` in its bytes."""
    key, named = author_id.encode(errors="replace"), _named(author_id)
    return [letter for letter in letters if letter.record.key == key or named.search(letter.record.value or b"")]


def cut_letters(kafka: KafkaSettings, author_id: str) -> list[Letter]:
    """Cut the author's dead letters off, with everything before them, where nothing of others waits for a replay there.

    Those that are left come back. Raises `ModerationError` where the cluster refuses.
    """
    with DeadLetters(kafka) as found:
        everything = list(found.all())
    own = {letter.place for letter in letters_of(everything, author_id)}
    ends: dict[int, int] = {}
    waiting: set[int] = set()  # partitions where somebody else's letter still waits
    for letter in everything:
        partition, offset = letter.place
        if letter.place in own and partition not in waiting:
            ends[partition] = offset + 1
        elif letter.place not in own and not letter.replayed:
            waiting.add(partition)
    if ends:
        topic = kafka.topic("dead-letters")
        try:
            with closing(KafkaAdminClient(**client_options(kafka))) as admin:
                admin.delete_records({TopicPartition(topic, partition): end for partition, end in ends.items()})
        except KafkaError as error:
            raise ModerationError(f"the cluster at {kafka.bootstrap} refuses: {error}") from error
    return [
        letter for letter in everything if letter.place in own and letter.place[1] >= ends.get(letter.place[0], 0)
    ]  # fmt: skip


def forget_memory(kafka: KafkaSettings, author_id: str) -> int:
    """Write over what workers remember of the author (counts, strikes). How many partitions had something.

    A worker that runs has it in memory too, and writes it again with the author's next post, until it is restarted.
    """
    key = b"author:" + author_id.encode("utf-8", "surrogatepass")
    held: dict[int, bool] = {}
    with closing(Reader(kafka, "state", follow=False)) as reader:
        for record in reader:
            if record.key == key:
                held[record.partition] = record.value is not None
    partitions = sorted(partition for partition, something in held.items() if something)
    sender = Sender(kafka, 30.0)
    try:
        sender.send_many(
            Outgoing("state", key, None, f"what is remembered of {author_id}", partition) for partition in partitions
        )
    finally:
        sender.close()
    return len(partitions)


def _until(config: dict[str, Any], now: datetime) -> datetime | None:
    retention_ms, segment_ms = int(config["retention.ms"]), int(config["segment.ms"])
    if retention_ms < 0 or "delete" not in config["cleanup.policy"]:
        return None
    try:
        return now + timedelta(milliseconds=retention_ms + segment_ms)
    except OverflowError:
        return None


def _named(author_id: str) -> re.Pattern[bytes]:
    """`"author_id": "..."`, with letters beyond ASCII as they are or escaped."""
    forms = {json.dumps(author_id, ensure_ascii=ascii_only).encode(errors="replace") for ascii_only in (True, False)}
    return re.compile(rb'"author_id"\s*:\s*(?:' + b"|".join(re.escape(form) for form in sorted(forms)) + rb")")
