"""Pages of the desk that ask Kafka, against a real one."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from moderation.client.letters import DeadLetters
from moderation.client.policies import PoliciesTopic
from moderation.client.reading import Reader
from moderation.client.sending import Outgoing, Sender
from moderation.client.standing import compared
from moderation.dead_letters import DeadLetter
from moderation.desk.standing import Standings
from moderation.events import Alarm, Decision, PublishedPolicy, Release, ShadowDecision
from moderation.policy import parse_policy
from moderation.release import steps
from moderation.review.tables import AuditEntry
from moderation.settings import KafkaSettings
from tests.unit.desk.desks import app_in, browser, csrf_of
from tests.unit.desk.test_policy_page import POLICY
from tests.unit.desk.test_queues import words


def dead(kafka: KafkaSettings, *partitions: int) -> None:
    """Letters from these partitions of the posts topic, one after the other."""
    sender = Sender(kafka, 30)
    for number, partition in enumerate(partitions):
        why = DeadLetter("text", "not_json", "not JSON", kafka.topic("posts"), partition, number)
        value = f"value {number}".encode()
        sender.send(Outgoing("dead-letters", b"key", value, "test", partition, why.headers()))
    sender.close()


def app_at(kafka: KafkaSettings, folder: Path, role: str) -> TestClient:
    app = app_in(folder, letters=lambda: DeadLetters(kafka), standings=Standings(kafka))
    return browser(app, role)


@pytest.mark.parametrize("size", [1, 3, 4, 100])
def test_pages_hold_every_letter_once_the_newest_first(kafka: KafkaSettings, size: int) -> None:
    dead(kafka, 0, 0, 3, 1, 0, 3, 0, 0, 1, 0)
    seen: list[str] = []
    before = None
    with DeadLetters(kafka) as letters:
        while True:
            page = letters.newest(size, before)
            assert (len(page.letters) <= size, page.total) == (True, 10)
            seen += [(own.record.value or b"").decode() for own in page.letters]
            if (before := page.before) is None:
                break
    assert sorted(seen) == sorted(f"value {number}" for number in range(10))
    by_partition: dict[int, list[int]] = {}
    for number in (int(own.split()[1]) for own in seen):
        by_partition.setdefault((0, 0, 3, 1, 0, 3, 0, 0, 1, 0)[number], []).append(number)
    assert all(own == sorted(own, reverse=True) for own in by_partition.values())


def test_an_admin_sends_chosen_letters_back_to_where_they_came_from(kafka: KafkaSettings, tmp_path: Path) -> None:
    dead(kafka, 1, 1, 2)
    admin = app_at(kafka, tmp_path, "admin")
    listed = admin.get("/dead-letters/list").text
    assert sorted(re.findall(r'value="(\d:\d)"', listed)) == ["1:0", "1:1", "2:0"]
    assert "value 1" in words(admin.get("/dead-letters/1:1").text)
    form = {"csrf": csrf_of(admin), "letters": ["1:1", "2:0"]}
    assert "Send these 2 letters back?" in admin.post("/dead-letters/confirm", data=form).text
    assert admin.post("/dead-letters/replay", data=form).status_code == 303
    reader = Reader(kafka, "posts", follow=False)
    came = sorted((record.partition, record.key, record.value, dict(record.headers)["attempts"]) for record in reader)
    reader.close()
    assert came == [(1, b"key", b"value 1", b"1"), (2, b"key", b"value 2", b"1")]
    assert admin.get("/dead-letters/list").text.count("sent back") == 2
    with admin.app.state.desk.database.session() as session:  # type: ignore[attr-defined]
        entries = session.query(AuditEntry).where(AuditEntry.did == "dead-letter.replayed").order_by(AuditEntry.number)
        assert [entry.subject for entry in entries] == ["dead-letter:1:1", "dead-letter:2:0"]
    assert admin.get("/dead-letters/3:9").status_code == 404


def test_the_policy_page_tells_what_is_in_force_and_how_it_decides(kafka: KafkaSettings, tmp_path: Path) -> None:
    live, shadow = parse_policy(POLICY), parse_policy(POLICY.replace("0.9", "0.8"))
    topic = PoliciesTopic(kafka)
    for policy, name in ((live, "first"), (shadow, "second")):
        topic.publish(PublishedPolicy(name=name, hash=policy.hash, source=policy.source))
    first = Release(number=1, live=live.hash, by="kim", at=datetime.now(UTC))
    topic.release(first)
    topic.release(steps.shadow(first, shadow.hash, steps.Signed("lou", datetime.now(UTC))))
    topic.close()
    sender = Sender(kafka, 30)
    for number in range(4):
        action = "remove" if number == 0 else "allow"
        decided = Decision.model_validate(
            {"decision_id": f"d{number}", "post_id": "p", "stage": "final", "action": action, "policy_hash": live.hash}
        )
        said = decided.model_copy(update={"action": "remove", "policy_hash": shadow.hash})
        beside = ShadowDecision(decision=said, live_hash=live.hash, live_action=decided.action)
        sender.send(Outgoing("decisions", b"p", decided.to_json(), "test"))
        sender.send(Outgoing("shadow", b"p", beside.to_json(), "test"))
    sender.close()
    author = app_at(kafka, tmp_path, "policy author")
    read = words(author.get("/policy/standing").text)
    for part in ("Release 2 by lou", "live first", "in shadow second", f"live {live.hash[:12]} 4 25.00%"):
        assert part in read, part
    assert "says the same 1 25.00%" in read
    assert "is stricter 3 75.00%" in read
    assert "flood closed" in read
    rules = words(author.get("/policy/rules").text)
    assert f"The live policy: test {live.hash[:12]}" in rules
    assert "When text.hate is at least 0.9" in rules


def test_pages_stay_usable_while_kafka_is_away(tmp_path: Path) -> None:
    away = KafkaSettings(bootstrap="127.0.0.1:1")
    lead = app_at(away, tmp_path, "lead")
    for page, part in (("/policy", "/policy/standing"), ("/dead-letters", "/dead-letters/list")):
        assert lead.get(page).status_code == 200
        told = lead.get(part)
        assert (told.status_code, "no Kafka broker answers at 127.0.0.1:1" in told.text) == (200, True)
    assert lead.get("/dead-letters/0:1").status_code == 503


def test_of_many_decisions_the_newest_are_compared_and_it_says_since_when(kafka: KafkaSettings) -> None:
    sender = Sender(kafka, 30)
    for number in range(6):
        fields = {"decision_id": f"d{number}", "post_id": "p", "stage": "final", "action": "allow"}
        decided = Decision.model_validate({**fields, "policy_hash": "new" if number > 2 else "old"})
        sender.send(Outgoing("decisions", b"p", decided.to_json(), "test", 1))
    sender.close()
    begin = datetime.now(UTC) - timedelta(hours=1)
    comparison, begun = compared(kafka, begin, shadows=False, newest=3)
    assert comparison.actions == {"new": {"allow": 3}}
    assert begin < begun <= datetime.now(UTC)
    comparison, begun = compared(kafka, begin, shadows=False, newest=100)
    assert (sum(comparison.actions["old"].values()), begun) == (3, begin)


def test_the_alarms_of_policies_are_read(kafka: KafkaSettings, tmp_path: Path) -> None:
    sender = Sender(kafka, 30)
    for number, kind in enumerate(("breaker_open", "review_overdue", "breaker_closed")):
        own = {"alarm_id": kind, "kind": kind, "subject": "flood", "message": f"No. {number}", "at": datetime.now(UTC)}
        sender.send(Outgoing("alarms", b"flood", Alarm.model_validate(own).to_json(), "test", number))
    sender.close()
    read = words(app_at(kafka, tmp_path, "releaser").get("/policy/alarms").text)
    assert read.index("No. 2") < read.index("No. 0")
    assert "No. 1" not in read
