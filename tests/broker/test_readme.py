"""The examples of the README run as they stand there: a real Kafka, the shipped model, the example's policy."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from moderation.client import ModerationClient
from moderation.settings import KafkaSettings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PATIENCE_S = 90.0


def block(language: str, containing: str) -> str:
    """The one fenced block of this language that has this text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    [found] = [text for text in blocks if containing in text]
    return str(found)


@pytest.fixture
def environment(kafka: KafkaSettings) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",
        "MODERATION_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "MODERATION_KAFKA_TOPIC_PREFIX": kafka.topic_prefix,
        "MODERATION_KAFKA_GROUP_PREFIX": kafka.group_prefix,
    }


@contextmanager
def running(command: list[str], environment: dict[str, str], folder: Path) -> Iterator["subprocess.Popen[str]"]:
    with (folder / "errors.log").open("a") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=20)


def test_a_post_of_the_producers_example_is_decided_and_the_reviewers_example_answers_it(
    kafka: KafkaSettings, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "my-policy.yaml").write_text(block("yaml", "policy: my-policy"))
    producer = [sys.executable, "-c", block("python", "client.post")]
    reviewer = [sys.executable, "-c", block("python", "client.verdict")]
    worker = ["moderation", "worker", "--lanes", "text,image,video,policy", "--policy", "my-policy.yaml"]
    with (
        running(worker, environment, tmp_path),
        running(producer, environment, tmp_path) as posting,
        running(reviewer, environment, tmp_path) as reviewing,
        ModerationClient(kafka) as client,
    ):
        stages = []
        for decision in client.decisions(from_beginning=True, idle_s=PATIENCE_S):
            stages.append((decision.post_id, decision.stage, decision.action))
            if decision.stage == "human":
                break
        assert stages == [("post-1", "final", "review"), ("post-1", "human", "remove")], log_of(tmp_path)
        assert posting.stdout is not None
        assert posting.stdout.readline() == "post-1 review final insult\n"
        assert posting.stdout.readline().startswith("post-1 remove human")
        assert reviewing.stdout is not None
        assert "You are a disgusting idiot!" in reviewing.stdout.readline()


def log_of(folder: Path) -> str:
    return (folder / "errors.log").read_text()[-3000:]


def test_the_policy_authors_rule_is_accepted_and_fires_on_the_post_of_the_example(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "my-policy.yaml").write_text(block("yaml", "policy: my-policy"))
    done = subprocess.run(
        ["sh", "-e", "-c", block("sh", "policy check my-policy.yaml")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert "my-policy.yaml: ok" in done.stdout
    assert '"rule":"insult-look"' in done.stdout
