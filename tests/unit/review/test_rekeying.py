"""Another master key: what the one before has wrapped is put under it while desks run, and then needs no other."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.errors import ConfigurationError
from moderation.events import ReviewItem
from moderation.review import audit, content, erasing, rekeying
from moderation.review.database import Database
from moderation.review.rekeying import Rekeyed, rekey
from moderation.review.rules import DeskRules
from moderation.review.tables import AuditEntry, AuthorKey
from moderation.review.wrapping import ContentError, MasterKeys
from tests.unit.review.test_content import NOW, review, row

OLD, NEW, LOST = bytes(32), bytes(range(32)), b"x" * 32
LATER = NOW + timedelta(hours=1)


@contextmanager
def desk(address: str, current: bytes | None, *old: bytes) -> Iterator[Database]:
    database = Database(address, MasterKeys(current, old))
    yield database
    database.close()


def sealed(database: Database, *names: str, **fields: str) -> list[tuple[ReviewItem, bytes]]:
    """Items of one author each, as the database keeps them."""
    items = [review(name=name, author=f"author-{name}", **fields) for name in names]
    with database.session() as session:
        return [(item, content.seal(session, item) or b"") for item in items]


def readable(database: Database, kept: list[tuple[ReviewItem, bytes]]) -> bool:
    with database.session() as session:
        return all(content.unseal(session, row(item, stored)) == item for item, stored in kept)


def test_what_was_under_the_old_key_is_read_before_meanwhile_and_afterwards(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rekeying, "AT_ONCE", 3)
    with desk(address, OLD) as before:
        kept = sealed(before, *"1234567")
    with desk(address, NEW, OLD) as both:
        kept += sealed(both, "8")
        assert readable(both, kept)
        assert rekey(both, "shell:root", now=NOW) == Rekeyed(wrapped=7, before=1)
        assert readable(both, kept)
    with desk(address, NEW) as after:
        assert readable(after, kept)
        told = after_all(after)
        assert told == [("shell:root", "keys.rewrapped", {"keys": n, "under": MasterKeys(NEW).name}) for n in (3, 3, 1)]
    with desk(address, OLD) as before, pytest.raises(ContentError, match="MODERATION_DESK_OLD_KEYS"):
        readable(before, kept)


def after_all(database: Database) -> list[tuple[str, str, dict[str, object]]]:
    with database.session() as session:
        assert audit.verify(session) == []
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
        return [(entry.actor, entry.did, entry.details) for entry in rows]


def test_keys_that_were_under_none_are_put_under_the_first(address: str) -> None:
    with desk(address, None) as before:
        kept = sealed(before, "1", "2")
    with desk(address, NEW) as after:
        assert rekey(after, "shell:root", now=NOW) == Rekeyed(wrapped=2)
        assert readable(after, kept)
        with after.session() as session:
            assert all(len(one.key or b"") > 33 for one in session.scalars(select(AuthorKey)))


def test_what_was_done_when_it_died_is_not_done_again(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rekeying, "AT_ONCE", 2)
    with desk(address, OLD) as before:
        kept = sealed(before, *"12345")
    with desk(address, NEW, OLD) as both:
        parts = 0
        note = audit.note

        def dies(session: Session, *given: object, **more: object) -> None:
            nonlocal parts
            parts += 1
            if parts == 2:
                raise KeyboardInterrupt
            note(session, *given, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(audit, "note", dies)
        with pytest.raises(KeyboardInterrupt):
            rekey(both, "shell:root", now=NOW)
        assert readable(both, kept)
        monkeypatch.setattr(audit, "note", note)
        assert rekey(both, "shell:root", now=NOW) == Rekeyed(wrapped=3, before=2)
        assert rekey(both, "shell:root", now=NOW) == Rekeyed(before=5)
        assert readable(both, kept)
        assert [details["keys"] for _, _, details in after_all(both)] == [2, 2, 1]


def test_who_was_erased_stays_erased(address: str) -> None:
    with desk(address, OLD) as before:
        kept = sealed(before, "1")
        with before.session() as session:
            erasing.erase(session, "author-1", "shell:root", DeskRules(), now=LATER)
    with desk(address, NEW, OLD) as both:
        assert rekey(both, "shell:root", now=LATER) == Rekeyed()
        with both.session() as session:
            assert session.get_one(AuthorKey, "author:author-1").key is None
            assert content.unseal(session, row(*kept[0])) is None


def test_keys_that_no_master_key_opens_are_named_and_left_as_they_are(address: str) -> None:
    with desk(address, LOST) as before:
        lost = sealed(before, "1")
    with desk(address, OLD) as before:
        kept = sealed(before, "2")
    with desk(address, NEW, OLD) as both:
        assert rekey(both, "shell:root", now=NOW) == Rekeyed(wrapped=1, shut=("author:author-1",))
        assert readable(both, kept)
    with desk(address, NEW, LOST) as found_again:
        assert rekey(found_again, "shell:root", now=NOW) == Rekeyed(wrapped=1, before=1)
        assert readable(found_again, lost + kept)


def test_without_a_new_key_nothing_is_done(address: str) -> None:
    with desk(address, None, OLD) as database, pytest.raises(ConfigurationError, match="set MODERATION_DESK_KEY"):
        rekey(database, "shell:root", now=NOW)


def test_master_keys_that_open_nothing_are_told_with_their_setting(address: str) -> None:
    with desk(address, None) as first, first.session() as session:
        content.check_master_keys(session)  # there is nothing to open yet
    with desk(address, None) as plain:
        sealed(plain, "0")
    with desk(address, OLD) as before:
        sealed(before, "1", "2")
    with desk(address, LOST) as by_mistake:
        sealed(by_mistake, "3")
    for masters in ((OLD,), (NEW, OLD)):
        with desk(address, *masters) as right, right.session() as session:
            content.check_master_keys(session)
    for wrong, said in ((NEW, "changed, add that one to MODERATION_DESK_OLD_KEYS"), (None, "set MODERATION_DESK_KEY")):
        with (
            desk(address, wrong) as database,
            database.session() as session,
            pytest.raises(ConfigurationError, match=said),
        ):
            content.check_master_keys(session)
