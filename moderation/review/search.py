"""Finding items, answers and decisions again: by id, by what they are, by when. Content is encrypted and not searched.

A search walks one index from the newest row back, and looks at no more than `LOOKED_AT` rows before it answers: a page
takes as long at a million rows as at a thousand. Where few rows fit, a page may be short, or empty; it then says how
far back it has looked, and the next one goes on there.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, cast, exists, func, or_, select, union
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, defer

from moderation.errors import ModerationError
from moderation.review.tables import Account, Answer, Base, DecisionRow, Gold, Item, Task

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
    gold: bool = False  # also those whose answer is known, which who answers items must not tell from others
    asked: int | None = None  # of these, by id, those that this account is, or was, asked for
    when: Between = Between()


@dataclass(frozen=True, slots=True)
class AnswerQuery:
    """What answers are looked for; `reviewer` is the login of an account.

    `asked` is the account of who may be asked for an answer of their own: what others said where that is so is left
    out.
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

    `blind` leaves out what people decided where somebody may still be asked for an answer of their own.
    """

    id: str | None = None
    stage: str | None = None
    action: str | None = None
    reason: str | None = None
    blind: bool = False
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
    if not query.gold:
        own = _given(session, query.id, query.asked)
        walk.fits.append(lambda row: or_(row.status != "gold", row.review_id.in_(own)))
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
    page = walk.page(session, after, size)
    if query.asked is None:
        return page
    again = _asked_again(session, {row.review_id for row in page.rows})
    rows = [row for row in page.rows if row.account_id == query.asked or row.review_id not in again]
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
    page = walk.page(session, after, size)
    if not query.blind:
        return page
    blind = _blind_to(session, {row.post_id for row in page.rows if row.verdict_id is not None})
    return replace(page, rows=[row for row in page.rows if row.verdict_id is None or row.post_id not in blind])


def waiting(session: Session, review_ids: Collection[str]) -> frozenset[str]:
    """Those of some items that somebody is asked about now, known answers among them: to who is, they are open."""
    asked = select(Task.head).where(Task.head.in_(review_ids), Task.status.in_(("open", "claimed")))
    known = select(Gold.review_id).where(Gold.review_id.in_(review_ids))
    return frozenset(session.scalars(union(asked, known)))


def _given(session: Session, name: str | None, account_id: int | None) -> Sequence[str]:
    """The known answers of this name that a person has, or had, as a task: to them they are items like any other."""
    if name is None or account_id is None:
        return ()
    own = select(Task.head).where(Task.head.in_(_items_of(name)), Task.kind == "gold", Task.assigned_to == account_id)
    return session.scalars(own).all()


def _asked_again(session: Session, review_ids: Collection[str]) -> frozenset[str]:
    """Items on which somebody may be asked for an answer of their own: in a second look, or to a copy as a test."""
    second = select(Task.head).where(
        Task.head.in_(review_ids), Task.kind == "second", Task.status.in_(("open", "claimed"))
    )
    copied = select(Gold.copied_from).where(Gold.copied_from.in_(review_ids), Gold.active)
    return frozenset(session.scalars(union(second, copied)))


def _blind_to(session: Session, post_ids: Collection[str]) -> frozenset[str]:
    """Posts whose answer decided an item that is asked about again."""
    answered = select(Item.post_id, Answer.review_id).join(Answer, Answer.answer_id == Item.answer_id)
    found = session.execute(answered.where(Item.post_id.in_(post_ids))).all()
    again = _asked_again(session, {review_id for _, review_id in found})
    return frozenset(post_id for post_id, review_id in found if review_id in again)


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
        at, _, identity = after.partition("~")
        try:
            when, known = datetime.fromisoformat(at), self._read(identity)
        except ValueError:
            when = None
        if when is None or when.tzinfo is None:
            raise BadPlace(f"{after!r} is no place in this list: begin the search again")
        # The first condition alone says where the index is entered.
        return [self._at <= when, or_(self._at < when, self._identity < known)]


def _place(at: datetime, identity: object) -> str:
    return f"{at.isoformat()}~{identity}"


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
