"""The review desk between a real Kafka and a database: what is announced is answered once, whatever dies meanwhile."""

import hashlib
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from sqlalchemy import func, select

from moderation.broker import KafkaBroker
from moderation.client import ModerationClient, verdict_on
from moderation.desk.running.feed import group_of
from moderation.events import Decision, Event, ReviewItem, Verdict
from moderation.policy import Policy, evaluate, load_policy
from moderation.review import accounts, answering, claims
from moderation.review.database import Database
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Answer, DecisionRow, Item, Outgoing, Task
from moderation.settings import KafkaSettings, TopicName
from streams import admin
from tests.broker.pipeline import KILLED, PATIENCE_S, Pipeline, running
from tests.databases import address, database, empty, postgresql, sqlite
from tests.unit.policy.builders import record

__all__ = ["address", "database", "empty", "postgresql", "sqlite"]

MARKED_DESK = Path(__file__).parent / "marked_desk.py"
POLICY = """\
policy: test
queues: {look: {due: 8h}}
rules:
  - {id: look, when: text.hate >= 0, then: review, because: hate, queue: look}
"""
RULES = DeskRules()

T = TypeVar("T")


class DeskProcess:
    """`moderation desk`, on a free port, with its log."""

    def __init__(self, kafka: KafkaSettings, address: str, log: Path, point: str | None = None, **more: str) -> None:
        self.log = log
        start = ["-m", "moderation", "desk"] if point is None else [str(MARKED_DESK), point]
        environment = Pipeline(kafka, log.parent)._environment | more
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, *start, "--port", "0", "--database", address],
                env=environment,
                stdout=file,
                stderr=file,
            )

    @property
    def url(self) -> str:
        """Where it is, once it says so."""
        found = until(lambda: re.findall(r"^review desk: (\S+)$", self.text, re.MULTILINE), self)
        return str(found[-1])

    @property
    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def health(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        return found

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@contextmanager
def desk(
    kafka: KafkaSettings, address: str, folder: Path, point: str | None = None, **more: str
) -> Iterator[DeskProcess]:
    """A desk that is stopped in the end."""
    found = DeskProcess(kafka, address, folder / f"desk-{time.monotonic_ns()}.log", point, **more)
    try:
        yield found
    finally:
        found.stop()


def until(condition: Callable[[], T], desk: DeskProcess | None = None) -> T:
    """What the condition gives, as soon as it is true; fails after PATIENCE_S."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, desk.text[-3000:] if desk else "too late"
        time.sleep(0.05)
    return found


def reviewer(database: Database, login: str = "kim") -> Account:
    now = datetime.now(UTC)
    with database.session() as session:
        return accounts.create(session, login, login.title(), roles=["reviewer"], by="moderation", now=now)


def answer(database: Database, account: Account, action: str = "remove") -> Answer:
    """Claim the next task and answer it; a desk that begins holds all of few tasks while it ranks them."""
    given = until(lambda: _answered(database, account, action))
    assert given is not None
    return given


def _answered(database: Database, account: Account, action: str) -> Answer | None:
    now = datetime.now(UTC)
    with database.session() as session:
        task = claims.claim(session, account, RULES, now=now)
        if task is None:
            return None
        reasons = [] if action == "allow" else ["hate"]
        to = answering.seen(session.get_one(Item, task.head))
        return answering.submit(session, task, account, action, reasons, None, RULES, to=to, now=now)


def items(database: Database, status: str = "open") -> dict[str, Item]:
    with database.session() as session:
        return {row.post_id: row for row in session.scalars(select(Item).where(Item.status == status))}


def open_tasks(database: Database) -> list[Task]:
    with database.session() as session:
        return list(session.scalars(select(Task).where(Task.status == "open")))


def count(database: Database, table: type[Any]) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def stored_offsets(kafka: KafkaSettings, topic: TopicName) -> int:
    """How many records the group of a feed has committed."""
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=group_of(topic, kafka))
    try:
        places = [TopicPartition(kafka.topic(topic), number) for number in range(kafka.partitions)]
        return sum(consumer.committed(place) or 0 for place in places)
    finally:
        consumer.close(autocommit=False)


def send(kafka: KafkaSettings, topic: TopicName, *events: Event | bytes, partition: int = 0) -> None:
    """Put events on a topic as the policy stage does."""
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    for event in events:
        value = event if isinstance(event, bytes) else event.to_json()
        producer.send(kafka.topic(topic), value=value, partition=partition).get(30)
    producer.close()


def made(policy: Policy, post_id: str, **more: Any) -> tuple[Decision, ReviewItem]:
    """A decision and its item, on a post that came just now."""
    text = " ".join(hashlib.sha256(f"{post_id} {number}".encode()).hexdigest()[:9] for number in range(12))
    found = record({"text.hate": 0.7}, time=datetime.now(UTC), text=text, **more)
    found = found.model_copy(update={"post": found.post.model_copy(update={"post_id": post_id, "author_id": post_id})})
    found = found.model_copy(update={"source": found.source.model_copy(update={"partition": 0})})
    outcome = evaluate(found, policy)
    assert outcome.review is not None
    return outcome.decision, outcome.review


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return path


@pytest.fixture
def policy(policy_file: Path) -> Policy:
    return load_policy(policy_file)


def verdicts(pipeline: Pipeline, count: int) -> list[Verdict]:
    """The verdicts on the topic, once there are so many."""
    records = pipeline.read("verdicts", lambda records: len(records) >= count)
    return [Verdict.model_validate_json(record.value) for record in records]


def test_a_post_is_announced_claimed_answered_and_decided_by_the_human_exactly_once(
    kafka: KafkaSettings, database: Database, address: str, tmp_path: Path, policy_file: Path
) -> None:
    with (
        running(kafka, tmp_path, MODERATION_POLICY=str(policy_file)) as pipeline,
        desk(kafka, address, tmp_path) as own,
    ):
        pipeline.worker("text")
        pipeline.worker("policy")
        pipeline.send([b'{"post_id": "p1", "author_id": "a1", "text": "what one says, and only one"}'])
        waiting = until(lambda: items(database), own)["p1"]
        assert (waiting.queue, waiting.probability) == ("look", 1.0)
        given = answer(database, reviewer(database))
        assert own.health() == {"status": "ok", "troubles": {}}
        (verdict,) = verdicts(pipeline, 1)
        assert (verdict.verdict_id, verdict.action, verdict.reasons) == (given.verdict_id, "remove", ("hate",))
        records = pipeline.read("decisions", lambda records: any(b'"human"' in own.value for own in records))
        human = [one for own in records if (one := Decision.model_validate_json(own.value)).stage == "human"]
        assert [(one.action, one.verdict_id) for one in human] == [("remove", verdict.verdict_id)]

        # It comes back to the desk, as the decision that stands.
        def current() -> list[DecisionRow]:
            with database.session() as session:
                asked = select(DecisionRow).where(DecisionRow.stage == "human", DecisionRow.current)
                return list(session.scalars(asked))

        (row,) = until(current, own)
        assert (row.post_id, row.verdict_id, row.decision_id) == ("p1", verdict.verdict_id, human[0].decision_id)
        assert until(lambda: items(database, "decided"), own)["p1"].verdict_id == verdict.verdict_id
        assert own.stop() == 0


def test_reviews_that_come_again_change_nothing(
    kafka: KafkaSettings, database: Database, address: str, tmp_path: Path, policy: Policy
) -> None:
    found = [made(policy, f"p{number}") for number in range(30)]
    with running(kafka, tmp_path) as pipeline, desk(kafka, address, tmp_path) as own:
        send(kafka, "reviews", *(item for _, item in found))
        send(kafka, "decisions", *(decision for decision, _ in found))
        until(lambda: len(items(database)) == 30, own)
        answer(database, reviewer(database))
        verdicts(pipeline, 1)
        send(kafka, "reviews", *(item for _, item in found))
        send(kafka, "decisions", *(decision for decision, _ in found))
        until(lambda: stored_offsets(kafka, "reviews") == stored_offsets(kafka, "decisions") == 60, own)
        assert len(items(database)) == len(open_tasks(database)) == 29
        assert count(database, Item) == count(database, DecisionRow) == 30
        assert count(database, Outgoing) == 1
        assert len(verdicts(pipeline, 1)) == 1


def test_a_desk_that_dies_between_database_and_kafka_stores_everything_once(
    kafka: KafkaSettings, database: Database, address: str, tmp_path: Path, policy: Policy
) -> None:
    found = [made(policy, f"p{number}") for number in range(30)]
    send(kafka, "reviews", *(item for _, item in found))
    with desk(kafka, address, tmp_path, "stored") as doomed:
        assert doomed.process.wait(PATIENCE_S) == KILLED, doomed.text
    stored = len(items(database))
    assert stored > 0
    assert stored_offsets(kafka, "reviews") == 0
    with desk(kafka, address, tmp_path) as own:
        until(lambda: stored_offsets(kafka, "reviews") == 30, own)
        assert len(items(database)) == len(open_tasks(database)) == 30


def test_a_desk_that_dies_between_sending_and_marking_sends_the_same_verdict_again(
    kafka: KafkaSettings, database: Database, address: str, tmp_path: Path, policy_file: Path, policy: Policy
) -> None:
    with running(kafka, tmp_path, MODERATION_POLICY=str(policy_file)) as pipeline:
        pipeline.worker("policy")
        with desk(kafka, address, tmp_path, "sent") as doomed:
            decision, item = made(policy, "p1")
            send(kafka, "decisions", decision)
            send(kafka, "reviews", item)
            until(lambda: items(database), doomed)
            given = answer(database, reviewer(database))
            assert doomed.process.wait(PATIENCE_S) == KILLED, doomed.text
        with database.session() as session:
            assert session.scalars(select(Outgoing.sent_at)).all() == [None]
        with desk(kafka, address, tmp_path) as own:

            def sent() -> bool:
                with database.session() as session:
                    return None not in session.scalars(select(Outgoing.sent_at)).all()

            until(sent, own)
            assert [one.verdict_id for one in verdicts(pipeline, 2)] == [given.verdict_id] * 2
        with ModerationClient(kafka) as client:  # as every consumer does
            following = client.decisions(from_beginning=True, idle_s=5)
            assert [one.verdict_id for one in following if one.stage == "human"] == [given.verdict_id]


def test_verdicts_on_one_post_arrive_in_their_order_from_several_desks(
    kafka: KafkaSettings, database: Database, address: str, tmp_path: Path, policy: Policy
) -> None:
    wanted: dict[str, list[str]] = {f"p{number}": [] for number in range(20)}
    found = {post_id: made(policy, post_id)[1] for post_id in wanted}
    for _ in range(5):
        with database.session() as session:
            for post_id, item in found.items():
                verdict = verdict_on(item, "remove", "account:1", ["hate"])
                wanted[post_id].append(verdict.verdict_id)
                now = datetime.now(UTC)
                session.add(
                    Outgoing(
                        topic="verdicts", key=post_id, partition=0, value=verdict.to_json(), made_at=now, sent_at=None
                    )
                )  # fmt: skip
    with (
        running(kafka, tmp_path) as pipeline,
        desk(kafka, address, tmp_path) as one,
        desk(kafka, address, tmp_path) as other,
    ):
        seen: dict[str, list[str]] = {}
        for verdict in verdicts(pipeline, 100):
            seen.setdefault(verdict.post_id, []).append(verdict.verdict_id)
        assert seen == wanted
        for own in (one, other):
            until(lambda own=own: own.health()["status"] == "ok", own)  # type: ignore[misc]


def test_an_item_that_waits_for_its_time_is_never_shown_when_a_later_decision_came_first(
    kafka: KafkaSettings, database: Database, address: str, tmp_path: Path
) -> None:
    """Its time is over before the desk starts: only the order of the records can tell."""
    rules = '[{id: a, when: text.language == "xx", then: label, because: hate}]'
    waits = load_from(tmp_path, f"policy: test\nlanes: {{image: {{deadline: 1s}}}}\nrules: {rules}\n")
    media = [{"media_id": "m", "kind": "image", "url": "https://example.org/a.png"}]
    early = datetime.now(UTC) - timedelta(minutes=5)

    def outcome(post_id: str, image: Any) -> Any:
        made = record(lanes={"text": "scored", "image": image}, time=early, media=media, text=f"{post_id} " * 9)
        post = made.post.model_copy(update={"post_id": post_id})
        source = made.source.model_copy(update={"partition": 0})
        return evaluate(made.model_copy(update={"post": post, "source": source}), waits)

    still, settled = outcome("still", "pending"), outcome("settled", "pending")
    done = outcome("settled", "scored")
    assert settled.review.visible_from < datetime.now(UTC)
    assert done.review.status == "closed"
    always = load_from(tmp_path, POLICY)
    between = [made(always, f"p{number}")[1] for number in range(300)]
    send(kafka, "reviews", settled.review, still.review, *between, done.review)
    with desk(kafka, address, tmp_path) as own:
        shown: set[str] = set()

        def all_stored() -> bool:
            shown.update(task.head for task in open_tasks(database))
            return stored_offsets(kafka, "reviews") == 303

        until(all_stored, own)
        until(lambda: still.review.review_id in {task.head for task in open_tasks(database)}, own)
        shown.update(task.head for task in open_tasks(database))
        assert settled.review.review_id not in shown
        assert items(database, "closed").keys() == {"settled"}


def test_what_is_no_event_is_skipped_and_counted_and_what_no_database_holds_too(
    kafka: KafkaSettings, database: Database, address: str, tmp_path: Path, policy: Policy
) -> None:
    _, item = made(policy, "p1")
    _, last = made(policy, "p2")
    with_nul = item.model_copy(update={"queue": "a\0b", "review_id": "nul"})
    broken = [b"", b"not json", b'{"schema": "review/9"}', item.to_json()[:-10]]
    send(kafka, "reviews", *broken, with_nul, item, last)
    with desk(kafka, address, tmp_path) as own:
        until(lambda: stored_offsets(kafka, "reviews") == 7, own)
        assert {"p1", "p2"} <= items(database).keys()
        assert "is not a valid ReviewItem" in own.text
        assert own.health()["status"] == "ok"


def test_a_kafka_that_restarts_costs_nothing_and_the_desk_says_so_meanwhile(
    database: Database, address: str, tmp_path: Path
) -> None:
    policy = load_from(tmp_path, POLICY)
    with KafkaBroker() as broker:
        kafka = KafkaSettings(bootstrap=broker.bootstrap, partitions=2)
        admin.apply(kafka)
        with running(kafka, tmp_path) as pipeline, desk(kafka, address, tmp_path) as own:
            send(kafka, "reviews", made(policy, "p1")[1])
            until(lambda: items(database), own)
            account = reviewer(database)
            broker.kill()
            first = answer(database, account)  # people work on
            assert first is not None
            until(lambda: own.health()["troubles"], own)
            broker.restart()
            send(kafka, "reviews", made(policy, "p2")[1])
            until(lambda: "p2" in items(database), own)
            second = answer(database, account)
            assert second is not None
            found = [one.verdict_id for one in verdicts(pipeline, 2)]
            assert list(dict.fromkeys(found)) == [first.verdict_id, second.verdict_id]
            until(lambda: own.health()["status"] == "ok", own)


def load_from(folder: Path, source: str) -> Policy:
    path = folder / "made.yaml"
    path.write_text(source)
    return load_policy(path)
