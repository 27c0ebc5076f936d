"""One process at a time has the turn, and it ends with whoever had it."""

import pytest

from moderation.desk.running.turn import turn
from moderation.review.database import Database


def test_while_one_has_the_turn_nobody_else_gets_it(database: Database, address: str) -> None:
    other = Database(address)
    try:
        with turn(database, "outbox") as first, turn(other, "outbox") as second, turn(other, "jobs") as third:
            assert first is not None
            first()
            assert second is None
            assert third is not None
        with turn(other, "outbox") as again:
            assert again is not None
    finally:
        other.close()


def test_the_turn_is_given_back_when_the_work_fails(database: Database, address: str) -> None:
    other = Database(address)
    try:
        with pytest.raises(KeyError), turn(database, "jobs"):
            raise KeyError
        with turn(other, "jobs") as again:
            assert again is not None
    finally:
        other.close()
