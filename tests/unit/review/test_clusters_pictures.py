"""Pictures that look alike: one task and one answer, where the words are the same, too."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from moderation.events import Evidence, Media
from moderation.prints import of_hash, of_writing
from moderation.review import erasing, intake
from moderation.review.database import Database
from moderation.review.rules import DeskRules, parse
from moderation.review.tables import Answer, Fingerprint, Inheritance, Item, Task
from tests.unit.review.arriving import item_of, made_post
from tests.unit.review.rows import NOW
from tests.unit.review.test_clusters import SPAM, answered, sizes

OWN = int("0123456789abcdef" * 4, 16)
SPREAD = [17 * place % 256 for place in range(256)]  # no two of the first 15 in one band
RULES = parse("quality: {second: {share: 0}, gold: {share: 0}}", "desk.yaml")


def changed(bits: int) -> int:
    """The picture with so many bits of its hash changed."""
    return OWN ^ sum(1 << bit for bit in SPREAD[:bits])


def arrive(
    database: Database,
    number: int,
    *hashes: int,
    text: str = " ",
    quality: int = 90,
    writing: str = "",
    rules: DeskRules = RULES,
    **fields: Any,
) -> str:
    """A post of pictures, each at an address of its own, as the lanes have seen them."""
    now = fields.pop("now", NOW)
    media = tuple(
        Media(media_id=f"m{place}", kind="image", url=f"https://media.example/{number}/{place}.jpg")
        for place in range(max(len(hashes), 1))
    )
    evidence = [
        each.model_copy(update={"signal": f"image.{each.signal}", "media_id": item.media_id})
        for item, own in zip(media, hashes, strict=False)
        for each in (of_hash(f"{own:064x}", quality), of_writing(writing))
    ]
    item = item_of(made_post(str(number), text, media=media), evidence=tuple[Evidence, ...](evidence), **fields)
    with database.session() as session:
        intake.review_item(session, item, rules, now=now)
    return item.review_id


@pytest.mark.parametrize("bits", [0, 1, 8, 15])
def test_pictures_that_look_alike_are_one_task(database: Database, bits: int) -> None:
    arrive(database, 1, OWN)
    arrive(database, 2, changed(bits))
    arrive(database, 3, ~OWN % 2**256)
    assert sizes(database) == [1, 2]


def test_the_last_bit_that_may_differ_is_the_31st(database: Database) -> None:
    low = OWN ^ (2**31 - 1)  # all in two bands, so that it is found
    lower = OWN ^ (2**32 - 1)
    arrive(database, 1, OWN)
    arrive(database, 2, lower)
    assert sizes(database) == [1, 1]
    arrive(database, 3, low)
    assert sizes(database) == [1, 2]


def test_how_many_bits_may_differ_is_set(database: Database) -> None:
    strict = parse("duplicates: {bits: 4}", "desk.yaml")
    arrive(database, 1, OWN, rules=strict)
    arrive(database, 2, changed(5), rules=strict)
    arrive(database, 3, changed(4), rules=strict)
    assert sizes(database) in ([1, 2], [3])  # the third may stand with the second, of which it is one bit away


@pytest.mark.parametrize(
    "other",
    [{"writing": "run home"}, {"text": "no"}, {"text": SPAM}, {"quality": 49}, {"queue": "hate"}, {"sampled": 0.5}],
    ids=["another caption", "another word", "a text", "a flat picture", "another queue", "a random audit"],
)
def test_the_same_picture_that_says_something_else_is_another_task(database: Database, other: dict[str, Any]) -> None:
    arrive(database, 1, OWN)
    arrive(database, 2, OWN, **other)
    assert sizes(database) == [1, 1]


def test_flat_pictures_are_like_no_other(database: Database) -> None:
    for number in (1, 2):
        arrive(database, number, 0, quality=0)
    assert sizes(database) == [1, 1]


def test_the_same_words_with_pictures_that_look_alike_are_one_task(database: Database) -> None:
    for number, (bits, text) in enumerate([(0, "Yes!"), (3, "yes"), (0, SPAM), (3, SPAM.replace("500", "501"))]):
        arrive(database, number, changed(bits), text=text)
    arrive(database, 5, ~OWN % 2**256, text=SPAM)
    assert sizes(database) == [1, 2, 2]


def test_an_album_is_the_same_in_any_order_and_another_with_one_picture_more(database: Database) -> None:
    other = ~OWN % 2**256
    arrive(database, 1, OWN, other)
    arrive(database, 2, other ^ 7, changed(15))
    arrive(database, 3, OWN)
    arrive(database, 4, OWN, other, 0x5A << 100)
    assert sizes(database) == [1, 1, 2]


def test_an_item_is_found_by_the_hash_that_a_later_decision_brings(database: Database) -> None:
    first = arrive(database, 1, text="Yes!", settled=["text"])
    arrive(database, 2, OWN, text="Yes!")
    assert sizes(database) == [1, 1]
    assert first == arrive(database, 1, OWN, text="Yes!", settled=["text", "image"])
    with database.session() as session:
        stored = session.scalars(select(Fingerprint.place).where(Fingerprint.review_id == first)).all()
        assert len(stored) == 18
    arrive(database, 3, changed(2), text="Yes!")
    assert sizes(database) == [1, 2]


def test_who_comes_later_with_the_same_picture_is_answered_alike_for_a_time(database: Database) -> None:
    arrive(database, 1, OWN)
    answered(database, RULES)
    later = arrive(database, 2, changed(15), now=NOW + timedelta(hours=23))
    captioned = arrive(database, 3, OWN, writing="run home", now=NOW + timedelta(hours=23))
    too_late = arrive(database, 4, changed(2), now=NOW + timedelta(hours=25))
    with database.session() as session:
        rows = {row.review_id: row for row in session.scalars(select(Item))}
        assert rows[later].answer_id == session.scalars(select(Answer.answer_id)).one()
        assert [rows[each].status for each in (later, captioned, too_late)] == ["decided", "open", "open"]


def test_of_an_erased_author_no_picture_is_found_any_more(database: Database) -> None:
    arrive(database, 1, OWN)
    answered(database, RULES)
    arrive(database, 2, ~OWN % 2**256)
    with database.session() as session:
        for table, owners in ((Inheritance, 1), (Fingerprint, 2)):
            pictures = select(func.count()).select_from(table).where(table.kind == "picture")
            assert session.scalar(pictures) == owners * 17
        for author in ("author-1", "author-2"):
            erasing.erase(session, author, "account:1", RULES, now=NOW + timedelta(minutes=1))
        assert session.scalars(select(Fingerprint)).all() == []
        assert session.scalars(select(Inheritance)).all() == []
    arrive(database, 3, OWN)
    arrive(database, 4, ~OWN % 2**256)
    with database.session() as session:
        assert sorted(session.scalars(select(Task.size).where(Task.status == "open"))) == [1, 1]
