"""How the queues stand, who works, and what waits in each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import Form, Query
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.desk.once_more import left_out, once_more
from moderation.desk.pages import Pages, Tab
from moderation.desk.showing.ids import short
from moderation.desk.visit import Visit
from moderation.errors import AlreadyDone, NoSuchItem, NotPermitted, NotYours, ReviewError
from moderation.review import appeals, moving, overview, priority
from moderation.review.rules import DeskRules
from moderation.review.search import BadPlace
from moderation.review.stranded import stranded
from moderation.review.tables import Account, Item, Task

router = Pages(tab=Tab("Queues", "/queues", "queue.see", place=10))

_NAMED = 3  # tasks that a message names


@router.get("/queues", permission="queue.see")
def queues(visit: Visit) -> Response:
    """The whole page, or for htmx the part of it that changes."""
    today = visit.now.replace(hour=0, minute=0, second=0, microsecond=0)
    rules = visit.desk.rules
    with visit.transaction() as session:
        found = overview.queues(
            session, names=tuple(rules.queues), answered_since=today, unfinished=visit.asked is not None, now=visit.now
        )
        working = overview.working(session, answered_since=today, now=visit.now)
        left = [] if visit.asked is not None else stranded(session, rules)
        session.expunge_all()
    oldest = min((own.oldest for own in found if own.oldest is not None), default=None)
    template = "queues_live.html" if visit.partial else "queues.html"
    return visit.render(template, queues=found, working=working, oldest=oldest, rules=rules, stranded=len(left))


@router.get("/queues/{name}", permission="queue.see")
def queue(
    visit: Visit, name: str, after: str | None = None, chosen: Annotated[Sequence[int], Query()] = ()
) -> Response:
    """What waits in a queue, in the order in which it is answered; `chosen` are ticked.

    Not for who answers items and nothing else: what the list leaves out would tell which are tests.
    """
    rules = visit.desk.rules
    if visit.asked is not None:
        with visit.transaction() as session:
            _there(session, rules, name)
            found = overview.queues(session, names=(name,), answered_since=visit.now, unfinished=True, now=visit.now)
        (own,) = (each for each in found if each.name == name)
        return visit.render(
            "queue.html", name=name, queue=rules.queue(name), own=own, rows=None, begun=False, after=None
        )
    with visit.transaction() as session:
        _there(session, rules, name)
        line = overview.line(session, name, after=_read_place(after), gold=visit.may("quality.see"))
        claimed = overview.claimed(session, name)
        people = overview.people(session)
        names = sorted({*rules.queues, *overview.names(session), name})
        session.expunge_all()
    has_appeals = any(task.kind == "appeal" for task in [*line.tasks, *claimed])
    return visit.render(
        "queue.html",
        name=name,
        queue=rules.queue(name),
        rows=[(task, *_urgency(task, rules, visit.now)) for task in line.tasks],
        after=_written_place(line.after),
        begun=after is not None,
        here=after or "",
        chosen=chosen,
        claimed=claimed,
        people=[(account.account_id, account.name) for account in people if account.active],
        everybody={account.account_id: account.name for account in people},
        others=[(own, own) for own in names if own != name and (own != appeals.QUEUE or has_appeals)],
    )


@router.post("/queues/{name}/give", permission="item.reassign")
def give(
    visit: Visit,
    name: str,
    tasks: Annotated[Sequence[int], Form()] = (),
    held: Annotated[Sequence[int], Form()] = (),
    account: Annotated[str, Form()] = "",
    after: Annotated[str, Form()] = "",
) -> Response:
    """The chosen tasks are for one person; `held` are those that the page showed as somebody's."""
    chosen, page = _chosen([*tasks, *held]), _page(name, after)

    def given(session: Session) -> str:
        if not chosen:
            raise ReviewError("choose at least one task")
        to = session.get(Account, int(account)) if account.isdecimal() else None
        if to is None:
            raise ReviewError("choose a person who shall have the tasks")
        left_out = moving.give(session, chosen, to, visit.desk.rules, by=visit.account, held=held, now=visit.now)
        return f"{_counted(len(chosen) - left_out)} for {to.name} now.{told_of(left_out)}"

    try:
        return visit.redirect(page, told=visit.transact(given))
    except ReviewError as problem:
        return once_more(visit, page, problem, chosen)


