"""Content under a key of its author's: readable with it, by nobody without it, and not in another row's place."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from moderation.errors import ConfigurationError
from moderation.events import Post, ReviewItem, Source
from moderation.review import content
from moderation.review.database import Database
from moderation.review.tables import AuthorKey, Item
from moderation.review.wrapping import ContentError, MasterKeys
from moderation.settings import load_desk

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MASTER = bytes(range(32))


def review(
    text: str = "you are all filth", author: str | None = "ann", name: str = "1", at: datetime = NOW
) -> ReviewItem:
    return ReviewItem(
        review_id=f"review-{name}",
        decision_id=f"decision-{name}",
        post_id=f"post-{name}",
        author_id=author,
        post=Post(post_id=f"post-{name}", author_id=author, text=text),
        source=Source(topic="moderation.posts", partition=0, offset=1, time=at),
    )


def row(item: ReviewItem, sealed: bytes | None) -> Item:
    return Item(review_id=item.review_id, post_id=item.post_id, author_id=item.author_id, content=sealed)


def shred(database: Database, owner: str, at: datetime) -> None:
    with database.session() as session:
        session.execute(update(AuthorKey).where(AuthorKey.author == owner).values(key=None, shredded_at=at))


@pytest.mark.parametrize("author", ["ann", None])
def test_what_is_sealed_comes_back_whole(database: Database, author: str | None) -> None:
    item = review(author=author)
    with database.session() as session:
        sealed = content.seal(session, item)
    assert sealed is not None
    assert b"filth" not in sealed
    with database.session() as session:
        assert content.unseal(session, row(item, sealed)) == item


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200), author=st.text("abc:\u0442'\"%", min_size=1, max_size=8))
def test_any_text_of_any_author_comes_back(database: Database, text: str, author: str) -> None:
    item = review(text, author)
    with database.session() as session:
        assert content.unseal(session, row(item, content.seal(session, item))) == item


def test_an_author_has_one_key_and_posts_without_author_one_each(database: Database) -> None:
    with database.session() as session:
        for name, author in (("1", "ann"), ("2", "ann"), ("3", "bob"), ("4", None), ("5", None)):
            content.seal(session, review(author=author, name=name))
        keys = {found.author: found.key for found in session.query(AuthorKey)}
    assert sorted(keys) == ["author:ann", "author:bob", "post:post-4", "post:post-5"]
    assert len(set(keys.values())) == 4


def test_the_same_text_is_never_the_same_bytes(database: Database) -> None:
    with database.session() as session:
        assert content.seal(session, review()) != content.seal(session, review())


def test_nothing_can_be_read_once_the_key_is_shredded(database: Database) -> None:
    item = review()
    with database.session() as session:
        sealed = content.seal(session, item)
        statement = content.seal_text(session, "but", author_id="ann", post_id="post-1", place="appeal:1", at=NOW)
    shred(database, "author:ann", NOW)
    with database.session() as session:
        assert content.unseal(session, row(item, sealed)) is None
        assert content.unseal_text(session, statement, author_id="ann", post_id="post-1", place="appeal:1") is None


def test_an_old_post_of_an_erased_author_that_comes_again_is_not_kept(database: Database) -> None:
    with database.session() as session:
        content.seal(session, review())
    shred(database, "author:ann", NOW + timedelta(days=1))
    with database.session() as session:
        assert content.seal(session, review()) is None
        assert session.get_one(AuthorKey, "author:ann").key is None


def test_an_author_who_comes_back_has_a_new_key_and_what_was_stays_unreadable(database: Database) -> None:
    old, new = review(), review(name="2", at=NOW + timedelta(days=2))
    with database.session() as session:
        before = content.seal(session, old)
    shred(database, "author:ann", NOW + timedelta(days=1))
    with database.session() as session:
        after = content.seal(session, new)
    with database.session() as session:
        assert content.unseal(session, row(new, after)) == new
        assert content.unseal(session, row(old, before)) is None
        assert content.seal(session, old) is None  # Kafka brings it again


def test_content_in_the_place_of_another_row_is_refused(database: Database) -> None:
    with database.session() as session:
        sealed = content.seal(session, review())
        with pytest.raises(ContentError, match="item:review-2 is damaged"):
            content.unseal(session, row(review(name="2"), sealed))


@pytest.mark.parametrize("place", [8, 20, -1])
def test_a_damaged_byte_is_noticed(database: Database, place: int) -> None:
    item = review()
    with database.session() as session:
        sealed = bytearray(content.seal(session, item) or b"")
        sealed[place] ^= 1
        with pytest.raises(ContentError, match="damaged"):
            content.unseal(session, row(item, bytes(sealed)))


def test_under_a_master_key_the_database_alone_cannot_be_read(address: str) -> None:
    item = review()
    guarded = Database(address, MasterKeys(MASTER))
    with guarded.session() as session:
        sealed = content.seal(session, item)
        stored = session.get_one(AuthorKey, "author:ann").key
    assert stored is not None
    assert len(stored) > 33
    with guarded.session() as session:
        assert content.unseal(session, row(item, sealed)) == item
    guarded.close()
    for key, why in ((None, "set MODERATION_DESK_KEY"), (bytes(32), "not the key that the content was kept under")):
        other = Database(address, MasterKeys(key))
        with other.session() as session, pytest.raises(ContentError, match=why):
            content.unseal(session, row(item, sealed))
        other.close()


def test_a_master_key_may_be_set_later(address: str) -> None:
    old, new = review(), review(author="bob", name="2")
    plain, guarded = Database(address), Database(address, MasterKeys(MASTER))
    with plain.session() as session:
        first = content.seal(session, old)
    with guarded.session() as session:
        second = content.seal(session, new)
        assert content.unseal(session, row(old, first)) == old
        assert content.unseal(session, row(new, second)) == new
    plain.close()
    guarded.close()


def test_a_master_key_is_32_bytes_in_base64() -> None:
    assert MasterKeys.of(load_desk(key=base64.b64encode(MASTER).decode())).current == MASTER
    for setting in ("key", "old_keys"):
        for text in ("abc", "not base64 at all!", base64.b64encode(MASTER[:31]).decode()):
            with pytest.raises(ConfigurationError, match=rf"MODERATION_DESK_{setting.upper()} must be .* -base64 32`"):
                MasterKeys.of(load_desk(**{setting: text}))


def test_the_settings_master_key_reaches_the_database(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_DESK_KEY", base64.b64encode(MASTER).decode())
    database = Database.of(load_desk(database=f"sqlite:///{tmp_path}/desk.db"))
    database.upgrade()
    with database.session() as session:
        content.seal(session, review())
        assert len(session.get_one(AuthorKey, "author:ann").key or b"") > 33
    database.close()
