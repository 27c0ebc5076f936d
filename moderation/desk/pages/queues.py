"""How the queues stand, who works, and what waits in each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from moderation.desk.pages import Pages, Tab
from moderation.desk.visit import Visit
from moderation.errors import ReviewError
from moderation.review import moving, overview, priority
from moderation.review.rules import DeskRules
from moderation.review.search import BadPlace
from moderation.review.stranded import stranded
from moderation.review.tables import Account, Task

router = Pages(tab=Tab("Queues", "/queues", "queue.see", place=10))


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
def queue(visit: Visit, name: str, after: str | None = None) -> Response:
    """What waits in a queue, in the order in which it is answered.

    Not for who answers items and nothing else: what the list leaves out would tell which are tests.
    """
    rules = visit.desk.rules
    if visit.asked is not None:
        with visit.transaction() as session:
            found = overview.queues(session, names=(name,), answered_since=visit.now, unfinished=True, now=visit.now)
        (own,) = (each for each in found if each.name == name)
        return visit.render(
            "queue.html", name=name, queue=rules.queue(name), own=own, rows=None, begun=False, after=None
        )
    with visit.transaction() as session:
        line = overview.line(session, name, after=_read_place(after), gold=visit.may("quality.see"))
        claimed = overview.claimed(session, name)
        people = overview.people(session)
        names = sorted({*rules.queues, *overview.names(session), name})
        session.expunge_all()
    return visit.render(
        "queue.html",
        name=name,
        queue=rules.queue(name),
        rows=[(task, *_urgency(task, rules, visit.now)) for task in line.tasks],
        after=_written_place(line.after),
        begun=after is not None,
        claimed=claimed,
        people=[(account.account_id, account.name) for account in people if account.active],
        everybody={account.account_id: account.name for account in people},
        others=[(own, own) for own in names if own != name],
    )


@router.post("/queues/{name}/give", permission="item.reassign")
def give(
    visit: Visit,
    name: str,
    tasks: Annotated[Sequence[int], Form()] = (),
    held: Annotated[Sequence[int], Form()] = (),
    account: Annotated[int, Form()] = 0,
) -> Response:
    """The chosen tasks are for one person; `held` are those that the page showed as somebody's."""
    chosen = _chosen([*tasks, *held])

    def given(session: Session) -> str:
        to = session.get(Account, account)
        if to is None:
            raise ReviewError("choose a person who shall have the tasks")
        left_out = moving.give(session, chosen, to, visit.desk.rules, by=visit.account, held=held, now=visit.now)
        return f"{_counted(len(chosen) - left_out)} for {to.name} now.{told_of(left_out)}"

    return visit.redirect(f"/queues/{name}", told=visit.transact(given))


@router.post("/queues/{name}/move", permission="item.reassign")
def move(
    visit: Visit,
    name: str,
    tasks: Annotated[Sequence[int], Form()] = (),
    held: Annotated[Sequence[int], Form()] = (),
    to: Annotated[str, Form()] = "",
) -> Response:
    """The chosen tasks wait in another queue."""
    chosen = _chosen([*tasks, *held])

    def moved(session: Session) -> None:
        if to not in {*visit.desk.rules.queues, *overview.names(session)}:
            raise ReviewError("choose the queue where the tasks shall wait")
        for task in chosen:
            moving.move(session, task, to, visit.desk.rules, by=visit.actor, now=visit.now)

    visit.transact(moved)
    return visit.redirect(f"/queues/{name}", told=f"{_counted(len(chosen))} in {to} now.")


def _urgency(task: Task, rules: DeskRules, now: datetime) -> tuple[float, dict[str, dict[str, object]]]:
    """The priority of now, and its terms."""
    half_life = rules.queue(task.queue).half_life
    terms = {**task.terms, "age": priority.age_of(task.opened_at, half_life, now)}
    return priority.product_of(terms), terms


def _chosen(tasks: Sequence[int]) -> list[int]:
    """Each once, in the order in which everybody locks them: two who choose the same never end each other."""
    if not tasks:
        raise ReviewError("choose at least one task")
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
