"""Workers as an operator meets them: supervision, health, replay, review and verdicts, errors."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from moderation.broker import KafkaBroker
from moderation.client import ModerationClient
from moderation.events import Decision
from moderation.settings import KafkaSettings
from streams import admin
from tests.broker.pipeline import PATIENCE_S, Pipeline, final_ids, posts, running

POLICY = """
policy: test
rules:
  - {id: everything, when: text.hate >= 0, then: review, because: hate}
"""


def cli(kafka: KafkaSettings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A verb run against the test's topics."""
    environment = {
        **os.environ,
        "MODERATION_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "MODERATION_KAFKA_TOPIC_PREFIX": kafka.topic_prefix,
        "MODERATION_KAFKA_GROUP_PREFIX": kafka.group_prefix,
    }
    command = [sys.executable, "-m", "moderation", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def children(process: "subprocess.Popen[bytes]") -> list[int]:
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(pid) for pid in path.read_text().split()]


def test_a_supervised_lane_that_is_killed_is_started_again_and_all_end_with_their_parent(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    first, second = posts(50, "before"), posts(50, "after")
    with running(kafka, tmp_path) as pipeline:
        parent = pipeline.worker("text,policy")
        pipeline.send(first.values())
        pipeline.decisions(first)
        assert cli(kafka, "worker", "--lanes", "text,policy", "--health").returncode == 0
        lanes = children(parent)
        for pid in lanes:
            os.kill(pid, signal.SIGKILL)
        pipeline.send(second.values())
        ids = final_ids(pipeline.decisions({**first, **second}))
        assert {len(of_post) for of_post in ids.values()} == {1}
        lanes = children(parent)
        assert len(lanes) == 2
        parent.kill()
        _wait_until_gone(lanes)
    assert cli(kafka, "worker", "--lanes", "text,policy", "--health").returncode == 1


def _wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline, "workers outlive their parent"


def test_review_verdict_and_replay_close_the_loop(kafka: KafkaSettings, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    port = _two_free_ports()
    environment = {"MODERATION_POLICY": str(policy), "MODERATION_METRICS_PORT": str(port)}
    with running(kafka, tmp_path, **environment) as pipeline, ModerationClient(kafka) as client:
        pipeline.worker("text,policy")
        for number in range(5):
            client.post(post_id=f"p{number}", author_id=f"a{number}", text=f"text {number}")
        reviews = client.reviews(from_beginning=True, idle_s=PATIENCE_S)
        items = [next(reviews) for _ in range(5)]
        verdict = client.verdict(items[0], action="remove", reviewer="ann")
        human = _human(pipeline)
        assert (human.post_id, human.action, human.verdict_id) == (items[0].post_id, "remove", verdict.verdict_id)
        text, policies = _scraped(port), _scraped(port + 1)
        assert 'moderation_outputs_total{lane="text",topic="scored"} 5.0' in text
        assert 'moderation_decisions_total{action="review",lane="policy",stage="final"} 5.0' in policies
        assert 'moderation_decisions_total{action="remove",lane="policy",stage="human"} 1.0' in policies
        assert f'{{hash="{items[0].policy_hash}",lane="policy",policy="test",role="live"}} 1.0' in policies

        proven = cli(kafka, "replay")
        assert (proven.returncode, proven.stdout) == (0, "6 proven\n"), proven.stderr
        one = cli(kafka, "replay", items[1].post_id)
        assert one.returncode == 0
        assert items[1].decision_id in one.stdout
        _forge(pipeline, human)
        forged = cli(kafka, "replay", "--show")
        assert forged.returncode == 1
        assert f"differs: decision {human.decision_id}" in forged.stdout


def _two_free_ports() -> int:
    """The first of two."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


def _scraped(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S) as answer:
        return str(answer.read().decode())


def _human(pipeline: Pipeline) -> Decision:
    records = pipeline.read("decisions", lambda records: any(b'"stage":"human"' in r.value for r in records))
    [human] = [r.value for r in records if b'"stage":"human"' in r.value]
    return Decision.model_validate_json(human)


def _forge(pipeline: Pipeline, decision: Decision) -> None:
    """Put a decision on the topic that no verdict gives."""
    from kafka import KafkaProducer

    value = decision.model_copy(update={"action": "allow"}).to_json()
    producer = KafkaProducer(bootstrap_servers=pipeline.kafka.bootstrap, acks="all")
    producer.send(pipeline.kafka.topic("decisions"), value=value, partition=0).get(30)
    producer.close()


def test_a_worker_that_cannot_start_says_why_and_is_not_started_again(kafka: KafkaSettings, tmp_path: Path) -> None:
    policy = tmp_path / "broken.yaml"
    policy.write_text("policy: test\nrules:\n  - {id: x, when: text.hatee > 1, then: remove, because: hate}\n")
    broken = cli(kafka, "worker", "--lanes", "text,policy", "--policy", str(policy))
    assert broken.returncode == 1
    assert "did you mean 'text.hate'?" in broken.stderr
    assert "Traceback" not in broken.stderr
    topics = cli(kafka.model_copy(update={"topic_prefix": "nowhere"}), "worker", "--lanes", "policy")
    assert topics.returncode == 2
    assert "moderation topics apply" in topics.stderr
    model = cli(kafka, "worker", "--lanes", "text", "--model", "no-such-model")
    assert model.returncode == 1
    assert "no-such-model" in model.stderr


def test_supervised_workers_outlast_a_broker_that_is_away_at_their_start(tmp_path: Path) -> None:
    with KafkaBroker(data=tmp_path / "kafka") as broker:
        kafka = KafkaSettings(bootstrap=broker.bootstrap)
        admin.apply(kafka)
        wanted = posts(20)
        with running(kafka, tmp_path) as pipeline:
            pipeline.send(wanted.values())
            broker.stop()
            alone = cli(kafka, "worker", "--lanes", "policy")
            assert alone.returncode == 75
            assert "no Kafka broker answers" in alone.stderr
            worker = pipeline.worker("text,policy")
            while "next start" not in pipeline.logs():
                assert worker.poll() is None, pipeline.logs()
            broker.start()
            assert set(final_ids(pipeline.decisions(wanted))) == set(wanted)


def test_an_edited_policy_decides_from_then_on_and_every_hash_can_be_looked_up(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    with running(kafka, tmp_path, MODERATION_POLICY=str(policy)) as pipeline:
        pipeline.worker("text,policy")
        first = posts(10, "first")
        pipeline.send(first.values())
        old = {decision.policy_hash for decision in pipeline.decisions(first)}
        policy.write_text(POLICY.replace("review", "remove"))
        pipeline.read("policies", lambda records: len(records) >= 2)
        round_ = 0
        while True:
            wanted = posts(5, f"round-{round_}")
            pipeline.send(wanted.values())
            decisions = [d for d in pipeline.decisions(wanted) if d.post_id in wanted]
            if {decision.action for decision in decisions} == {"remove"}:
                break
            round_ += 1
            assert round_ < 20, "the edited policy never came into force"
        published = pipeline.read("policies", lambda records: len(records) >= 2)
        hashes = {json.loads(record.value)["hash"] for record in published}
        assert hashes == old | {decision.policy_hash for decision in decisions}
        assert cli(kafka, "replay").returncode == 0


@pytest.mark.parametrize("delay_ms", [0, 300, 900])  # connecting, joining the group, nearly ready
def test_a_worker_whose_kafka_goes_away_while_it_starts_stops(delay_ms: int, tmp_path: Path) -> None:
    with KafkaBroker(data=tmp_path / "kafka") as broker:
        kafka = KafkaSettings(bootstrap=broker.bootstrap)
        admin.apply(kafka)
        with running(kafka, tmp_path) as pipeline:
            worker = pipeline.marked("text", "began", 1, f"orphan:{broker.pid}:{delay_ms}")
            assert worker.wait(60) in (0, 75), pipeline.logs()
        assert "Traceback" not in pipeline.logs()
