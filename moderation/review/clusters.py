"""Near-duplicates: one task, one answer. Later ones are answered like the first for a time."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, TextClause, and_, delete, insert, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from moderation.events import ReviewItem
from moderation.review.likeness import Likeness, likeness_of
from moderation.review.pictures import all_near, bands_of, digest_of, read, written
from moderation.review.rules import Duplicates
from moderation.review.tables import Answer, Fingerprint, Inheritance, Item, Task

_LOOKED_AT = 50  # candidates at once; the band of a popular text has many
_ROWS_AT = 1000  # rows of pictures' bands at once: up to 16 of each candidate
_FOUND_BY = ("fingerprints", "inheritances")
_JSON = {
    "sqlite": ("json_each(:wanted) AS one", "json_extract(one.value, '$[{}]')"),
    "postgresql": ("jsonb_array_elements(CAST(:wanted AS jsonb)) AS one(value)", "(one.value ->> {})"),
}


def _asked(dialect: str, table: str) -> TextClause:
    """Stops at the first of each: a text that is posted all the time leaves thousands."""
    rows, field = _JSON[dialect]
    kind, place, band = field.format(0), f"CAST({field.format(1)} AS integer)", field.format(2)
    return text(
        f"SELECT {kind}, {place}, {band} FROM {rows} WHERE EXISTS (SELECT 1 FROM {table} AS other "
        f"WHERE other.kind = {kind} AND other.place = {place} AND other.band = {band})"
    )


_TRACES = {(dialect, table): _asked(dialect, table) for dialect in _JSON for table in _FOUND_BY}

Trace = tuple[str, int, str]
"""kind, place, band of a `Fingerprint`."""

_Row = TypeVar("_Row", Fingerprint, Inheritance)


def of_item(item: ReviewItem, rules: Duplicates) -> Likeness | None:
    """What an item looks like. Those of a random audit stand for themselves: each is to be seen by a person."""
    return None if item.sampled is not None else likeness_of(item.post, rules.shortest, item.evidence)


def remember(session: Session, review_id: str, likeness: Likeness) -> None:
    """From now on near-duplicates find this item; does nothing where they do already."""
    if session.get(Fingerprint, (review_id, *_rows(likeness)[0][:2])) is None:
        remember_new(session, {review_id: likeness})


def remember_new(session: Session, likenesses: Mapping[str, Likeness]) -> None:
    """From now on near-duplicates find these items, of which nothing is remembered; review id -> likeness."""
    rows = [
        {"review_id": review_id, "kind": kind, "place": place, "band": band, "digest": digest}
        for review_id, likeness in likenesses.items()
        for kind, place, band, digest in _rows(likeness)
    ]
    if rows:
        session.execute(insert(Fingerprint.__table__), rows)  # type: ignore[arg-type]


def traces(likeness: Likeness) -> set[Trace]:
    """What an item that is remembered is found by."""
    return {(kind, place, band) for kind, place, band, _ in _rows(likeness)}


def sought(likeness: Likeness) -> list[Trace]:
    """What near-duplicates of a post are found by: of a text with a signature by that, of others by their pictures."""
    if likeness.signature is not None:
        return [("text", place, band) for place, band in enumerate(likeness.bands)]
    return _places(likeness)


def left(session: Session, wanted: Collection[Trace]) -> set[Trace]:
    """Those that something is found by: what waits, or what was answered before."""
    if not wanted:
        return set()
    asked = {"wanted": json.dumps(sorted(wanted))}
    # What waits first: what is answered in between is found by its answer then.
    found = (session.execute(_TRACES[session.get_bind().dialect.name, name], asked) for name in _FOUND_BY)
    return {(kind, place, band) for rows in found for kind, place, band in rows}


def renew(session: Session, review_id: str, likeness: Likeness | None) -> None:
    """The item is found by what is known of its pictures by now, and again where it asks something else by now."""
    if likeness is None:
        return
    known = session.get(Fingerprint, (review_id, "picture", 0))
    if known is not None and known.digest != written(likeness.pictures):
        forget(session, review_id)
    remember(session, review_id, likeness)


def forget(session: Session, review_id: str) -> None:
    """Nothing joins this item any more."""
    session.execute(delete(Fingerprint).where(Fingerprint.review_id == review_id))


def task_for(session: Session, row: Item, likeness: Likeness, rules: Duplicates) -> Task | None:
    """The open task of its near-duplicates, locked; None where there is none.

    They ask the same: the same queue, for the same reasons. What has been answered since is forgotten on the way.
    """
    while True:
        found = _candidates(session, Fingerprint, likeness, rules)
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
    candidates = _candidates(session, Inheritance, likeness, rules, Inheritance.ends_at > now)
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
    candidates = {each.answer_id for each in _candidates(session, Inheritance, likeness, rules)}
    for answer_id in sorted(candidates, reverse=True):
        if len(found) < limit and _near(likeness, _whole(session, Inheritance, answer_id), rules):
            found.append(session.get_one(Answer, answer_id))
    return found


def _asks_the_same(row: Item, other: Item) -> bool:
    return other.review_id != row.review_id and other.queue == row.queue and set(other.reasons) == set(row.reasons)


def _rows(likeness: Likeness) -> list[tuple[str, int, str, str]]:
    """kind, place, band, digest. A text without a signature is kept to be compared, and its pictures to be found by.

    Of several pictures the first with a print has bands: its counterpart is looked for by the bands of all.
    """
    rows = []
    if likeness.signature is None:
        rows.append(("text", 0, f"={likeness.words}", f"={likeness.words}"))
    for place, band in enumerate(likeness.bands):
        digest = f"{likeness.words}{(likeness.signature or b'').hex()}" if place == 0 else ""
        rows.append(("text", place, band, digest))
    if likeness.pictures:
        rows.append(("picture", 0, digest_of(likeness.pictures), written(likeness.pictures)))
        if likeness.signature is None:
            first = next(iter(_bands(likeness)), ())
            rows += [("picture", place, band, "") for place, band in first]
    return rows


def _bands(likeness: Likeness) -> list[list[tuple[int, str]]]:
    """Of every picture with a print, the bands and their places; with the text, which must be equal, too."""
    found = [enumerate(bands_of(picture), 1) for picture in likeness.pictures if picture.print is not None]
    return [[(place, f"{band}{likeness.words[:8]}") for place, band in each] for each in found]


def _places(likeness: Likeness) -> list[Trace]:
    """kind, place and band of the same pictures, and of near ones."""
    bands = {pair for picture in _bands(likeness) for pair in picture}
    return [("picture", place, band) for place, band in [(0, digest_of(likeness.pictures)), *sorted(bands)]]


def _candidates(
    session: Session, table: type[_Row], likeness: Likeness, rules: Duplicates, *conditions: ColumnElement[bool]
) -> Sequence[_Row]:
    """Rows of those that may be near."""
    here = _one_of(table, sought(likeness))
    if likeness.signature is not None:
        return session.scalars(select(table).where(here, *conditions).limit(_LOOKED_AT)).all()
    owner = _owner(table)
    of_band = select(owner).where(here, *conditions).limit(_ROWS_AT)
    whole = select(table).where(owner.in_(of_band), table.kind == "picture", table.place == 0)
    return [row for row in session.scalars(whole) if all_near(likeness.pictures, read(row.digest), rules.bits)]


def _one_of(table: type[_Row], bands: Iterable[Trace]) -> ColumnElement[bool]:
    """SQLite takes an index for each of these, and for a list of tuples reads the whole table."""
    return or_(*(and_(table.kind == kind, table.place == place, table.band == band) for kind, place, band in bands))


def _owner(table: type[_Row]) -> InstrumentedAttribute[Any]:
    return Fingerprint.review_id if table is Fingerprint else Inheritance.answer_id


def _whole(session: Session, table: type[_Row], owner: str | int) -> list[_Row]:
    """The rows with the whole digests, of text and of media."""
    found = [session.get(table, (owner, kind, 0)) for kind in ("text", "picture")]
    return [each for each in found if each is not None]


def _near(likeness: Likeness, rows: Iterable[_Row], rules: Duplicates) -> bool:
    words, signature, pictures = "", None, ""
    for row in rows:
        if row.kind == "picture":
            pictures = row.digest
        elif row.digest.startswith("="):
            words = row.digest[1:]
        else:
            words, signature = row.digest[:32], bytes.fromhex(row.digest[32:])
    return likeness.near(words, signature, read(pictures), rules.similarity, rules.bits)


def _locked(session: Session, item: Item) -> Task | None:
    """The task of an item, as long as it can still take others in."""
    return session.scalar(
        select(Task)
        .where(Task.task_id == item.task_id, Task.kind == "review", Task.status.in_(("open", "claimed")))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
