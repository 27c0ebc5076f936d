"""Items that come together end as they would one by one, and cost few statements, each led by an index."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, text

from moderation.events import Decision, ReviewItem
from moderation.review import intake
from moderation.review.database import Database
from moderation.review.tables import Base, Fingerprint, Item, LastDecision, Task
from tests.unit.review.arriving import RULES, decision_of, item_of, made_post
from tests.unit.review.rows import NOW
from tests.unit.review.test_intake import Arrival, arrivals, arrive, state


def arrive_together(database: Database, groups: Sequence[Sequence[Arrival]]) -> None:
    """Each group in a transaction, its decisions after its items: as two feeds bring them."""
    for group in groups:
        with database.session() as session:
            items = [each for each in group if isinstance(each, ReviewItem)]
            intake.review_items(session, items, RULES, now=NOW)
            intake.decisions(session, [(each, NOW) for each in group if isinstance(each, Decision)], RULES)


def emptied(database: Database) -> None:
    with database.session() as session:
        for table in (Fingerprint, Item, Task, LastDecision):
            session.execute(delete(table))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=arrivals(), cuts=st.lists(st.integers(1, 8), max_size=8))
def test_whatever_comes_together_ends_as_it_does_one_by_one(
    database: Database, told: tuple[list[Arrival], list[Arrival]], cuts: list[int]
) -> None:
    ordered, shuffled = told
    emptied(database)
    arrive(database, *ordered)
    one_by_one = state(database)

    groups, left = [], shuffled
    for size in cuts:
        groups.append(left[:size])
        left = left[size:]
    emptied(database)
    arrive_together(database, [*groups, left])
    assert state(database) == one_by_one


def test_near_duplicates_that_come_together_are_one_task_and_an_item_that_comes_twice_is_one_item(
    database: Database,
) -> None:
    words = "buy these wonderful pills today, everybody does, only at this shop and only now"
    alike = [item_of(made_post(str(number), f"{words} {number}")) for number in range(5)]
    other = item_of(made_post("other"))
    arrive_together(database, [[*alike, other, alike[0], other, item_of(made_post("other"), score=0.9)]])
    with database.session() as session:
        sizes = {task.head: task.size for task in session.query(Task)}
    assert sorted(sizes.values()) == [1, 5]
    assert sizes[other.review_id] == 1


def statements(database: Database, groups: Sequence[Sequence[Arrival]]) -> list[tuple[str, Any]]:
    """What intake asks and writes, with the values of the first row."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters[0] if isinstance(parameters, list) else parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        arrive_together(database, groups)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return asked


def test_a_hundred_new_items_ask_no_more_than_ten(database: Database) -> None:
    arrive_together(database, [[item_of(made_post("first"))]])
    few, many = ([item_of(made_post(f"{count}-{number}")) for number in range(count)] for count in (10, 100))
    asked = [
        [statement for statement, _ in statements(database, [items]) if not statement.startswith("INSERT")]
        for items in (few, many)
    ]  # fmt: skip
    assert len(asked[1]) == len(asked[0])


def test_decisions_that_allow_at_once_ask_nothing(database: Database) -> None:
    """They are nearly all."""
    with database.session() as session:  # nor does a connection, from now on
        session.execute(text("SELECT 1"))
    allowed = [decision_of(made_post(str(number)), "allow") for number in range(10)]
    asked = [statement for statement, _ in statements(database, [allowed]) if not statement.startswith("BEGIN")]
    assert asked == []


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
@pytest.mark.parametrize("told", ["nobody knows how many rows there are", "many items are open"])
def test_sqlite_reads_no_table_whole_and_not_all_that_is_open(database: Database, told: str) -> None:
    if told == "many items are open":
        arrive_together(database, [[item_of(made_post(f"open-{number}")) for number in range(300)]])
        with database.session() as session:
            session.execute(text("ANALYZE"))
    words = "buy these wonderful pills today, everybody does, only at this shop and only now"
    alike = [item_of(made_post(str(number), f"{words} {number}")) for number in range(3)]
    gone = [item_of(made_post(str(number), words), status="closed") for number in range(3)]
    revised = [item_of(made_post("0", words, revision=1))]
    decided = [decision_of(made_post("1", revision=1, change="edited"), "withdrawn")]
    asked = statements(database, [alike, [*gone, *revised], decided])
    plans = []
    with database.session() as session:
        connection = session.connection()
        for statement, values in asked:
            if not statement.startswith("BEGIN"):
                plans += [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert any("ix_fingerprints" in plan for plan in plans)
    assert [plan for plan in plans if re.match(rf"SCAN ({'|'.join(Base.metadata.tables)})\b", plan)] == []
    assert [plan for plan in plans if "ix_items_status" in plan] == []
