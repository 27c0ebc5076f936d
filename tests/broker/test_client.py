"""The client against a real Kafka: what is sent arrives once, what is followed comes once, crashes lose nothing."""

import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from moderation.broker import KafkaBroker
from moderation.client import ModerationClient
from moderation.errors import (
    BrokerUnavailable,
    ConfigurationError,
    DeliveryError,
    DeliveryTimeout,
    InvalidEvent,
)
from moderation.events import Decision, Event, Post, ReviewItem, Scored, Source, Verdict
from moderation.settings import KafkaSettings, TopicName
from streams import admin

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def client(kafka: KafkaSettings) -> Iterator[ModerationClient]:
    with ModerationClient(kafka) as client:
        yield client


def put(kafka: KafkaSettings, topic: TopicName, *values: Event | bytes, partition: int = 1) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)
    for value in values:
        data = value if isinstance(value, bytes) else value.to_json()
        producer.send(kafka.topic(topic), value=data, partition=partition).get(30)
    producer.close()


def values_on(kafka: KafkaSettings, topic: TopicName) -> list[Any]:
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap)
    partitions = [TopicPartition(kafka.topic(topic), n) for n in range(kafka.partitions)]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    missing = sum(consumer.end_offsets(partitions).values())
    records: list[Any] = []
    while len(records) < missing:
        records += [record for batch in consumer.poll(timeout_ms=500).values() for record in batch]
    consumer.close()
    return records


def decision(decision_id: str, post_id: str = "p1", **fields: Any) -> Decision:
    return Decision(**{"decision_id": decision_id, "post_id": post_id, "stage": "final", "action": "allow", **fields})


def review(review_id: str, partition: int = 2, **fields: Any) -> ReviewItem:
    source = Source(topic="posts", partition=partition, offset=7, time=NOW)
    whole = {"post_id": f"post-of-{review_id}", "decision_id": "d", "source": source, **fields}
    return ReviewItem(review_id=review_id, post=Post(post_id=whole["post_id"]), **whole)


def test_a_post_arrives_whole_with_its_author_as_key(kafka: KafkaSettings, client: ModerationClient) -> None:
    delivery = client.post(post_id="p1", author_id="anna", text="héllo", own_field={"kept": True})
    client.post(Post(post_id="p2"))
    by_key = {record.key: record for record in values_on(kafka, "posts")}
    assert by_key.keys() == {b"anna", b"p2"}
    post = Post.model_validate_json(by_key[b"anna"].value)
    assert (post.text, post.model_extra) == ("héllo", {"own_field": {"kept": True}})
    assert (delivery.partition, delivery.offset) == (by_key[b"anna"].partition, by_key[b"anna"].offset)


def test_many_posts_arrive_once_and_are_confirmed_in_order(kafka: KafkaSettings, client: ModerationClient) -> None:
    confirmed: list[str] = []
    count = client.post_many((Post(post_id=f"p{n}") for n in range(5_000)), confirmed.append)
    assert count == 5_000
    assert confirmed == [f"p{n}" for n in range(5_000)]
    assert len({record.value for record in values_on(kafka, "posts")}) == len(values_on(kafka, "posts")) == 5_000


def test_a_post_the_topic_does_not_take_is_an_error_and_the_next_is_sent(client: ModerationClient) -> None:
    with pytest.raises(DeliveryError, match=r"big: 1,200,134 bytes are more than the 1,048,576 that .*\.posts takes"):
        client.post(post_id="big", text="x" * 1_200_000)
    assert client.post(post_id="small").offset == 0


def test_a_post_that_is_none_is_refused_before_it_is_sent(client: ModerationClient) -> None:
    with pytest.raises(InvalidEvent, match="not a valid post: post_id"):
        client.post(post_id="")
    with pytest.raises(InvalidEvent, match="UTF-8"):
        client.post(post_id="p", text="\ud800")


def test_a_missing_topic_names_the_command_that_makes_it(kafka: KafkaSettings) -> None:
    empty = kafka.model_copy(update={"topic_prefix": f"{kafka.topic_prefix}-none"})
    with ModerationClient(empty, timeout_s=1) as client:
        with pytest.raises(ConfigurationError, match="moderation topics apply"):
            client.post(post_id="p")
        with pytest.raises(ConfigurationError, match="moderation topics apply"):
            client.decisions()


def test_nobody_at_the_address_is_one_clear_sentence() -> None:
    with ModerationClient(KafkaSettings(bootstrap="127.0.0.1:1")) as client:
        with pytest.raises(
            BrokerUnavailable, match=r"no Kafka broker answers at .* start one with `moderation broker --port 9092`"
        ):
            client.post(post_id="p")
        with pytest.raises(BrokerUnavailable):
            client.decisions()


def test_a_post_is_not_confirmed_while_the_broker_is_away() -> None:
    with KafkaBroker() as broker:
        kafka = KafkaSettings(bootstrap=broker.bootstrap, partitions=1)
        admin.apply(kafka)
        with ModerationClient(kafka, timeout_s=2) as client:
            client.post(post_id="p1")
            broker.kill()
            with pytest.raises(DeliveryTimeout, match="p2: not confirmed"):
                client.post(post_id="p2")
            broker.restart()
        with ModerationClient(kafka) as client:
            client.post(post_id="p2")
        found = [Post.model_validate_json(record.value).post_id for record in values_on(kafka, "posts")]
        assert found in (["p1", "p2"], ["p1", "p2", "p2"])


