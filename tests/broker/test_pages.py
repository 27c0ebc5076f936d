"""The examples of docs/producers.md and docs/reviewers.md run as they stand there."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from moderation.client.reading import Reader
from moderation.client.sending import Outgoing, Sender
from moderation.events import Decision, Event, Post, ReviewItem, Source, Verdict
from moderation.settings import KafkaSettings, TopicName

DOCS = Path(__file__).parents[2] / "docs"


def examples(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)


def start(kafka: KafkaSettings, code: str) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "MODERATION_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "MODERATION_KAFKA_TOPIC_PREFIX": kafka.topic_prefix,
    }
    # Groups of the examples are the same in every run; their topics are not.
    code = re.sub(r'group="', f'group="{kafka.group_prefix}-', code)
    return subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)


def put(kafka: KafkaSettings, topic: TopicName, event: Event) -> None:
    sender = Sender(kafka, 30)
    sender.send(Outgoing(topic, b"key", event.to_json(), "test", partition=1))
    sender.close()


def item(**fields: object) -> ReviewItem:
    source = Source(topic="posts", partition=1, offset=0, time=datetime.now(UTC))
    whole = {"review_id": "r1", "decision_id": "d1", "post_id": "post-1", "post": Post(post_id="post-1")}
    return ReviewItem.model_validate({**whole, "source": source, **fields})


def test_the_producers_example_posts_and_ends_with_the_final_decision(kafka: KafkaSettings) -> None:
    [code] = examples("producers.md")
    decision = {"post_id": "post-1", "lanes": {"text": "scored"}}
    provisional = Decision.model_validate({**decision, "decision_id": "d1", "stage": "provisional", "action": "hold"})
    put(kafka, "decisions", provisional)
    put(
        kafka,
        "decisions",
        Decision.model_validate({**decision, "decision_id": "d2", "stage": "final", "action": "allow"}),
    )
    process = start(kafka, code)
    output, _ = process.communicate(timeout=90)
    assert (process.returncode, output) == (0, "post-1: hold, provisional\npost-1: allow, final\n")


@pytest.mark.parametrize("number", [0, 1])
def test_a_reviewers_example_answers_the_item(kafka: KafkaSettings, number: int) -> None:
    action = ("remove", "allow")[number]
    put(kafka, "reviews", item())
    process = start(kafka, examples("reviewers.md")[number])
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == f"post-1: {action} by kim\n"
        if number == 0:
            put(kafka, "reviews", item(status="closed", decision_id="d2"))
            assert process.stdout.readline() == "r1 is taken back\n"
    finally:
        process.terminate()
        process.communicate()
    reader = Reader(kafka, "verdicts", follow=False)
    [verdict] = [Verdict.model_validate_json(record.value or b"") for record in reader]
    reader.close()
    assert (verdict.action, verdict.reviewer, verdict.review_id) == (action, "kim", "r1")
