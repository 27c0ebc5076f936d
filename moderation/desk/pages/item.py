"""Working at items: from the claim to the verdict, and on to the next.

One task is claimed ahead while its reviewer looks at the one before, under a lease of its own. Nothing of it reaches
the browser until its turn: who saw what, and for how long, stays true. Its lease and its time begin anew when it is
shown; of somebody who stops it is given back, or its lease ends by itself.
"""

from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from typing import Annotated, NamedTuple

from fastapi import Depends, Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from moderation.desk import opening
from moderation.desk.failures import fault, sentence
from moderation.desk.media.stills import Stills
from moderation.desk.opening import WORDS, Opened
from moderation.desk.pages import Pages, Tab
from moderation.desk.showing.media import MediaShown, media_of
from moderation.desk.showing.reasons import listed as in_words
from moderation.desk.visit import Visit
from moderation.errors import (
    AlreadyDone,
    DatabaseUnavailable,
    ItemChanged,
    LeaseExpired,
    LimitReached,
    MediaError,
    ModerationError,
    NoSuchItem,
    NotYours,
    ReviewError,
)
from moderation.events import ReviewItem
from moderation.review import answering, claims, content, overview, viewings
from moderation.review.answering import Seen
from moderation.review.quality import blind, claiming, exposure
from moderation.review.quality.claiming import Pause
from moderation.review.tables import Account, Answer, Item, Task

router = Pages(tab=Tab("Review", "/next", "item.answer", place=5))

SKIPS = (
    "I cannot judge this language",
    "I know somebody in it",
    "I do not want to see this",
    "It needs somebody with more experience",
    "Something of it cannot be shown",
)
"""Reasons to skip that need no typing."""


def _number(visit: Visit, task_id: str) -> int:
    number = visit.desk.numbers.read(task_id)
    if number is None:
        raise NoSuchItem("there is no such task")
    return number


TaskNumber = Annotated[int, Depends(_number)]
"""The task that an address names."""


_Gone = (AlreadyDone, LeaseExpired, NotYours)


@router.get("/next", permission="item.answer")
def start(visit: Visit, queue: str = "") -> Response:
    """Where work begins: what one holds, and the next."""
    with visit.transaction() as session:
        held = [(task, viewings.has_opened(session, visit.account, task)) for task in _held(session, visit)]
        budget = exposure.allowance(session, visit.account, visit.desk.rules, visit.now)
    return visit.render("start.html", held=held, queue=queue, rest_until=budget.until)


@router.post("/next", permission="item.answer")
def take(visit: Visit, queue: Annotated[str, Form()] = "") -> Response:
    """Claim the next item, or show that none waits."""
    try:
        task = visit.transact(lambda session: _next(session, visit, queue))
    except LimitReached as problem:  # what is held stands on the page
        return visit.redirect("/next", told=sentence(str(problem)))
    if not isinstance(task, Task):
        return visit.redirect("/next", told=task.message if task else "Nothing waits for you just now.")
    return visit.redirect(visit.task(task.task_id))


@router.get("/tasks/{task_id}", permission="item.answer")
def work(visit: Visit, task_id: TaskNumber) -> Response:
    """The item of a task that the visitor holds, with everything to answer it."""
    try:
        return _shown(visit, task_id)
    except _Gone as problem:
        return _over(visit, task_id, problem)


@router.post("/tasks/{task_id}/claim", permission="item.answer")
def again(visit: Visit, task_id: TaskNumber) -> Response:
    """Claim a certain task: what one had until its time ran out, or what is kept for one; of leads any."""
    visit.transact(
        lambda session: claiming.take(
            session, task_id, visit.account, visit.desk.rules, picks=visit.may("item.pick"), now=visit.now
        )
    )
    return visit.redirect(visit.task(task_id))


@router.post("/tasks/{task_id}/answer", permission="item.answer")
def answer(
    visit: Visit,
    task_id: TaskNumber,
    reasons: Annotated[list[str], Form(default_factory=list)],
    action: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
    version: Annotated[str, Form()] = "",
) -> Response:
    """Submit, and go on with the next. `seen` and `version` are what the page showed, as `answering.Seen`."""
    rules = visit.desk.rules
    to = Seen(seen.replace("\0", ""), version)

    def looked_at(session: Session) -> ReviewItem | None:
        row = session.get(Item, to.review_id)
        return None if row is None else content.unseal(session, row)

    policy = opening.policy_of(visit.transact(looked_at), visit.desk.policies)
    own = () if policy is None else tuple(policy.reasons)
    written = note.replace("\0", "")  # which PostgreSQL does not keep

    def submitted(session: Session) -> int:
        task = _task(session, task_id)
        answering.submit(
            session, task, visit.account, action, reasons, written, rules, to=to, own_reasons=own, now=visit.now
        )
        return task.size

    try:
        items = visit.transact(submitted)
    except ItemChanged as problem:
        return _anew(visit, task_id, problem, Chosen(action, tuple(reasons), note))
    except _Gone as problem:
        return _over(visit, task_id, problem, f"{action} {in_words(reasons)}".strip(), note.strip())
    because = f" ({in_words(reasons)})" if reasons else ""
    alike = f", for {items} posts that are alike" if items > 1 else ""
    return _go_on(visit, f"Sent: {action}{because}{alike}.")