@router.post("/queues/{name}/move", permission="item.reassign")
def move(
    visit: Visit,
    name: str,
    tasks: Annotated[Sequence[int], Form()] = (),
    held: Annotated[Sequence[int], Form()] = (),
    to: Annotated[str, Form()] = "",
    after: Annotated[str, Form()] = "",
) -> Response:
    """The chosen tasks wait in another queue; what cannot is left out, and stays ticked."""
    chosen, page = _chosen([*tasks, *held]), _page(name, after)

    def moved(session: Session) -> list[_Left]:
        if not chosen:
            raise ReviewError("choose at least one task")
        if to not in {*visit.desk.rules.queues, *overview.names(session)}:
            raise ReviewError("choose the queue where the tasks shall wait")
        left = []
        for task_id in chosen:
            try:
                moving.move(session, task_id, to, visit.desk.rules, by=visit.actor, now=visit.now)
            except (AlreadyDone, NotPermitted, NotYours) as problem:
                task = session.get_one(Task, task_id)
                left.append(_Left(task_id, f"{short(task.head)} in {task.queue}", str(problem)))
        return left

    try:
        left = visit.transact(moved)
    except ReviewError as problem:
        return once_more(visit, page, problem, chosen)
    count = len(chosen) - len(left)
    told = f"{_counted(count)} in {to} now." if count else "Nothing was moved."
    if left:
        return left_out(visit, page, told + _why_left(left), [own.task_id for own in left])
    return visit.redirect(page, told=told)


class _Left(NamedTuple):
    """A task that was not moved, as its list names it, and why."""

    task_id: int
    name: str
    why: str


def _why_left(left: Sequence[_Left]) -> str:
    told = ""
    for why in dict.fromkeys(own.why for own in left):
        names = [own.name for own in left if own.why == why]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        told += f" Left out: {', '.join(names[:_NAMED])}{more}: {why}."
    return told


def _page(name: str, after: str) -> str:
    return f"/queues/{quote(name, safe='')}" + (f"?{urlencode({'after': after})}" if after else "")


def _there(session: Session, rules: DeskRules, name: str) -> None:
    """Raise `NoSuchItem` for a name that the rules do not have and no item was ever in."""
    if name in {*rules.queues, "default", *overview.names(session)}:
        return
    if session.scalar(select(Item.review_id).where(Item.queue == name).limit(1)) is None:
        raise NoSuchItem(f"there is no queue {name[:100]}: the rules do not name it, and nothing is in it")


def _urgency(task: Task, rules: DeskRules, now: datetime) -> tuple[float, dict[str, dict[str, object]]]:
    """The priority of now, and its terms."""
    half_life = rules.queue(task.queue).half_life
    terms = {**task.terms, "age": priority.age_of(task.opened_at, half_life, now)}
    return priority.product_of(terms), terms


def _chosen(tasks: Sequence[int]) -> list[int]:
    """Each once, in the order in which everybody locks them: two who choose the same never end each other."""
    return sorted(set(tasks))


def _counted(tasks: int) -> str:
    return "1 task is" if tasks == 1 else f"{tasks} tasks are"


def told_of(left_out: int) -> str:
    """That somebody claimed some of what was chosen, after the page was shown."""
    if left_out == 0:
        return ""
    left, them = ("was left", "it") if left_out == 1 else ("were left", "them")
    return f" {left_out} {left} out: somebody has begun on {them} by now."


def _written_place(after: tuple[float, int] | None) -> str | None:
    return None if after is None else f"{after[0]!r}~{after[1]}"


def _read_place(after: str | None) -> tuple[float, int] | None:
    if after is None:
        return None
    rank, _, task = after.partition("~")
    try:
        return float(rank), int(task)
    except ValueError:
        raise BadPlace(f"{after!r} is no place in this queue: begin again at its head") from None
