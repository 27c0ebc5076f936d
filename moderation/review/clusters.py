"""Near-duplicates: one task, one answer. Later ones are answered like the first for a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Select, delete, select, tuple_
from sqlalchemy.orm import Session

from moderation.events import ReviewItem
from moderation.review.likeness import Likeness, likeness_of
from moderation.review.rules import Duplicates
from moderation.review.tables import Answer, Fingerprint, Inheritance, Item, Task

_LOOKED_AT = 50  # candidates at once; the band of a popular text has many
_Row = TypeVar("_Row", Fingerprint, Inheritance)


def of_item(item: ReviewItem, rules: Duplicates) -> Likeness | None:
    """What an item looks like. Those of a random audit stand for themselves: each is to be seen by a person."""
    return None if item.sampled is not None else likeness_of(item.post, rules.shortest)


def remember(session: Session, review_id: str, likeness: Likeness) -> None:
    """From now on near-duplicates find this item; does nothing where they do already."""
    if session.get(Fingerprint, (review_id, *_rows(likeness)[0][:2])) is None:
        session.add_all(
            Fingerprint(review_id=review_id, kind=kind, place=place, band=band, digest=digest)
            for kind, place, band, digest in _rows(likeness)
        )


def forget(session: Session, review_id: str) -> None:
    """Nothing joins this item any more."""
    session.execute(delete(Fingerprint).where(Fingerprint.review_id == review_id))


def task_for(session: Session, row: Item, likeness: Likeness, rules: Duplicates) -> Task | None:
    """The open task of its near-duplicates, locked; None where there is none.

    They ask the same: the same queue, for the same reasons. What has been answered since is forgotten on the way.
    """
    while True:
        found = session.scalars(_candidates(Fingerprint, likeness)).all()
        stale = []
        for review_id in dict.fromkeys(each.review_id for each in found):
            other = session.get_one(Item, review_id)
            if other.status != "open":
                stale.append(review_id)
            elif _asks_the_same(row, other) and _near(likeness, _whole(session, Fingerprint, review_id), rules):
                task = _locked(session, other)
                if task is not None:
                    return task
        if not stale:
            return None
        session.execute(delete(Fingerprint).where(Fingerprint.review_id.in_(stale)))


def answer_for(session: Session, row: Item, likeness: Likeness, rules: Duplicates, *, now: datetime) -> Answer | None:
    """The answer that an item inherits: to its near-duplicate, in the same queue, for all of its reasons, lately."""
    candidates = session.scalars(_candidates(Inheritance, likeness).where(Inheritance.ends_at > now)).all()
    for answer_id in sorted({each.answer_id for each in candidates}, reverse=True):
        answer = session.get_one(Answer, answer_id)
        first = session.get_one(Item, answer.review_id)
        asked = answer.queue == row.queue and set(row.reasons) <= set(first.reasons)
        if asked and _near(likeness, _whole(session, Inheritance, answer_id), rules):
            return answer
    return None


def answered_alike(session: Session, item: ReviewItem, rules: Duplicates, limit: int = 5) -> Sequence[Answer]:
    """What was answered on near-duplicates, however long ago; the latest first."""
    likeness = of_item(item, rules)
    if likeness is None:
        return []
    found: list[Answer] = []
    candidates = {each.answer_id for each in session.scalars(_candidates(Inheritance, likeness))}
    for answer_id in sorted(candidates, reverse=True):
        if len(found) < limit and _near(likeness, _whole(session, Inheritance, answer_id), rules):
            found.append(session.get_one(Answer, answer_id))
    return found


def _asks_the_same(row: Item, other: Item) -> bool:
    return other.review_id != row.review_id and other.queue == row.queue and set(other.reasons) == set(row.reasons)


def _rows(likeness: Likeness) -> list[tuple[str, int, str, str]]:
    """kind, place, band, digest. The text of a picture without a signature is kept to be compared, not found by."""
    rows = []
    if likeness.signature is None:
        rows.append(("text", 0, f"={likeness.words}", f"={likeness.words}"))
    for place, band in enumerate(likeness.bands):
        digest = f"{likeness.words}{(likeness.signature or b'').hex()}" if place == 0 else ""
        rows.append(("text", place, band, digest))
    if likeness.pictures is not None:
        rows.append(("picture", 0, likeness.pictures, likeness.pictures))
    return rows


def _candidates(table: type[_Row], likeness: Likeness) -> Select[_Row]:
    places = [(kind, place, band) for kind, place, band, _ in _rows(likeness) if not band.startswith("=")]
    if likeness.signature is not None:
        places = [each for each in places if each[0] == "text"]
    return (
        select(table)
        .where(tuple_(table.kind, table.place, table.band).in_(places))
        .limit(_LOOKED_AT)
    )  # fmt: skip


def _whole(session: Session, table: type[_Row], owner: str | int) -> list[_Row]:
    """The rows with the whole digests, of text and of media."""
    found = [session.get(table, (owner, kind, 0)) for kind in ("text", "picture")]
    return [each for each in found if each is not None]


def _near(likeness: Likeness, rows: Iterable[_Row], rules: Duplicates) -> bool:
    words, signature, pictures = "", None, None
    for row in rows:
        if row.kind == "picture":
            pictures = row.digest
        elif row.digest.startswith("="):
            words = row.digest[1:]
        else:
            words, signature = row.digest[:32], bytes.fromhex(row.digest[32:])
    return likeness.near(words, signature, pictures, rules.similarity)


def _locked(session: Session, item: Item) -> Task | None:
    """The task of an item, as long as it can still take others in."""
    return session.scalar(
        select(Task)
        .where(Task.task_id == item.task_id, Task.kind == "review", Task.status.in_(("open", "claimed")))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