@router.post("/tasks/{task_id}/skip", permission="item.answer")
def skip(
    visit: Visit, task_id: TaskNumber, why: Annotated[str, Form()] = "", other: Annotated[str, Form()] = ""
) -> Response:
    """Leave it to others, with a reason, and go on with the next."""
    try:
        visit.transact(
            lambda session: claiming.skip(
                session, task_id, visit.account, other.strip() or why, visit.desk.rules, now=visit.now
            )
        )
    except _Gone as problem:
        return _over(visit, task_id, problem)
    return _go_on(visit, "Skipped: somebody else gets it.")


@router.post("/tasks/{task_id}/release", permission="item.answer")
def release(visit: Visit, task_id: TaskNumber) -> Response:
    """Give it back, and what was claimed ahead, too: the visitor stops."""

    def given_back(session: Session) -> None:
        claiming.release(session, task_id, visit.account, visit.desk.rules, now=visit.now)
        for task in _ahead(session, visit):
            claims.release(session, task.task_id, visit.account, now=visit.now)

    try:
        visit.transact(given_back)
    except _Gone as problem:
        return _over(visit, task_id, problem)
    return visit.redirect("/next", told="Given back to its queue.")


@router.post("/tasks/{task_id}/extend", permission="item.answer")
def extend(visit: Visit, task_id: TaskNumber) -> Response:
    """More time."""
    task = visit.transact(
        lambda session: claims.extend(session, task_id, visit.account, visit.desk.rules, now=visit.now)
    )
    return visit.render("item/lease.html", task=task, more="You have more time.")


@router.post("/tasks/{task_id}/reassign", permission="item.reassign")
def reassign(visit: Visit, task_id: TaskNumber, to: Annotated[int, Form()]) -> Response:
    """Hand it to somebody else."""

    def given(session: Session) -> str:
        account = session.get(Account, to)
        if account is None:
            raise NoSuchItem("there is no such account")
        claims.reassign(session, task_id, account, visit.desk.rules, by=visit.account, now=visit.now)
        return account.name

    return _go_on(visit, f"Given to {visit.transact(given)}.")


@router.post("/tasks/{task_id}/ahead", permission="item.answer")
def ahead(visit: Visit, task_id: TaskNumber) -> Response:
    """Claim the one after this, and have its media fetched, while this one is looked at."""

    def following(session: Session) -> ReviewItem | None:
        claims.own(session, task_id, visit.account, now=visit.now)
        task = _next(session, visit, "", beside=task_id)
        return content.unseal(session, session.get_one(Item, task.head)) if isinstance(task, Task) else None

    with suppress(ModerationError):  # nothing is lost by it: the next is claimed when it is asked for
        item = visit.transact(following)
        if item is not None:
            media = media_of(item, {})
            Thread(target=_fetch, args=(visit.desk.stills, media), name="fetch ahead", daemon=True).start()
    return Response(status_code=204)


@router.get("/items/{review_id}", permission="item.see")
def read(visit: Visit, review_id: str) -> Response:
    """An item to look at, whoever works on it."""
    with visit.transaction() as session:
        opened = opening.to_read(visit, session, review_id)
        until = opening.read(visit, session, opened.row)
        stands = opened.row.status
        if not visit.may("quality.see"):
            stands = "open" if blind.waiting(session, [review_id]) else stands
        given = _answer(session, visit, opened.row)
        viewings.read(session, visit.account, review_id, now=visit.now)
        mine = [task.task_id for task in _held(session, visit) if task.head == review_id]
    return visit.render(
        "read.html",
        opened=opened,
        stands=stands,
        held=mine[0] if mine else None,
        given=None if mine else given,
        met_until=until,
    )


class Chosen(NamedTuple):
    """What the form of an answer is filled with."""

    action: str = ""
    reasons: tuple[str, ...] = ()
    note: str = ""


_NOTHING = Chosen()


def _anew(visit: Visit, task_id: int, problem: ItemChanged, chosen: Chosen) -> Response:
    """The item as it is now, and what was chosen for what it was."""
    try:
        response = _shown(visit, task_id, chosen=chosen, changed=sentence(str(problem)))
    except _Gone as gone:
        return _over(visit, task_id, gone, f"{chosen.action} {in_words(chosen.reasons)}".strip(), chosen.note.strip())
    response.status_code = 200 if visit.partial else problem.status  # htmx shows no others
    return response


