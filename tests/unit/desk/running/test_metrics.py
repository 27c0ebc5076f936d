"""What the desk tells Prometheus is what the page for operators says."""

import re
from dataclasses import replace
from pathlib import Path

from prometheus_client.core import Metric
from sqlalchemy.orm import Session

from moderation.desk.running import outbox
from moderation.desk.running.metrics import DeskMetrics
from moderation.desk.running.service import Parts
from moderation.review import levels
from moderation.review.rules import parse
from moderation.review.tables import Outgoing
from moderation.settings import KafkaSettings
from tests.unit.desk.desks import desk_in
from tests.unit.review.rows import NOW, ago, item, task

PAGE = (Path(__file__).parents[4] / "docs" / "operators.md").read_text(encoding="utf-8")


def scraped(folder: Path) -> dict[str, Metric]:
    rules = parse("queues: {default: {due: 1h}, hate: {due: 1h}}", "desk.yaml")
    desk = replace(desk_in(folder), rules=rules)
    with desk.database.session() as session:
        _fill(session)
    metrics = DeskMetrics(desk, Parts.of(desk, KafkaSettings()))
    return {family.name: family for family in metrics.collect()}


def _fill(session: Session) -> None:
    session.add_all(item(number) for number in (1, 2, 3))
    session.flush()
    session.add(task(1, opened_at=ago(minutes=90), due_at=ago(minutes=30)))
    session.add(task(2, opened_at=ago(minutes=5)))
    session.add(task(3, status="hidden", visible_from=NOW))
    session.flush()
    levels.alarm(session, now=NOW)


def series(family: Metric) -> dict[tuple[str, ...], float]:
    return {tuple(sample.labels.values()): sample.value for sample in family.samples}


def test_the_table_has_all_of_them_with_their_labels(tmp_path: Path) -> None:
    listed = {
        name: (set(re.findall(r"\w+", labels)), kind)
        for name, labels, kind in re.findall(r"^\| `(moderation_desk_\w+)` \|([^|]*)\| (\w+) \|", PAGE, re.MULTILINE)
    }
    found = {
        name + "_total" * (family.type == "counter"): (
            {label for sample in family.samples for label in sample.labels},
            family.type,
        )
        for name, family in scraped(tmp_path).items()
    }
    found["moderation_desk_feed_lag"][0].add("topic")  # nobody has asked Kafka here
    assert found == listed


def test_queues_are_counted_with_the_age_of_their_oldest_task(tmp_path: Path) -> None:
    found = scraped(tmp_path)
    tasks = series(found["moderation_desk_tasks"])
    assert [tasks["default", state] for state in ("open", "claimed", "hidden")] == [2, 0, 1]
    assert tasks["hate", "open"] == 0
    assert series(found["moderation_desk_tasks_overdue"]) == {("default",): 1, ("hate",): 0}
    assert series(found["moderation_desk_oldest_task_seconds"]) == {("default",): 5400, ("hate",): 0}
    assert series(found["moderation_desk_outbox_waiting"]) == {(): 1}  # the alarm
    assert series(found["moderation_desk_database_up"]) == {(): 1}


def test_an_outbox_row_is_counted_until_it_is_sent(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    with desk.database.session() as session:
        for key in ("a", "b"):
            session.add(Outgoing(topic="verdicts", key=key, partition=0, value=b"", made_at=NOW, sent_at=None))
        session.flush()
        first, second = outbox.waiting(session, 10)
        assert [row.key for row in outbox.waiting(session, 10, ["a"])] == ["b"]
        outbox.mark_sent(session, [first.number], now=NOW)
        assert [row.number for row in outbox.waiting(session, 10)] == [second.number]
        assert outbox.count_waiting(session) == 1
