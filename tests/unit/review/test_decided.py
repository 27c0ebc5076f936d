"""Which decisions the desk keeps, and which of them stands."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from moderation.events import Decision
from moderation.review import decided
from moderation.review.database import Database
from moderation.review.decided import Written
from moderation.review.tables import AuthorKey, DecisionRow
from tests.unit.review.rows import NOW, item


def written(number: int, post: str = "post-1", at: datetime = NOW, **fields: Any) -> Written:
    given = {
        "decision_id": f"d{number}",
        "post_id": post,
        "stage": "final",
        "action": "allow",
        "lanes": {"text": "scored"},
    }
    return Written(Decision(**(given | fields)), 2, at)


def kept(database: Database) -> dict[str, bool]:
    """decision_id -> whether it stands."""
    with database.session() as session:
        return {row.decision_id: row.current for row in session.scalars(select(DecisionRow))}


def test_what_allows_a_post_that_nobody_looks_at_is_not_kept(database: Database) -> None:
    with database.session() as session:
        session.add(item(7))
        session.flush()
        found = decided.keep(
            session,
            [
                written(1),
                written(2, "post-7"),
                written(3, "post-2", action="remove"),
                written(4, "post-3", stage="human"),
                written(5, "post-4", action="withdrawn"),
                written(6, "post-5", action="review"),
            ],
        )
    assert [own.decision.decision_id for own in found] == ["d2", "d3", "d4", "d5", "d6"]
    assert kept(database) == dict.fromkeys(["d2", "d3", "d4", "d5", "d6"], True)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_latest_stands_in_whatever_order_they_come(database: Database, order: tuple[int, ...]) -> None:
    every = [
        written(0, stage="provisional", action="hold", lanes={"text": "scored", "image": "pending"}),
        written(1, action="remove", lanes={"text": "scored", "image": "scored"}),
        written(2, stage="human", action="allow", lanes={}),
        written(3, stage="final", action="label", revision=1),
    ]
    for place in order:
        with database.session() as session:
            decided.keep(session, [every[place]])
    assert {name for name, current in kept(database).items() if current} == {"d3"}


def test_a_decision_that_comes_again_changes_nothing(database: Database) -> None:
    first = written(1, action="remove")
    for own in (first, first, written(1, action="label", at=NOW + timedelta(hours=1))):
        with database.session() as session:
            decided.keep(session, [own, own])
    with database.session() as session:
        (row,) = session.scalars(select(DecisionRow))
        assert (row.action, row.at, row.partition, row.current) == ("remove", NOW, 2, True)
        assert Decision.model_validate(row.record) == first.decision


def test_of_an_author_who_was_erased_no_values_come_with_what_was_decided_before(database: Database) -> None:
    saw = {"rules": [{"rule": "r", "action": "remove", "values": {"facts.followers": 7}}], "state": {"author.posts": 3}}
    with database.session() as session:
        session.add(AuthorKey(author="author:ann", key=None, shredded_at=NOW))
        session.flush()
        for number, at in ((1, NOW - timedelta(hours=1)), (2, NOW + timedelta(hours=1))):
            decided.keep(session, [written(number, f"post-{number}", at, author_id="ann", action="remove", **saw)])
        before, after = (session.get_one(DecisionRow, name).record for name in ("d1", "d2"))
    assert "state" not in before
    assert [(rule["rule"], rule.get("values")) for rule in before["rules"]] == [("r", None)]
    assert (after["rules"][0]["values"], after["state"]) == ({"facts.followers": 7}, {"author.posts": 3})
