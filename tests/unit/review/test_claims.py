"""Who works on what: one person per task, for a time, the most urgent first. The same on both databases."""

import re
import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, text, update

from moderation.errors import (
    AlreadyDone,
    LeaseExpired,
    LimitReached,
    NoSuchItem,
    NotHeld,
    NotPermitted,
    NotYours,
    ReviewError,
)
from moderation.review import claims, moving, priority, queue, viewings
from moderation.review.database import Database
from moderation.review.rules import DeskRules, parse
from moderation.review.tables import Account, AuditEntry, Task, TaskExclusion
from tests.unit.review.rows import NOW, account, ago, task

RULES = DeskRules()
LEASE = RULES.claims.lease
MINUTE = timedelta(minutes=1)


def filled(database: Database, tasks: int = 3, people: int = 2, **fields: object) -> list[Account]:
    """Reviewers 1, 2, ... and tasks 1, 2, ..., the first the most urgent."""
    accounts = [account(number) for number in range(1, people + 1)]
    with database.session() as session:
        session.add_all(accounts)
        session.flush()
        session.add_all(task(number, **fields) for number in range(1, tasks + 1))
    return accounts


def claimed(
    database: Database, who: Account, rules: DeskRules = RULES, now: datetime = NOW, **narrowed: object
) -> int | None:
    with database.session() as session:
        found = claims.claim(session, who, rules, now=now, **narrowed)  # type: ignore[arg-type]
        return found and found.task_id


