"""What waits for nobody, because everybody who could have it has skipped or answered it."""

from typing import Any

import pytest

from moderation.errors import NotPermitted
from moderation.review import claims, retention
from moderation.review.database import Database
from moderation.review.routing import Queue
from moderation.review.rules import DeskRules
from moderation.review.stranded import stranded
from moderation.review.tables import Account, Task, TaskExclusion
from tests.unit.review.rows import NOW, account, task

RULES = DeskRules(queues={"law": Queue(skill="law")})


def people(database: Database, **given: dict[str, Any]) -> dict[str, Account]:
    """Reviewers by name, with what is given of each."""
    made = {name: account(number, name, **fields) for number, (name, fields) in enumerate(given.items(), 1)}
    with database.session() as session:
        session.add_all(made.values())
    return made


def put(database: Database, *tasks: Task) -> None:
    with database.session() as session:
        session.add_all(tasks)


def exclude(database: Database, number: int, *who: Account, why: str = "skipped: no") -> None:
    with database.session() as session:
        session.add_all(TaskExclusion(task_id=number, account_id=one.account_id, why=why) for one in who)


def left(database: Database, rules: DeskRules = RULES) -> list[tuple[int, list[int]]]:
    """The stranded tasks by number, with who must not have each."""
    with database.session() as session:
        found = stranded(session, rules)
        return [(own.task.task_id, [row.account_id for row in own.without]) for own in found]


def test_what_everybody_has_skipped_waits_for_nobody_and_the_oldest_comes_first(database: Database) -> None:
    own = people(database, kim={}, lee={})
    put(database, task(1), task(2), task(3), task(4))
    exclude(database, 1, *own.values())
    exclude(database, 2, *own.values())
    exclude(database, 3, own["kim"])
    assert left(database) == [(2, [1, 2]), (1, [1, 2])]


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ({"active": False}, "review"),
        ({"roles": ["auditor"]}, "review"),
        ({"languages": ["de"]}, "review"),
        ({}, "adjudication"),
        ({"skills": []}, "law"),
    ],
    ids=["deactivated", "without the role", "another language", "no lead", "without the skill"],
)
def test_who_could_not_have_it_anyway_is_nobody_who_is_left(
    database: Database, other: dict[str, Any], kind: str
) -> None:
    own = people(database, kim={"roles": ["lead"], "skills": ["law"]}, lee=other)
    put(database, task(1, kind=kind) if kind != "law" else task(1, queue="law"))
    assert left(database) == []
    exclude(database, 1, own["kim"])
    assert left(database) == [(1, [1])]


def test_what_is_kept_for_who_may_not_have_it_waits_for_nobody(database: Database) -> None:
    own = people(database, kim={}, lee={"languages": ["de"]})
    put(database, task(1, assigned_to=2))
    exclude(database, 1, own["kim"])
    assert left(database) == [(1, [1])]


@pytest.mark.parametrize("fields", [{"status": "done"}, {"status": "closed"}, {"status": "hidden"}, {"kind": "gold"}])
def test_what_does_not_wait_and_tests_are_left_out(database: Database, fields: dict[str, str]) -> None:
    own = people(database, kim={})
    put(database, task(1, **fields))
    exclude(database, 1, own["kim"])
    assert left(database) == []


def test_a_lead_gives_it_to_who_skipped_it_and_never_to_who_has_answered_it(database: Database) -> None:
    own = people(database, kim={}, lee={}, lou={"roles": ["lead"]})
    put(database, task(1), task(2))
    for number in (1, 2):
        exclude(database, number, own["lee"], own["lou"])
    exclude(database, 1, own["kim"])
    exclude(database, 2, own["kim"], why="gave the first answer")
    with pytest.raises(NotPermitted, match="answered or skipped"), database.session() as session:
        claims.reassign(session, 1, own["kim"], RULES, by=own["lou"], now=NOW)
    with database.session() as session:
        claims.reassign(session, 1, own["kim"], RULES, by=own["lou"], although_skipped=True, now=NOW)
        found = claims.claim(session, own["kim"], RULES, now=NOW)
        assert found is not None
        assert found.task_id == 1
    with pytest.raises(NotPermitted, match="answered or skipped"), database.session() as session:
        claims.reassign(session, 2, own["kim"], RULES, by=own["lou"], although_skipped=True, now=NOW)
    assert left(database) == [(2, [1, 2, 3])]


@pytest.mark.parametrize(
    ("other", "fields", "lack"),
    [
        ({"languages": ["de"]}, {}, "the language of the post, 'en'"),
        ({}, {"kind": "adjudication"}, "a role that decides where two disagree"),
        ({"roles": ["auditor"]}, {}, "a role that answers items"),
        ({}, {"queue": "law"}, "the skill or the languages of queue 'law'"),
    ],
)
def test_nothing_is_given_to_who_would_never_get_it(
    database: Database, other: dict[str, Any], fields: dict[str, str], lack: str
) -> None:
    own = people(database, lou={"roles": ["lead"]}, kim=other)
    put(database, task(1, **fields))
    with pytest.raises(NotPermitted, match=f"Kim does not have {lack}"), database.session() as session:
        claims.reassign(session, 1, own["kim"], RULES, by=own["lou"], now=NOW)


def test_who_must_not_have_a_task_is_forgotten_once_it_is_done(database: Database) -> None:
    own = people(database, kim={})
    put(database, task(1, status="done"), task(2, status="closed"), task(3), task(4, status="claimed"))
    for number in (1, 2, 3, 4):
        exclude(database, number, own["kim"])
    with database.session() as session:
        retention.apply(session, RULES.retention, now=NOW)
        rows = session.query(TaskExclusion).order_by(TaskExclusion.task_id)
        assert [row.task_id for row in rows] == [3, 4]
