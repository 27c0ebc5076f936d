"""Finding items, answers and decisions again: by id, by what they are, by when. Content is encrypted and not searched.

A search walks one index from the newest row back, and looks at no more than `LOOKED_AT` rows before it answers: a page
takes as long at a million rows as at a thousand. Where few rows fit, a page may be short, or empty; it then says how
far back it has looked, and the next one goes on there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, cast, exists, func, or_, select, union
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, defer

from moderation.errors import ModerationError
from moderation.review.quality import blind
from moderation.review.tables import Account, Answer, Base, DecisionRow, Item

LOOKED_AT = 5_000
"""Rows that a page looks at, at most."""

PAGE = 50

Row = TypeVar("Row", bound=Base)


class BadPlace(ModerationError):
    """A place to go on from that no page has given."""

    status = 400


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some of what was found, the newest first. `after` asks for more; None where there is none.

    `back_to` is how far back was looked, where the page is short because of that.
    """

    rows: list[Row]
    after: str | None = None
    back_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """From a moment, and before another; None is no bound."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """What items are looked for. `id` is of a post, an author, a decision or an item; dates are of coming in."""

    id: str | None = None
    status: str | None = None
    queue: str | None = None
    language: str | None = None
    modality: str | None = None
    surface: str | None = None
    reason: str | None = None  # why a person was asked
    gold: bool = False  # also those whose answer is known
    asked: int | None = None  # as this account may find them, which must not tell tests from other items
    when: Between = Between()


@dataclass(frozen=True, slots=True)
class AnswerQuery:
    """What answers are looked for; `reviewer` is the login of an account.

    `asked` is an account that may be asked for an answer of its own: what others said where that is so is left out.
    """

    id: str | None = None
    reviewer: str | None = None
    queue: str | None = None
    action: str | None = None
    reason: str | None = None
    gold: bool = False  # also those to items whose answer is known
    asked: int | None = None
    when: Between = Between()


@dataclass(frozen=True, slots=True)
class DecisionQuery:
    """What decisions are looked for: those that restrict somebody, and those that stand beside an item.

    `asked` is an account that may be asked for an answer of its own: what people decided where that is so is left out.
    """

    id: str | None = None
    stage: str | None = None
    action: str | None = None
    reason: str | None = None
    asked: int | None = None
    when: Between = Between()


def items(session: Session, query: ItemQuery, *, after: str | None = None, size: int = PAGE) -> Page[Item]:
    """Review items, by when they came in."""
    walk = _Walk(Item, Item.received_at, Item.review_id, str, query.when)
    if query.id is not None:
        walk.narrow(Item.review_id.in_(_items_of(query.id)))
    elif query.status not in (None, "decided"):  # most items are decided: their queue leaves fewer
        walk.narrow(Item.status == query.status)
    elif query.queue is not None:
        walk.narrow(Item.queue == query.queue)
    if query.asked is not None:
        copies = _given(session, query.id, query.asked)
        originals = blind.hidden_answers(query.asked)
        walk.fits.append(lambda row: or_(row.status != "gold", row.review_id.in_([own.review_id for own in copies])))
        walk.fits.append(lambda row: or_(row.answer_id.is_(None), row.answer_id.not_in(originals)))
    elif not query.gold:
        walk.fits.append(lambda row: row.status != "gold")
    for name in ("status", "queue", "language", "modality", "surface"):
        walk.want(name, getattr(query, name))
    if (reason := query.reason) is not None:
        walk.fits.append(lambda row: _has(session, row.reasons, reason))
    return walk.page(session, after, size)


def answers(session: Session, query: AnswerQuery, *, after: str | None = None, size: int = PAGE) -> Page[Answer]:
    """Answers of people, by when they were given."""
    walk = _Walk(Answer, Answer.answered_at, Answer.answer_id, int, query.when)
    if query.reviewer is not None:
        account = session.scalar(select(Account.account_id).where(Account.login == query.reviewer))
        if account is None:
            return Page([])
        walk.want("account_id", account)
    if query.id is not None:
        of_items = select(Answer.answer_id).where(Answer.review_id.in_(_items_of(query.id)))
        walk.narrow(
            Answer.answer_id.in_(union(of_items, select(Answer.answer_id).where(Answer.verdict_id == query.id)))
        )
    elif query.reviewer is not None:
        walk.narrow(Answer.account_id == account)
    elif query.queue is not None:
        walk.narrow(Answer.queue == query.queue)
    if not query.gold:
        walk.fits.append(lambda row: row.kind != "gold")
    walk.want("queue", query.queue)
    walk.want("action", query.action)
    if (reason := query.reason) is not None:
        walk.fits.append(lambda row: _has(session, row.reasons, reason))
    if (asked := query.asked) is not None:
        walk.fits.append(lambda row: row.answer_id.not_in(blind.hidden_answers(asked)))
    page = walk.page(session, after, size)
    if asked is None:
        return page
    again = blind.asked_again(session, {row.review_id for row in page.rows})
    rows = [row for row in page.rows if row.account_id == asked or row.review_id not in again]
    return replace(page, rows=rows)


def decisions(
    session: Session, query: DecisionQuery, *, after: str | None = None, size: int = PAGE
) -> Page[DecisionRow]:
    """Decisions that were kept, by when they were made."""
    walk = _Walk(DecisionRow, DecisionRow.at, DecisionRow.decision_id, str, query.when)
    if query.id is not None:
        columns = (DecisionRow.decision_id, DecisionRow.post_id, DecisionRow.author_id)
        found = [select(DecisionRow.decision_id).where(column == query.id) for column in columns]
        of_item = select(Item.post_id).where(Item.review_id == query.id)
        found.append(select(DecisionRow.decision_id).where(DecisionRow.post_id.in_(of_item)))
        walk.narrow(DecisionRow.decision_id.in_(union(*found)))
    walk.want("stage", query.stage)
    walk.want("action", query.action)
    if (reason := query.reason) is not None:
        walk.fits.append(lambda row: _has(session, row.reasons, reason))
    if (asked := query.asked) is not None:
        walk.fits.append(lambda row: row.post_id.not_in(blind.hidden_posts(asked)))
    page = walk.page(session, after, size)
    if asked is None:
        return page
    again = blind.posts_asked_again(session, {row.post_id for row in page.rows})
    shown = {row.decision_id for row in page.rows}
    rows = [row for row in page.rows if row.post_id not in again]
    rows += [row for row in blind.before_people(session, again) if row.decision_id in shown]
    rows += [row for row in _of_copies(session, query, asked) if _is_between(row, after, page.after)]
    return replace(page, rows=sorted(rows, key=lambda row: (row.at, row.decision_id), reverse=True))


def _of_copies(session: Session, query: DecisionQuery, asked: int) -> list[DecisionRow]:
    """What seems to have been decided on the tests of this name that a person has, or had."""
    rows = [blind.decision_of(session, copy) for copy in _given(session, query.id, asked)]
    wanted = {"stage": query.stage, "action": query.action}
    return [
        row
        for row in rows
        if all(value is None or getattr(row, name) == value for name, value in wanted.items())
        and (query.reason is None or query.reason in row.reasons)
        and (query.when.since is None or row.at >= query.when.since)
        and (query.when.until is None or row.at < query.when.until)
    ]


def _is_between(row: DecisionRow, after: str | None, end: str | None) -> bool:
    """Whether a row belongs to the page that begins after a place and ends at another."""
    own = (row.at, row.decision_id)
    return (after is None or own < _read_place(after)) and (end is None or own >= _read_place(end))


def _given(session: Session, name: str | None, account_id: int) -> Sequence[Item]:
    """The tests of this name that a person has, or had: to them they are items like any other."""
    return () if name is None else blind.given(session, account_id, Item.review_id.in_(_items_of(name)))


class _Walk(Generic[Row]):
    """A way through one table, the newest row first. What it is narrowed by must have an index that ends in `at`."""

    def __init__(
        self,
        table: type[Row],
        at: InstrumentedAttribute[datetime],
        identity: InstrumentedAttribute[Any],
        read: Callable[[str], Any],
        when: Between,
    ) -> None:
        self._table, self._at, self._identity, self._read = table, at, identity, read
        self._walked: list[ColumnElement[bool]] = []
        if when.since is not None:
            self._walked.append(at >= when.since)
        if when.until is not None:
            self._walked.append(at < when.until)
        self.fits: list[Callable[[Any], ColumnElement[bool]]] = []

    def narrow(self, condition: ColumnElement[bool]) -> None:
        """Walk only such rows."""
        self._walked.append(condition)

    def want(self, name: str, value: object) -> None:
        """Find only rows whose column has this value; anything where it is None."""
        if value is not None:
            self.fits.append(lambda row: getattr(row, name) == value)

    def page(self, session: Session, after: str | None, size: int) -> Page[Row]:
        """The rows that fit, after a place."""
        order = (self._at.desc(), self._identity.desc())
        walked = select(self._table).where(*self._walked, *self._following(after)).order_by(*order).limit(LOOKED_AT)
        looked_at = walked.subquery()
        row: Any = aliased(self._table, looked_at)
        at, identity = getattr(row, self._at.key), getattr(row, self._identity.key)
        wanted = select(row).where(*(fits(row) for fits in self.fits)).order_by(at.desc(), identity.desc())
        if self._table is Item:
            wanted = wanted.options(defer(row.content))
        found: Sequence[Row] = session.scalars(wanted.limit(size + 1)).all()
        if len(found) > size:
            last = found[size - 1]
            return Page(list(found[:size]), _place(getattr(last, self._at.key), getattr(last, self._identity.key)))
        end = session.execute(
            walked.with_only_columns(self._at, self._identity).limit(1).offset(LOOKED_AT - 1)
        ).one_or_none()
        return Page(list(found), None if end is None else _place(*end), None if end is None else end[0])

    def _following(self, after: str | None) -> list[ColumnElement[bool]]:
        if after is None:
            return []
        when, known = _read_place(after, self._read)
        # The first condition alone says where the index is entered.
        return [self._at <= when, or_(self._at < when, self._identity < known)]


def _place(at: datetime, identity: object) -> str:
    return f"{at.isoformat()}~{identity}"


def _read_place(place: str, read: Callable[[str], Any] = str) -> tuple[datetime, Any]:
    at, _, identity = place.partition("~")
    try:
        when, known = datetime.fromisoformat(at), read(identity)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise BadPlace(f"{place!r} is no place in this list: begin the search again")
    return when, known


def _items_of(name: str) -> Any:
    """Ids of the items that an id may mean, each looked up by an index of its own."""
    columns = (Item.review_id, Item.post_id, Item.author_id, Item.decision_id)
    return union(*(select(Item.review_id).where(column == name) for column in columns))


def _has(session: Session, column: Any, value: str) -> ColumnElement[bool]:
    """Whether a JSON column of strings has one."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(column, JSONB).contains([value])
    each = func.json_each(column).table_valued("value")
    return exists(select(each.c.value).where(each.c.value == value))
