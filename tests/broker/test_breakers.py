"""A flood of removals on a real broker: the breaker trips for all workers, says so once, and closes again."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner
from kafka import KafkaProducer

from moderation.cli.main import command as moderation
from moderation.events import Alarm, Decision
from moderation.settings import KafkaSettings
from tests.broker.pipeline import Pipeline, running

QUOTA = 20
POLICY = f"""
policy: test
breakers: {{removals: {{action: remove, per_minute: {QUOTA}, cool_down: 1m}}}}
rules: [{{id: everything, when: text.hate >= 0, then: remove, because: hate}}]
"""
FLOOD = datetime.now(UTC).replace(second=10, microsecond=0) - timedelta(hours=2)


class Flood:
    """Posts of given times on given partitions, and what became of them."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._producer = KafkaProducer(bootstrap_servers=pipeline.kafka.bootstrap, acks="all")
        self._sent = 0

    def actions(self, count: int, partitions: Iterable[int], seconds: float) -> list[Decision]:
        """The decisions on so many posts, dealt out to these partitions, of so many seconds after the flood began."""
        places = list(partitions)
        names = [f"post-{number}" for number in range(self._sent, self._sent + count)]
        self._sent += count
        time_ms = int((FLOOD + timedelta(seconds=seconds)).timestamp() * 1000)
        for number, name in enumerate(names):
            value = json.dumps({"post_id": name, "text": "buy now"}).encode()
            partition = places[number % len(places)]
            self._producer.send(self._pipeline.kafka.topic("posts"), value, partition=partition, timestamp_ms=time_ms)
        self._producer.flush()
        found = {own.post_id: own for own in self._pipeline.decisions(names) if own.post_id in names}
        return [found[name] for name in names]


def actions(decisions: Iterable[Decision]) -> set[str]:
    return {decision.action for decision in decisions}


def test_a_flood_of_removals_trips_the_breaker_of_all_workers_which_closes_when_it_is_over(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    with running(kafka, tmp_path, MODERATION_POLICY=str(file)) as pipeline:
        pipeline.worker("text")
        pipeline.worker("policy")
        pipeline.worker("policy")
        flood = Flood(pipeline)

        flooded = flood.actions(300, [0, 1, 2], 0.0)
        removed = sum(decision.action == "remove" for decision in flooded)
        assert QUOTA <= removed <= 3 * QUOTA  # each partition knows its own at once
        stopped = [decision for decision in flooded if decision.action != "remove"]
        assert actions(stopped) == {"review"}
        assert {decision.breakers for decision in stopped} == {("removals",)}
        assert {decision.rules[0].contested_by for decision in stopped} == {("breaker:removals",)}

        # The last partition has had nothing to trip on by itself: it hears of the others.
        heard = [flood.actions(1, [3], 5.0)[0].action for _ in range(QUOTA // 2)]
        assert "review" in heard
        assert actions(flood.actions(40, range(4), 30.0)) == {"review"}

        assert actions(flood.actions(8, range(4), 65.0)) == {"remove"}
        assert actions(flood.actions(12, range(4), 200.0)) == {"remove"}

    environment = {
        "MODERATION_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "MODERATION_KAFKA_TOPIC_PREFIX": kafka.topic_prefix,
        "MODERATION_POLICY": str(file),
    }
    run = CliRunner(env=environment)
    told = run.invoke(moderation, ["alarms", "--no-follow", "--json"])
    alarms = [Alarm.model_validate_json(line) for line in told.output.splitlines()]
    assert [alarm.kind for alarm in sorted(alarms, key=lambda alarm: alarm.at)] == [
        "breaker_open", "breaker_half_open", "breaker_closed",
    ]  # fmt: skip
    assert "Breaker removals is open: remove on " in run.invoke(moderation, ["alarms", "--no-follow"]).output
    shown = run.invoke(moderation, ["policy", "breakers"]).output
    assert shown == f"removals: closed; remove: 0 of {QUOTA} in the last minute\n"
    replayed = run.invoke(moderation, ["replay"])
    assert (replayed.exit_code, replayed.output.endswith(" proven\n")) == (0, True), replayed.output
