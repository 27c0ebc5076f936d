"""What the delivery tests share: worker processes, posts by the hundred, and reading topics to the end."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from moderation.client import ModerationClient
from moderation.events import Decision
from moderation.settings import KafkaSettings, TopicName

PATIENCE_S = 90.0
KILLED = -signal.SIGKILL
MARKED_WORKER = Path(__file__).parent / "marked_worker.py"


class Pipeline:
    """Workers against one broker, with the stub model and small batches."""

    def __init__(self, kafka: KafkaSettings, logs: Path, **environment: str) -> None:
        self.kafka = kafka
        self._logs = logs
        self._processes: list[subprocess.Popen[bytes]] = []
        self._environment = {
            **os.environ,
            "MODERATION_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "MODERATION_KAFKA_TOPIC_PREFIX": kafka.topic_prefix,
            "MODERATION_KAFKA_GROUP_PREFIX": kafka.group_prefix,
            "MODERATION_KAFKA_PARTITIONS": str(kafka.partitions),
            "MODERATION_TEXT_MODEL": "stub",
            "MODERATION_WINDOW": "16",
            **environment,
        }

    def worker(self, lanes: str) -> "subprocess.Popen[bytes]":
        """Start `moderation worker --lanes LANES`."""
        return self._start([sys.executable, "-m", "moderation", "worker", "--lanes", lanes], lanes)

    def marked(self, stage: str, point: str, batch: int, deed: str) -> "subprocess.Popen[bytes]":
        """Start a worker that does `deed` when it reaches `point` for the `batch`-th time."""
        command = [sys.executable, str(MARKED_WORKER), stage, point, str(batch), deed]
        return self._start(command, f"{stage}-{point}-{deed}")

    def _start(self, command: list[str], name: str) -> "subprocess.Popen[bytes]":
        path = self._logs / f"{len(self._processes)}-{name}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        self._processes.append(process)
        return process

    def stop(self) -> None:
        """End every worker that still runs."""
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def logs(self) -> str:
        """What the workers wrote, for the message of a failed assertion."""
        return "\n".join(f"== {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self._logs.glob("*.log")))

    def send(
        self,
        values: Iterable[bytes],
        key: Callable[[int], bytes | None] = lambda number: None,
        at: datetime | None = None,
    ) -> None:
        """Put raw values on the posts topic, spread over its partitions unless keyed; `at` is when they were posted."""
        producer = KafkaProducer(bootstrap_servers=self.kafka.bootstrap, acks="all")
        topic = self.kafka.topic("posts")
        futures = [
            producer.send(
                topic,
                value=value,
                key=key(number),
                partition=None if key(number) else number % self.kafka.partitions,
                timestamp_ms=None if at is None else int(at.timestamp() * 1000),
            )
            for number, value in enumerate(values)
        ]
        producer.flush()
        for future in futures:
            future.get(30)
        producer.close()

    def read(self, name: TopicName, until: Callable[[list[Any]], bool]) -> list[Any]:
        """Records of a topic from its beginning, until the condition holds on them; fails after PATIENCE_S."""
        consumer = KafkaConsumer(bootstrap_servers=self.kafka.bootstrap, enable_auto_commit=False)
        consumer.assign([TopicPartition(self.kafka.topic(name), n) for n in range(self.kafka.partitions)])
        consumer.seek_to_beginning()
        records: list[Any] = []
        deadline = time.monotonic() + PATIENCE_S
        try:
            while not until(records):
                assert time.monotonic() < deadline, f"only {len(records)} on {name} in time\n{self.logs()}"
                for batch in consumer.poll(timeout_ms=500).values():
                    records += batch
            return records
        finally:
            consumer.close()

    def decisions(self, post_ids: Iterable[str]) -> list[Decision]:
        """Every decision on the topic once each of these posts has a final one."""
        wanted = set(post_ids)
        decided: set[str] = set()
        seen = 0

        def all_final(records: list[Any]) -> bool:
            nonlocal seen
            for record in records[seen:]:
                decision = Decision.model_validate_json(record.value)
                if decision.stage == "final":
                    decided.add(decision.post_id)
            seen = len(records)
            return wanted <= decided

        return [Decision.model_validate_json(record.value) for record in self.read("decisions", all_final)]


@contextmanager
def running(kafka: KafkaSettings, logs: Path, **environment: str) -> Iterator[Pipeline]:
    """A pipeline whose workers are stopped in the end."""
    pipeline = Pipeline(kafka, logs, **environment)
    try:
        yield pipeline
    finally:
        pipeline.stop()


def posts(count: int, prefix: str = "post") -> dict[str, bytes]:
    """Text posts by id."""
    ids = [f"{prefix}-{number}" for number in range(count)]
    return {name: f'{{"post_id": "{name}", "text": "this is post {name}"}}'.encode() for name in ids}


def final_ids(decisions: Iterable[Decision]) -> dict[str, set[str]]:
    """post_id -> the distinct ids of its final decisions."""
    ids: dict[str, set[str]] = defaultdict(set)
    for decision in decisions:
        if decision.stage == "final":
            ids[decision.post_id].add(decision.decision_id)
    return ids


def of(decisions: Iterable[Decision], post_id: str) -> list[Decision]:
    """The decisions of one post in their order, without what was delivered again."""
    found = {decision.decision_id: decision for decision in decisions if decision.post_id == post_id}
    return sorted(found.values(), key=Decision.order)


def acted_on(kafka: KafkaSettings) -> list[Decision]:
    """What a platform that reads all decisions is given to act on."""
    with (
        ModerationClient(kafka) as client,
        client.decisions(group="platform", from_beginning=True, follow=False) as given,
    ):
        return list(given)


def assert_decided_and_acted_on_once(
    wanted: Collection[str],
    decisions: Collection[Decision],
    acted: Collection[Decision],
    *,
    provisional: int,
    again: bool,
) -> None:
    """Each post has so many provisional decisions and one final id, and each decision is acted on once, in order.

    `again`: some were delivered again, or the worker did not die where it should.
    """
    ids = final_ids(decisions)
    assert set(ids) == set(wanted)
    assert all(len(of_post) == 1 for of_post in ids.values())
    counts = Counter(decision.decision_id for decision in decisions)
    if again:
        assert max(counts.values()) > 1, "nothing was delivered again: the worker did not die where it should"
    assert Counter(decision.decision_id for decision in acted) == dict.fromkeys(counts, 1)
    for post_id in wanted:
        stages = [own.stage for own in acted if own.post_id == post_id]
        assert stages == ["provisional"] * provisional + ["final"]
