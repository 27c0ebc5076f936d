"""The topics, who reads what, and how long each is kept. Every topic has the same number of partitions."""

from dataclasses import dataclass
from datetime import timedelta

from moderation.settings import KafkaSettings, TopicName

SHORT = timedelta(days=7)
LONG = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `retention` unless the settings say otherwise, None keeps for ever; `max_bytes` of a record batch."""

    name: TopicName
    retention: timedelta | None
    max_bytes: int
    compacted: bool = False


TOPICS: dict[TopicName, Topic] = {
    topic.name: topic
    for topic in (
        # Content is kept short. A record is its post plus scores, so it may be larger than the post was.
        Topic("posts", SHORT, 1_048_588),
        Topic("images", SHORT, 4_194_304),
        Topic("videos", SHORT, 4_194_304),
        Topic("scored", SHORT, 4_194_304),
        Topic("reviews", SHORT, 8_388_608),
        # No content: kept long.
        Topic("decisions", LONG, 4_194_304),
        Topic("verdicts", LONG, 1_048_588),
        Topic("dead-letters", LONG, 8_388_608),
        Topic("policies", None, 4_194_304, compacted=True),
        Topic("shadow", SHORT, 4_194_304),
        Topic("alarms", LONG, 1_048_588),
        # What is remembered of authors; and what all partitions' workers add up: domains, contents, breakers.
        Topic("state", None, 1_048_588, compacted=True),
        Topic("counts", None, 1_048_588, compacted=True),
    )
}


def retention_of(topic: Topic, kafka: KafkaSettings) -> timedelta | None:
    """How long the topic is kept, by the settings; None: for ever."""
    if topic.retention is None:
        return None
    if topic.name == "dead-letters":  # kept as long as records, and full of content
        return timedelta(days=kafka.letter_days)
    return timedelta(days=kafka.content_days if topic.retention == SHORT else kafka.record_days)


READS: dict[str, tuple[TopicName, ...]] = {
    "text": ("posts",),
    "image": ("images",),
    "video": ("videos",),
    "policy": ("scored", "verdicts"),
}
"""Stage -> the topics it consumes, in a consumer group of its own."""
