"""What waits stands in the order of the rules that count, also of those that have changed since it came."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from moderation.review import claims
from moderation.review.database import Database
from moderation.review.ranking import Ranking, digest_of, order_of
from moderation.review.rules import DeskRules, parse
from moderation.review.tables import AuditEntry, Fingerprint, Item, LastDecision, Task
from tests.unit.review.arriving import item_of, made_post
from tests.unit.review.rows import NOW, account
from tests.unit.review.test_intake import arrive, state

FIRST = parse("{}", "desk.yaml")
THREATS = parse("priority: {harm: {reasons: {threat: 100}}}", "desk.yaml")
NOTICES_TOO = parse("{priority: {harm: {reasons: {threat: 100}}}, notices: {territory: [DE]}}", "desk.yaml")


def ranked(database: Database, *ranking: Ranking) -> int:
    """All of it, each part in a transaction; how many parts there were."""
    parts = 0
    for each in ranking:
        done = 1
        while done:
            with database.session() as session:
                done = each.go_on(session, NOW)
            parts += done
    return parts


def order(database: Database) -> list[str]:
    """Reasons of what waits, the most urgent first."""
    with database.session() as session:
        tasks = session.scalars(select(Task).where(Task.status != "closed").order_by(Task.rank.desc()))
        return [task.terms["harm"]["why"] for task in tasks]


def told(database: Database) -> list[tuple[str, Any]]:
    with database.session() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.subject == "rules").order_by(AuditEntry.number))
        return [(entry.did, entry.details) for entry in entries]


def filled(database: Database, rules: DeskRules = FIRST) -> None:
    """Threats are less likely than hate, and one of them is hidden; nothing else is there."""
    with database.session() as session:
        for table in (Fingerprint, Item, Task, LastDecision):
            session.execute(delete(table))
    hate = [item_of(made_post(f"hate-{number}"), score=0.6) for number in range(70)]
    threats = [
        item_of(made_post(name), reasons=["threat"], score=0.4, visible_from=shown)
        for name, shown in (("threat", None), ("hidden", NOW + timedelta(hours=1)))
    ]
    arrive(database, *threats, *hate, rules=rules)


def test_what_waits_is_ranked_as_if_it_had_come_under_the_rules_that_count(database: Database) -> None:
    filled(database)
    assert order(database)[0] == "hate"
    assert ranked(database, Ranking(lambda: THREATS)) == 2  # of 50 tasks at most
    assert order(database)[:2] == ["threat", "threat"]
    after = state(database)
    filled(database, THREATS)
    assert state(database) == after


def test_the_audit_tells_which_rules_counted_and_when_all_was_ranked_by_them(database: Database) -> None:
    filled(database)
    for rules in (FIRST, FIRST, THREATS, NOTICES_TOO):
        ranked(database, Ranking(lambda rules=rules: rules))  # type: ignore[misc]
    first, threats, notices = map(digest_of, (FIRST, THREATS, NOTICES_TOO))
    assert told(database) == [
        ("rules.changed", {"hash": first, "ranks": True}),
        ("rules.ranked", {"order": order_of(FIRST)}),
        ("rules.changed", {"hash": threats, "ranks": True}),
        ("rules.ranked", {"order": order_of(THREATS)}),
        ("rules.changed", {"hash": notices, "ranks": False}),
    ]


def test_who_comes_after_a_crash_ranks_what_was_left_also_by_the_rules_before(database: Database) -> None:
    filled(database)
    ranked(database, Ranking(lambda: FIRST))
    before = state(database)
    with database.session() as session:
        assert Ranking(lambda: THREATS).go_on(session, NOW) == 1
    assert state(database) != before
    ranked(database, Ranking(lambda: FIRST))
    assert state(database) == before
    with database.session() as session:
        assert Ranking(lambda: THREATS).go_on(session, NOW) == 1
    assert ranked(database, Ranking(lambda: THREATS)) == 2
    assert order(database)[:2] == ["threat", "threat"]


def test_rules_that_change_while_it_ranks_rank_all_of_it(database: Database) -> None:
    filled(database)
    counting = [THREATS]
    ranking = Ranking(lambda: counting[0])
    with database.session() as session:
        ranking.go_on(session, NOW)
    counting[0] = FIRST
    assert not ranking.is_done
    assert ranked(database, ranking) == 2
    assert order(database)[0] == "hate"
    assert ranking.is_done


def test_what_somebody_works_on_is_ranked_and_stays_theirs(database: Database) -> None:
    filled(database)
    with database.session() as session:
        kim = session.merge(account(1))
        task = claims.claim(session, kim, FIRST, now=NOW)
        assert task is not None
        before = task.terms
    doubting = parse("priority: {uncertainty: 9}", "desk.yaml")
    ranked(database, Ranking(lambda: doubting))
    with database.session() as session:
        own = claims.own(session, task.task_id, account(1), now=NOW)
        assert own.status == "claimed"
        assert own.terms["uncertainty"]["factor"] > before["uncertainty"]["factor"]
