from datetime import datetime

import pytest

from moderation.review import fired
from moderation.review.database import Database
from moderation.review.tables import DecisionRow
from tests.unit.review.rows import ago, decision
from tests.unit.review.test_overview import put


def decided(number: int, post: int, *rules: dict[str, object], at: datetime, stage: str = "final") -> DecisionRow:
    record = {"rules": list(rules), "undetermined": [{"rule": "late", "action": "hold", "missing": ["video.weapon"]}]}
    return decision(number, post_id=f"post-{post}", stage=stage, at=at, record=record)


def test_a_rule_is_counted_once_a_post_by_its_newest_decision(database: Database) -> None:
    look = {"rule": "look", "action": "review"}
    put(
        database,
        decided(1, 1, look, at=ago(minutes=9), stage="provisional"),
        decided(2, 1, look, {"rule": "go", "action": "remove", "contested_by": ["quote"]}, at=ago(minutes=8)),
        decided(3, 2, {**look, "silenced_by": "press"}, at=ago(minutes=7)),
        decided(4, 3, look, at=ago(minutes=6), stage="human"),
        decided(5, 4, look, at=ago(hours=2)),
        decision(6, at=ago(minutes=1), record={}),
    )
    with database.session() as session:
        found = fired.fired(session, since=ago(hours=1))
    assert (found.posts, found.since) == (3, ago(hours=1))
    assert found.rules["look"] == fired.Rule(fired=2, silenced=1, last_at=ago(minutes=7))
    assert found.rules["go"] == fired.Rule(fired=1, contested=1, last_at=ago(minutes=8))
    assert found.rules["late"] == fired.Rule(undetermined=2)


def test_where_there_are_too_many_it_says_since_when_they_were_counted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fired, "READ", 2)
    put(database, *(decided(number, number, {"rule": "look"}, at=ago(minutes=number)) for number in (1, 2, 3)))
    with database.session() as session:
        found = fired.fired(session, since=ago(hours=1))
    assert (found.posts, found.since) == (2, ago(minutes=2))