def told(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    """Who did what about task 1, as the audit has it."""
    with database.session() as session:
        found = session.scalars(
            select(AuditEntry).where(AuditEntry.subject == "task:1").order_by(AuditEntry.number)
        ).all()
        return [(entry.actor, entry.did, entry.details) for entry in found]


def test_the_most_urgent_comes_first_and_nobody_else_gets_it(database: Database) -> None:
    kim, lee = filled(database)
    assert [claimed(database, kim), claimed(database, lee), claimed(database, kim), claimed(database, lee)] == [
        1, 2, 3, None,
    ]  # fmt: skip
    with database.session() as session:
        held = claims.held(session, kim, now=NOW)
        assert [(each.task_id, each.claimed_at, each.lease_until) for each in held] == [
            (1, NOW, NOW + LEASE),
            (3, NOW, NOW + LEASE),
        ]


def test_fifty_claimers_at_once_never_get_one_task_twice(database: Database) -> None:
    people = filled(database, tasks=60, people=50)
    together, got, failed = threading.Barrier(50), [], []

    def work(who: Account) -> None:
        try:
            together.wait()
            got.extend([claimed(database, who), claimed(database, who)])
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    counts = Counter(got)
    assert counts.pop(None) == 40
    assert counts == dict.fromkeys(range(1, 61), 1)
    with database.session() as session:
        rows = session.execute(select(Task.account_id, func.count()).group_by(Task.account_id)).all()
    assert sum(count for who, count in rows if who is not None) == 60


def test_a_lease_that_has_run_out_gives_the_task_to_the_next(database: Database) -> None:
    kim, lee = filled(database, tasks=1)
    assert claimed(database, kim) == 1
    assert claimed(database, lee, now=NOW + LEASE - MINUTE) is None
    assert claimed(database, lee, now=NOW + LEASE) == 1
    for act in (claims.release, claims.own):
        with pytest.raises(NotYours), database.session() as session:
            act(session, 1, kim, now=NOW + LEASE)


def test_who_is_too_late_is_told_so_although_nobody_else_came(database: Database) -> None:
    (kim,) = filled(database, tasks=1, people=1)
    claimed(database, kim)
    with database.session() as session:
        claims.extend(session, 1, kim, RULES, now=NOW + MINUTE)
        assert claims.own(session, 1, kim, now=NOW + LEASE).lease_until == NOW + MINUTE + LEASE
    with pytest.raises(LeaseExpired, match="claim it again"), database.session() as session:
        claims.extend(session, 1, kim, RULES, now=NOW + MINUTE + LEASE)
    with database.session() as session:
        assert claims.take(session, 1, kim, RULES, now=NOW + MINUTE + LEASE).account_id == kim.account_id


def test_a_longer_lease_does_not_hide_when_the_work_began(database: Database) -> None:
    (kim,) = filled(database, tasks=1, people=1)
    claimed(database, kim)
    with database.session() as session:
        assert claims.take(session, 1, kim, RULES, now=NOW + MINUTE).claimed_at == NOW


def test_every_claim_and_how_it_ended_stands_in_the_audit(database: Database) -> None:
    kim, lee = filled(database, tasks=2)
    claimed(database, kim)
    with database.session() as session:
        claims.extend(session, 1, kim, RULES, now=NOW)
        claims.take(session, 1, kim, RULES, now=NOW)
        claims.release(session, 1, kim, now=NOW)
    claimed(database, lee)
    with database.session() as session:
        task = session.get_one(Task, 1)
        viewings.opened(session, lee, task, now=NOW)
        task.head = "review-2"  # of two near-duplicates the other stands for them now
        session.flush()
        claims.release(session, 1, lee, now=NOW)
        task.head = "review-1"
    with database.session() as session:
        claims.take(session, 2, kim, RULES, now=NOW)
        claims.take(session, 1, kim, RULES, now=NOW)  # ahead of its turn
    with database.session() as session:
        assert queue.expire(session, RULES, now=NOW + LEASE) == 2
    assert told(database) == [
        ("account:1", "task.claimed", {"review_id": "review-1", "beside": 0}),
        ("account:1", "task.extended", {}),
        ("account:1", "task.extended", {}),
        ("account:1", "task.released", {"seen": False}),
        ("account:2", "task.claimed", {"review_id": "review-1", "beside": 0}),
        ("account:2", "task.released", {"seen": True}),
        ("account:1", "task.claimed", {"review_id": "review-1", "beside": 1}),
        ("moderation", "task.expired", {"from": "account:1", "seen": False}),
    ]


def test_who_takes_what_ran_out_before_anybody_noticed_leaves_both_entries(database: Database) -> None:
    kim, lee = filled(database, tasks=1)
    claimed(database, kim)
    with database.session() as session:
        claims.take(session, 1, lee, RULES, now=NOW + LEASE)
    assert [(actor, did) for actor, did, _ in told(database)] == [
        ("account:1", "task.claimed"), ("moderation", "task.expired"), ("account:2", "task.claimed"),
    ]  # fmt: skip


def test_what_is_released_comes_back_to_everybody(database: Database) -> None:
    kim, lee = filled(database, tasks=1)
    claimed(database, kim)
    with database.session() as session:
        claims.release(session, 1, kim, now=NOW)
    assert claimed(database, kim) == 1
    with database.session() as session:
        claims.release(session, 1, kim, now=NOW)
    assert claimed(database, lee) == 1


def test_what_is_skipped_comes_back_to_everybody_else_with_the_reason_kept(database: Database) -> None:
    kim, lee = filled(database, tasks=1)
    claimed(database, kim)
    with database.session() as session:
        claims.skip(session, 1, kim, "  I know\0 the author ", now=NOW)
    assert claimed(database, kim) is None
    with pytest.raises(NotPermitted), database.session() as session:
        claims.take(session, 1, kim, RULES, now=NOW)
    assert claimed(database, lee) == 1
    with database.session() as session:
        assert session.scalars(select(TaskExclusion.why)).all() == ["skipped: I know the author"]
    assert [did for _, did, _ in told(database)] == ["task.claimed", "task.skipped", "task.claimed"]


def test_what_somebody_must_not_have_they_never_get(database: Database) -> None:
    kim, lee = filled(database, tasks=1)
    with database.session() as session:
        session.add(TaskExclusion(task_id=1, account_id=kim.account_id, why="is one of the two"))
    assert claimed(database, kim) is None
    with pytest.raises(NotPermitted, match="choose somebody else"), database.session() as session:
        claims.reassign(session, 1, kim, RULES, by=lee, now=NOW)
    assert claimed(database, lee) == 1


def test_what_is_reassigned_leaves_who_had_it_and_comes_to_nobody_else(database: Database) -> None:
    kim, lee, lead = filled(database, tasks=1, people=3)
    claimed(database, kim)
    with pytest.raises(NotYours, match="somebody else is working on review-1"), database.session() as session:
        claims.reassign(session, 1, lee, RULES, by=lead, now=NOW)
    with database.session() as session:
        claims.reassign(session, 1, lee, RULES, by=lead, although_claimed=True, now=NOW)
    with pytest.raises(NotHeld, match="a lead has given"), database.session() as session:
        claims.extend(session, 1, kim, RULES, now=NOW)
    with pytest.raises(NotYours), database.session() as session:
        claims.take(session, 1, kim, RULES, now=NOW)
    assert claimed(database, kim) is None
    assert claimed(database, lee) == 1
    with database.session() as session:
        claims.reassign(session, 1, None, RULES, by=lee, now=NOW)
    assert claimed(database, kim) == 1


def test_what_is_kept_for_somebody_who_left_is_everybodys_again(database: Database) -> None:
    kim, lee, lead = filled(database, tasks=1, people=3)
    with database.session() as session:
        claims.reassign(session, 1, lee, RULES, by=lead, now=NOW)
        assert moving.free_of_absent(session, now=NOW) == 0
        session.get_one(Account, lee.account_id).active = False
    assert claimed(database, kim) is None
    with database.session() as session:
        assert moving.free_of_absent(session, now=NOW) == 1
    with database.session() as session:
        freed = session.scalars(select(AuditEntry).where(AuditEntry.did == "task.freed")).one()
        assert (freed.subject, freed.details) == ("task:1", {"of": f"account:{lee.account_id}"})
    assert claimed(database, kim) == 1


def test_nobody_is_given_what_they_cannot_work_on(database: Database) -> None:
    kim, lead = filled(database, tasks=1, queue="hate")
    rules = parse("queues: {hate: {skill: hate}}", "desk.yaml")
    with pytest.raises(NotPermitted, match="'hate'"), database.session() as session:
        claims.reassign(session, 1, kim, rules, by=lead, now=NOW)
    kim.active = False
    with pytest.raises(NotPermitted, match="does not work here"), database.session() as session:
        claims.reassign(session, 1, kim, RULES, by=lead, now=NOW)


@pytest.mark.parametrize(
    ("status", "error"), [("done", AlreadyDone), ("closed", AlreadyDone), ("open", LeaseExpired), (None, NoSuchItem)]
)
def test_what_is_not_held_cannot_be_let_go(database: Database, status: str | None, error: type[ReviewError]) -> None:
    (kim,) = filled(database, tasks=1, people=1)
    with database.session() as session:
        session.execute(update(Task).values(status=status or "open"))
    for act in (claims.release, claims.own):
        with pytest.raises(error), database.session() as session:
            act(session, 1 if status else 99, kim, now=NOW)


def test_what_is_hidden_cannot_be_taken(database: Database) -> None:
    (kim,) = filled(database, tasks=1, people=1, status="hidden", visible_from=NOW + MINUTE)
    with pytest.raises(NotPermitted, match="is hidden until"), database.session() as session:
        claims.take(session, 1, kim, RULES, now=NOW + 2 * MINUTE)


def test_nobody_holds_more_than_the_rules_allow(database: Database) -> None:
    (kim,) = filled(database, tasks=4, people=1)
    rules = parse("claims: {held: 2}", "desk.yaml")
    assert [claimed(database, kim, rules), claimed(database, kim, rules)] == [1, 2]
    with pytest.raises(LimitReached, match="you hold 2 items"):
        claimed(database, kim, rules)
    with pytest.raises(LimitReached), database.session() as session:
        claims.take(session, 3, kim, rules, now=NOW)
    assert claimed(database, kim, rules, now=NOW + LEASE) == 1


def test_a_queue_is_for_who_has_its_skill_or_role(database: Database) -> None:
    kim, lee = filled(database, tasks=1, queue="appeals")
    rules = parse("queues: {appeals: {skill: lead}}", "desk.yaml")
    assert claimed(database, kim, rules) is None
    kim.roles, lee.skills = ["lead"], ["lead"]
    assert claimed(database, lee, rules) == 1
    with database.session() as session:
        claims.release(session, 1, lee, now=NOW)
    assert claimed(database, kim, rules) == 1


def test_people_get_what_they_can_read_and_what_nobody_knows_the_language_of(database: Database) -> None:
    kim, lee = filled(database, tasks=0)
    kim.languages, lee.languages = ["no", "de-AT"], []
    with database.session() as session:
        languages = enumerate(("en", "de", None, "no"), 1)
        session.add_all(task(number, language=language) for number, language in languages)
    assert [claimed(database, kim), claimed(database, kim), claimed(database, kim)] == [2, 3, 4]
    assert claimed(database, kim, parse("claims: {held: 9}", "desk.yaml")) is None
    assert claimed(database, lee) == 1


def test_a_queue_of_a_language_is_for_who_reads_it(database: Database) -> None:
    kim, lee = filled(database, tasks=1, queue="german", language=None)
    rules = parse("queues: {german: {languages: [de]}}", "desk.yaml")
    kim.languages, lee.languages = ["en"], ["de", "en"]
    assert claimed(database, kim, rules) is None
    assert claimed(database, lee, rules) == 1


def test_claims_may_be_narrowed_to_queues_and_to_what_is_harmless(database: Database) -> None:
    (kim,) = filled(database, tasks=0, people=1)
    with database.session() as session:
        session.add_all([task(1), task(2, queue="spam"), task(3, queue="spam", harmless=True)])
    assert claimed(database, kim, queues=["spam"]) == 2
    assert claimed(database, kim, harmless=True) == 3
    assert claimed(database, kim, queues=["hate"]) is None


def test_of_several_queues_the_one_whose_head_is_most_urgent_now(database: Database) -> None:
    (kim,) = filled(database, tasks=0, people=1)
    rules = parse("queues: {slow: {half_life: 1d}, fast: {half_life: 10m}}\nclaims: {held: 9}", "desk.yaml")
    weights = {("slow", 1): 64.0, ("slow", 2): 1.0, ("fast", 3): 1.0, ("fast", 4): 16.0}
    opened = {1: ago(minutes=30), 2: ago(hours=30), 3: ago(minutes=70), 4: ago(minutes=5)}
    with database.session() as session:
        for (queue, number), weight in weights.items():
            terms = {"harm": {"factor": weight, "why": "hate"}}
            rank = priority.rank_of(terms, opened[number], rules.queue(queue).half_life)
            session.add(task(number, queue=queue, terms=terms, opened_at=opened[number], rank=rank))
    # now: 3 has 2 ** 7, 1 has 64 * 2 ** (1 / 48), 4 has 16 * 2 ** 0.5, 2 has 2 ** 1.25
    assert [claimed(database, kim, rules) for _ in range(5)] == [3, 1, 4, 2, None]


@pytest.mark.parametrize(
    ("languages", "harmless", "indexes"),
    [
        ([], False, {"ix_tasks_head_of_queue"}),
        (["l7"], False, {"ix_tasks_head_of_language", "ix_tasks_head_of_none"}),
        ([], True, {"ix_tasks_head_of_harmless"}),
    ],
)
def test_the_front_of_every_queue_is_read_off_an_index_however_much_waits(
    database: Database, languages: list[str], harmless: bool, indexes: set[str]
) -> None:
    (kim,) = filled(database, tasks=0, people=1)
    kim.languages = languages
    with database.session() as session:
        session.add_all(
            task(number, language=None if number % 100 == 0 else f"l{number % 20}", harmless=number % 100 == 1)
            for number in range(1, 2001)
        )
    if not database.sqlite:
        with database.session() as session:
            session.execute(text("ANALYZE"))
    asked: list[tuple[str, Any]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
    claimed(database, kim, harmless=harmless)
    fronts = [(statement, values) for statement, values in asked if "names" in statement]
    assert len(fronts) == 1
    explain = "EXPLAIN QUERY PLAN" if database.sqlite else "EXPLAIN"
    with database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"{explain} {fronts[0][0]}", fronts[0][1])
        told = "\n".join(str(row) for row in plan)
    assert "Sort" not in told
    assert "Seq Scan on tasks" not in told
    assert "TEMP B-TREE" not in told
    if not database.sqlite:  # which has no statistics to choose by, and no million items
        assert indexes <= set(re.findall(r"ix_\w+", told)), told


def test_a_claim_is_few_journeys_to_the_database(database: Database) -> None:
    """Leases, what one holds, fronts, the task, its lease, its entry; SQLite also begins, and reads the chain's end."""
    (kim,) = filled(database, people=1)
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    claimed(database, kim)
    assert len(asked) == (8 if database.sqlite else 6), asked
