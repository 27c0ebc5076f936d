"""The demonstration on a real Kafka: every sample is settled, and what it decides is what `moderation run` decides."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from moderation import samples
from moderation.client.reading import Reader, Record
from moderation.dead_letters import DeadLetter
from moderation.events import Decision
from moderation.settings import KafkaSettings, TopicName
from streams.groups import Groups

ROOT = Path(__file__).parents[2]
START_S = 120


def environment(kafka: KafkaSettings) -> dict[str, str]:
    return os.environ | {
        "MODERATION_KAFKA_TOPIC_PREFIX": kafka.topic_prefix,
        "MODERATION_KAFKA_GROUP_PREFIX": kafka.group_prefix,
        "MODERATION_TEXT_MODEL": "stub",
    }


@contextmanager
def demo(kafka: KafkaSettings, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "moderation", "demo", "--bootstrap", kafka.bootstrap, *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(kafka), cwd=ROOT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def records(kafka: KafkaSettings, topic: TopicName) -> list[Record]:
    return list(Reader(kafka, topic, from_beginning=True, follow=False))


def descendants(pid: int) -> set[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found = {pid}
    while more := {child for child, parent in parents if parent in found} - found:
        found |= more
    return found - {pid}


def alive(pid: int) -> bool:
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip()) and not listed.stdout.startswith("Z")


def test_every_sample_is_settled_on_the_topics_exactly_as_moderation_run_settles_it(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    with demo(kafka, "--exit") as process:
        shown, said = process.communicate(timeout=START_S)
    assert process.returncode == 0, said
    assert "\x1b" not in shown
    assert "69 posts" in shown
    assert "8 dead" in shown

    output = tmp_path / "decisions.jsonl"
    subprocess.run(
        [sys.executable, "-m", "moderation", "run", str(samples.PATH), "-o", str(output)],
        env=environment(kafka),
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    lines = output.read_bytes().splitlines()
    decided = [line for line in lines if b'"error"' not in line]
    on_the_topic = {record.value or b"" for record in records(kafka, "decisions")}
    earlier = [Decision.model_validate_json(value) for value in on_the_topic - set(decided)]
    assert set(decided) <= on_the_topic
    # A post with a picture or a clip was decided on its text before.
    assert sorted(decision.post_id for decision in earlier) == [*(f"image-{n:02}" for n in range(1, 7)), "video-01"]
    assert all("pending" in decision.lanes.values() for decision in earlier)

    refused = sorted((json.loads(line)["kind"], json.loads(line)["error"]) for line in set(lines) - set(decided))
    letters = [DeadLetter.from_headers(record.headers) for record in records(kafka, "dead-letters")]
    assert sorted((letter.error, letter.message) for letter in letters) == refused
    malformed = [line for line, result in zip(samples.lines(), lines, strict=True) if b'"error"' in result]
    assert sorted(record.value or b"" for record in records(kafka, "dead-letters")) == sorted(malformed)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_however_the_demonstration_ends_its_workers_end_too(kafka: KafkaSettings, number: signal.Signals) -> None:
    with demo(kafka) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "post" in line and "--bootstrap" in line:
                break
        workers = descendants(process.pid)
        assert len(workers) >= 3
        process.send_signal(number)
        process.stdout.read()
        process.wait(timeout=30)
    deadline = time.monotonic() + 20
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, workers))
    if number != signal.SIGKILL:
        assert process.returncode == 0
        with Groups(kafka) as groups:
            assert groups.members("text") == 0


def test_the_review_desk_opens_with_what_was_decided_and_ends_with_the_demonstration(kafka: KafkaSettings) -> None:
    with demo(kafka) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "set a password" in line:
                break
        url = lines[-2].removeprefix("Review desk: ").strip()
        decided = re.compile(r"\S +(allow|label|review|hold|restrict|remove|withdrawn) ")
        assert any(map(decided.match, lines)), lines  # the first decision does not wait for the desk
        link = lines[-1].split()[-1]
        assert link.startswith(f"{url}/invitation/")
        for address in (link, f"{url}/healthz"):
            with urllib.request.urlopen(address, timeout=20) as answer:
                assert answer.status == 200
        name, _, database = process.stdout.readline().strip().partition(": ")
        assert name == "its database"
        verify = [sys.executable, "-m", "moderation", "audit", "verify", "--database", database]
        assert "whole" in subprocess.run(verify, capture_output=True, text=True, check=True).stdout
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        process.wait(timeout=60)
        assert process.returncode == 0
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=20)


def test_workers_that_cannot_start_are_reported_with_what_they_said_last(kafka: KafkaSettings) -> None:
    with demo(kafka, "--exit", "--model", "no-such-model") as process:
        shown, said = process.communicate(timeout=START_S)
    assert process.returncode == 1, shown
    assert "the workers ended with exit code 1" in said
    assert "no model 'no-such-model'" in said
    assert "Traceback" not in said