def test_decisions_seen_before_and_decisions_that_are_outdated_are_left_out(
    kafka: KafkaSettings, client: ModerationClient
) -> None:
    human = decision("d3", stage="human", action="remove")
    sequence = [
        decision("d1", stage="provisional", lanes={"text": "scored", "video": "pending"}),
        decision("d2", lanes={"text": "scored", "video": "scored"}),
        decision("d2"),
        decision("d1", stage="provisional"),
        human,
        decision("d4"),
        decision("other", "p2"),
        decision("d5", revision=1),
    ]
    put(kafka, "decisions", *sequence)
    found = [d.decision_id for d in client.decisions(from_beginning=True, follow=False)]
    assert found == ["d1", "d2", "d3", "other", "d5"]


def test_what_is_no_decision_is_counted_and_stops_nothing(kafka: KafkaSettings, client: ModerationClient) -> None:
    put(kafka, "decisions", b"", b"\xff", b'{"schema": "decision/9"}', decision("d1"))
    follower = client.decisions(from_beginning=True, follow=False)
    assert [d.decision_id for d in follower] == ["d1"]
    assert follower.skipped == 3


def test_without_a_group_following_starts_at_the_moment_it_is_asked_for(
    kafka: KafkaSettings, client: ModerationClient
) -> None:
    put(kafka, "decisions", decision("before"))
    follower = client.decisions(idle_s=30)
    put(kafka, "decisions", decision("after"))
    assert next(follower).decision_id == "after"


def test_a_crash_while_a_decision_is_dealt_with_brings_it_again(kafka: KafkaSettings, client: ModerationClient) -> None:
    put(kafka, "decisions", *(decision(f"d{n}", f"p{n}") for n in range(5)))

    def deal_with_some(until: str) -> list[str]:
        dealt_with = []
        with client.decisions(group=kafka.group("platform"), idle_s=30) as decisions:
            for found in decisions:
                if found.decision_id == until:
                    raise RuntimeError("crash")
                dealt_with.append(found.decision_id)
                if found.decision_id == "d4":
                    decisions.done()
                    break
        return dealt_with

    with pytest.raises(RuntimeError):
        deal_with_some(until="d2")
    assert deal_with_some(until="never") == ["d2", "d3", "d4"]


def test_a_group_shares_the_decisions_among_its_members(kafka: KafkaSettings, client: ModerationClient) -> None:
    for partition in range(4):
        put(
            kafka, "decisions", *(decision(f"{partition}-{n}", f"p{partition}") for n in range(20)), partition=partition
        )
    found: list[str] = []

    def member() -> None:
        with client.decisions(group=kafka.group("shared"), idle_s=4) as decisions:
            found.extend(d.decision_id for d in decisions)

    members = [threading.Thread(target=member) for _ in range(2)]
    for thread in members:
        thread.start()
    for thread in members:
        thread.join()
    assert set(found) == {f"{partition}-{n}" for partition in range(4) for n in range(20)}


def test_following_survives_a_broker_that_restarts() -> None:
    with KafkaBroker() as broker:
        kafka = KafkaSettings(bootstrap=broker.bootstrap, partitions=2)
        admin.apply(kafka)
        with ModerationClient(kafka) as client:
            follower = client.decisions(group="platform", idle_s=60)
            put(kafka, "decisions", decision("d1"))
            assert next(follower).decision_id == "d1"
            broker.restart()
            put(kafka, "decisions", decision("d2"))
            assert next(d.decision_id for d in follower if d.decision_id != "d1") == "d2"


def test_reviews_come_once_and_closed_ones_only_if_asked_for(kafka: KafkaSettings, client: ModerationClient) -> None:
    opened, closed = review("r1"), review("r1", status="closed", decision_id="d9")
    put(kafka, "reviews", opened, opened, review("r2"), closed)
    assert [item.review_id for item in client.reviews(from_beginning=True, follow=False)] == ["r1", "r2"]
    states = [(item.review_id, item.status) for item in client.reviews(from_beginning=True, follow=False, closed=True)]
    assert states == [("r1", "open"), ("r2", "open"), ("r1", "closed")]


def test_a_verdict_travels_on_the_partition_of_its_post(kafka: KafkaSettings, client: ModerationClient) -> None:
    item = review("r1", partition=3)
    sent = client.verdict(item, "remove", "me", reasons=["hate"], note="clear")
    [record] = values_on(kafka, "verdicts")
    assert (record.partition, record.key) == (3, b"post-of-r1")
    assert Verdict.model_validate_json(record.value) == sent
    assert (sent.review_id, sent.decision_id, sent.source) == ("r1", "d", item.source)


def test_a_verdict_without_source_goes_where_the_recommended_key_puts_the_post(
    kafka: KafkaSettings, client: ModerationClient
) -> None:
    for author in map("author-{}".format, range(8)):
        where = client.post(post_id="p", author_id=author)
        fields = {"verdict_id": author, "post_id": "p", "author_id": author, "action": "allow", "reviewer": "me"}
        client.verdict(Verdict(**fields, decided_at=NOW))
        [verdict] = [
            r for r in values_on(kafka, "verdicts") if Verdict.model_validate_json(r.value).verdict_id == author
        ]
        assert verdict.partition == where.partition


def test_a_verdict_without_action_or_from_another_cluster_is_refused(client: ModerationClient) -> None:
    with pytest.raises(InvalidEvent, match="action"):
        client.verdict(review("r1"), reviewer="me")
    with pytest.raises(DeliveryError, match="no partition 9"):
        client.verdict(review("r1", partition=9), "allow", "me")


def test_records_come_as_the_lanes_wrote_them(kafka: KafkaSettings, client: ModerationClient) -> None:
    source = Source(topic="posts", partition=1, offset=0, time=NOW)
    record = Scored.model_validate({"post": {"post_id": "p"}, "source": source, "lanes": {"text": {"state": "scored"}}})
    put(kafka, "scored", record, record)
    follower = client.records(from_beginning=True, idle_s=30)
    assert list(itertools.islice(follower, 2)) == [record, record]
