"""History exported from a real Kafka: each post once, with its decision and answer; a backtest on it agrees."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from moderation.cli.main import command as moderation
from moderation.client.sending import Outgoing, Sender
from moderation.events import Decision, Verdict
from moderation.settings import KafkaSettings
from tests.broker.pipeline import running

POLICY = """
policy: board
facts: {age_days: number, trusted: {type: boolean, default: false}}
lists: {rivals: [rival]}
signals: {worst: "max(text.hate, text.threat)"}
rules:
  - {id: remove-worst, when: worst >= 0.9, then: remove, because: hate}
  - {id: hold-new, when: text.spam >= 0.7 and facts.age_days < 3, then: hold, because: spam}
  - {id: look, when: text.insult >= 0.6, then: review, because: insult}
  - {id: rivals, when: "any_word(post.text, rivals)", then: label, because: spam}
  - {id: trusted, when: facts.trusted, exempt: [look]}
"""
COUNT = 120


def post(number: int, text: str) -> bytes:
    facts = {"age_days": number % 7, "trusted": number % 5 == 0} if number % 3 else {"trusted": "perhaps"}
    content = {"post_id": f"p{number}", "author_id": f"a{number % 9}", "text": text, "facts": facts}
    if number % 10 == 0:
        content["media"] = [{"media_id": "m", "kind": "image", "url": "https://example.org/a.png"}]
    return json.dumps(content).encode()


def rows_of(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()]


@pytest.mark.timeout(280)
def test_what_is_exported_decides_again_as_it_was_decided(kafka: KafkaSettings, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    texts = [f"post {number}{' about the rival' if number % 4 == 0 else ''}" for number in range(COUNT)]
    settled: dict[str, Decision] = {}
    with running(kafka, tmp_path, MODERATION_POLICY=str(policy)) as pipeline:
        pipeline.worker("text,policy")
        values = [post(number, text) for number, text in enumerate(texts)]
        pipeline.send([*values, *values])  # a producer that repeats itself
        records = pipeline.read("decisions", lambda found: len(found) >= 2 * COUNT)
    for record in records:
        decision = Decision.model_validate_json(record.value)
        settled.setdefault(decision.post_id, decision)
    answered = sorted(settled)[0]
    verdict = Verdict(
        verdict_id="v1",
        post_id=answered,
        action="remove",
        reasons=("hate",),
        reviewer="kim",
        decided_at=datetime.now(UTC),
    )
    sender = Sender(kafka, 30)
    sender.send(Outgoing("verdicts", b"key", verdict.to_json(), "test", 0))
    sender.close()

    environment = {
        "MODERATION_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "MODERATION_KAFKA_TOPIC_PREFIX": kafka.topic_prefix,
        "MODERATION_KAFKA_GROUP_PREFIX": kafka.group_prefix,
    }

    def run(*arguments: str) -> Result:
        return CliRunner(env=environment).invoke(moderation, arguments)

    exported = run("history", "export", "--to", str(tmp_path / "lines"), "--format", "jsonl", "--with-text")
    assert exported.exit_code == 0, exported.output
    assert exported.stderr == f"{COUNT} posts with text\n"
    rows = {str(row["post_id"]): row for row in rows_of(tmp_path / "lines")}
    assert len(rows) == len(rows_of(tmp_path / "lines")) == COUNT
    assert {name: row["decision.action"] for name, row in rows.items()} == {
        name: decision.action for name, decision in settled.items()
    }
    assert {row["text"] for row in rows.values()} == set(texts)
    assert rows[answered]["label.action"] == "remove"
    assert sum("label.action" in row for row in rows.values()) == 1
    assert {"remove", "hold", "review", "label", "allow"} <= {row["decision.action"] for row in rows.values()}

    parquet = str(tmp_path / "history.parquet")
    assert run("history", "export", "--to", parquet, "--since", "1h", "--with-text").exit_code == 0
    for history in (str(tmp_path / "lines"), parquet, "kafka"):
        report = run("policy", "backtest", str(policy), "--on", history, "--json", "-")
        assert report.exit_code == 0, report.output
        found = json.loads(report.stdout)
        assert (found["posts"], found["moved"]) == (COUNT, {"stricter": 0, "milder": 0, "to": {}})
        assert found["labelled"] == 1
        assert [(line["before"], line["now"]) for line in found["rules"]] == [
            (line["now"], line["now"]) for line in found["rules"]
        ]

    nothing = run("history", "export", "--to", str(tmp_path / "none.jsonl"), "--until", "2020-01-01")
    assert nothing.exit_code == 1
    assert "nothing was scored in that time" in nothing.stderr
    assert (tmp_path / "none.jsonl").read_text() == ""