def _shown(
    visit: Visit, task_id: int, announced: str = "", *, chosen: Chosen = _NOTHING, changed: str = ""
) -> Response:
    """The page of a task, or the piece of it for htmx. Raises `AlreadyDone`, `LeaseExpired`, `NotYours`."""

    def put_before(session: Session) -> tuple[Opened, list[tuple[int, str]]]:
        task = claims.own(session, task_id, visit.account, now=visit.now)
        if not viewings.has_opened(session, visit.account, task):
            claims.begin(task, visit.desk.rules, now=visit.now)
            viewings.opened(session, visit.account, task, now=visit.now)
        return opening.of_task(visit, session, task), _colleagues(session, visit)

    opened, people = visit.transact(put_before)
    template = "item/work.html" if visit.partial else "work.html"
    response = visit.render(
        template,
        opened=opened,
        task=opened.task,
        people=people,
        words=WORDS,
        skips=SKIPS,
        announced=announced,
        seen=answering.seen(opened.row),
        chosen=chosen,
        changed=changed,
    )
    if visit.partial:
        response.headers["HX-Push-Url"] = visit.task(task_id)
    return response


def _go_on(visit: Visit, told: str) -> Response:
    """The next item in place of the last one; without one, the page where work begins.

    What was done is done: what keeps the next one away is told after it, and is no failure of it.
    """
    try:
        task = visit.transact(lambda session: _next(session, visit, ""))
        if not isinstance(task, Task):
            why = task.message if task else "Nothing else waits for you just now."
            return visit.redirect("/next", told=f"{told} {why}")
        if not visit.partial:
            return visit.redirect(visit.task(task.task_id), told=told)
        return _shown(visit, task.task_id, told)
    except LimitReached as problem:  # what is held stands on the page
        return visit.redirect("/next", told=f"{told} {sentence(str(problem))}")
    except Exception as problem:  # a fault of the desk, too: who reads of that alone would send once more
        message = f"The next item could not be fetched. {_why(visit, problem)}"
        response = visit.render("over.html", title=told, message=message, attempted="", note="", free=False)
        if visit.partial:
            response.headers["HX-Push-Url"] = "/next"
        return response


def _why(visit: Visit, problem: Exception) -> str:
    if isinstance(problem, DatabaseUnavailable):
        return "The desk's database does not answer."
    return sentence(str(problem)) if isinstance(problem, ModerationError) else fault(visit, problem)


def _over(visit: Visit, task_id: int, problem: ReviewError, attempted: str = "", note: str = "") -> Response:
    """What happened to a task that its visitor does not hold any more, and that nothing was sent."""
    with visit.transaction() as session:
        task = session.get(Task, task_id)
        free = task is not None and (task.status == "open" or isinstance(problem, LeaseExpired))
        if task is not None and free and not visit.may("item.pick"):
            free = claiming.is_theirs(session, task, visit.account, now=visit.now)
    titles = {AlreadyDone: "This item is done", LeaseExpired: "Your time for this item is over"}
    return visit.render(
        "over.html",
        200 if visit.partial else problem.status,  # htmx shows no others
        title=titles.get(type(problem), "Somebody else has this item"),
        message=sentence(str(problem)),
        attempted=attempted,
        note=note,
        free=free,
        task_id=task_id,
    )


def _next(session: Session, visit: Visit, queue: str, *, beside: int | None = None) -> Task | Pause | None:
    """What was claimed ahead, or else the next that the visitor should get `beside` the one they look at."""
    rules = visit.desk.rules
    spent = exposure.allowance(session, visit.account, rules, visit.now).until is not None
    for task in _ahead(session, visit):
        if task.task_id == beside:  # another item stands for its cluster since it was opened
            continue
        if spent and task.severity >= rules.exposure.benign_below:
            claims.release(session, task.task_id, visit.account, now=visit.now)  # there was room when it was claimed
        elif queue in ("", task.queue):
            return task
    return claiming.next_task(session, visit.account, rules, queues=[queue] if queue else None, now=visit.now)


def _ahead(session: Session, visit: Visit) -> list[Task]:
    """What the visitor holds and has not seen."""
    return [task for task in _held(session, visit) if not viewings.has_opened(session, visit.account, task)]


def _held(session: Session, visit: Visit) -> Sequence[Task]:
    return claims.held(session, visit.account, now=visit.now)


def _answer(session: Session, visit: Visit, row: Item) -> Answer | None:
    """The answer that stands, for who gave it or looks after quality: others may be asked for theirs."""
    given = None if row.answer_id is None else session.get(Answer, row.answer_id)
    own = given is not None and given.account_id == visit.account.account_id
    return given if own or visit.may("quality.see") else None


def _task(session: Session, task_id: int) -> Task:
    """Raises `NoSuchItem`."""
    task = session.get(Task, task_id)
    if task is None:
        raise NoSuchItem("there is no such task")
    return task


def _colleagues(session: Session, visit: Visit) -> list[tuple[int, str]]:
    """To whom the visitor may give an item."""
    if not visit.may("item.reassign"):
        return []
    people = (person for person in overview.people(session) if person.active)
    return [(own.account_id, own.name) for own in people if own.account_id != visit.account.account_id]


def _fetch(stills: Stills, media: Sequence[MediaShown]) -> None:
    """Have the pixels at hand. What fails here is told when it is asked for."""
    for each in media:
        if each.absent is None:
            try:
                stills.of(each.media, each.times)
            except MediaError:
                continue
