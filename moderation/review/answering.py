"""A reviewer's answer to a task: checked, counted where it counts, and on its way to Kafka in one transaction."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.errors import AlreadyDone, ItemChanged, LeaseExpired, NoSuchItem, NotYours, ReviewError
from moderation.events import ReviewItem
from moderation.policy.problems import joined, nearest
from moderation.review import appeals, audit, content, lost, verdicts
from moderation.review.locks import alone, locked
from moderation.review.quality import adjudication, exposure, second
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Answer, Item, Task
from moderation.review.tasks import stand_for
from moderation.taxonomy import Category

ACTIONS = ("allow", "label", "restrict", "remove")
"""What a person may answer: `review` and `hold` put the question again."""

_REVISING = ("adjudication", "appeal")
"""Kinds of tasks whose answer may replace another, on items that wait for the task no more."""


class Seen(NamedTuple):
    """What somebody had in front of them when they answered: an item, and which version of it."""

    review_id: str
    version: str


def seen(row: Item) -> Seen:
    """An item as it is now. Versions of items whose answer is known look like any other."""
    version = f"{row.review_id} {row.revision} {row.decision_id} {row.digest}"
    return Seen(row.review_id, hashlib.sha256(version.encode(errors="replace")).hexdigest()[:32])


def submit(
    session: Session,
    task: Task,
    account: Account,
    action: str,
    reasons: Sequence[str],
    note: str | None,
    rules: DeskRules,
    *,
    to: Seen,
    own_reasons: Collection[str] = (),
    now: datetime,
) -> Answer:
    """The answer, written, with everything that follows from it. The same answer sent twice is one answer.

    It is an answer `to` what was seen, whichever item stands for the cluster by now, and decides all that wait for the
    task: those that joined since are as good as the same, and would have inherited it. `own_reasons` are those that
    the policy declares. Raises as `claims.own` where the task is not the person's to answer, `ItemChanged` where what
    they saw is not what it was, `NoSuchItem` where the content is gone, `ReviewError` for an answer that is none. To be
    called before any row is locked.
    """
    if task.kind in _REVISING:  # what else decides the same items, by another task, waits
        alone(session)
    task = _locked(session, task)
    given = list(dict.fromkeys(reasons))
    if task.status != "claimed":
        return _as_before(session, task, account, action, given)
    _check_lease(task, account, now)
    head = _unchanged(session, task, to)
    if task.head != head.review_id:
        stand_for(task, head, rules)
    item = content.unseal(session, head)
    if item is None:
        raise NoSuchItem("the content has been erased, so there is nothing to answer any more: press Stop")
    _check(action, given, allowed_reasons(item, own_reasons))
    answer = Answer(
        task_id=task.task_id,
        review_id=head.review_id,
        account_id=account.account_id,
        kind=task.kind,
        queue=task.queue,
        action=action,
        reasons=given,
        note=(note or "").strip() or None,
        seconds=_seconds(task, now),
        probability=head.probability,
        answered_at=now,
        verdict_id=None,
    )
    session.add(answer)
    task.status, task.done_at, task.lease_until = "done", now, None
    session.flush()
    exposure.count(session, account, task, rules, task=task, now=now)
    _count(session, task, answer, item, rules, now)
    audit.note(
        session,
        verdicts.reviewer_of(account.account_id),
        "task.answered",
        f"task:{task.task_id}",
        {
            "kind": task.kind,
            "review_id": head.review_id,
            "items": task.size,
            "action": action,
            "reasons": given,
            "verdict_id": answer.verdict_id,
        },
        now=now,
    )
    session.flush()
    return answer


def inherit(session: Session, item: Item, answer: Answer, topic: str, *, now: datetime) -> None:
    """Decide an item that has just arrived as its near-duplicate was answered. `topic` is where posts stand."""
    verdicts.send(session, answer, [item], topic, now=now)
    details = {"answer": answer.answer_id, "action": answer.action, "verdict_id": item.verdict_id}
    audit.note(session, "moderation", "item.inherited", f"item:{item.review_id}", details, now=now)


def allowed_reasons(item: ReviewItem, own_reasons: Collection[str] = ()) -> tuple[str, ...]:
    """What may stand in an answer: the item's own reasons first, then the policy's and the taxonomy's."""
    fired = (rule.because for rule in item.rules if rule.because)
    return tuple(dict.fromkeys([*item.reasons, *fired, *sorted(own_reasons), *Category]))


def _locked(session: Session, task: Task) -> Task:
    """The row as it is now, held until the transaction ends, so that two answers come one after the other.

    Nobody changes items that wait for it meanwhile: everywhere a task is locked before its items.
    """
    found = locked(session, task.task_id)
    if found is None:
        raise NoSuchItem("there is no such task")
    return found


def _unchanged(session: Session, task: Task, to: Seen) -> Item:
    """The item that was seen, if it waits for the task as it was. Raises `ItemChanged`."""
    row = session.get(Item, to.review_id, populate_existing=True)
    if row is None or (row.review_id != task.head and (row.task_id != task.task_id or row.status != "open")):
        raise ItemChanged(
            "the item that you looked at does not wait here any more: it was taken back, or asks something else now. "
            "This one is as good as the same, and does"
        )
    if seen(row) != to:
        raise ItemChanged("more is known of this item than when you opened it")
    return row


def _as_before(session: Session, task: Task, account: Account, action: str, reasons: list[str]) -> Answer:
    """The answer that the person has given already, where this is the same one again."""
    given = session.scalar(
        select(Answer).where(Answer.task_id == task.task_id, Answer.account_id == account.account_id)
    )
    if given is not None and (given.action, given.reasons) == (action, reasons):
        return given
    if task.status == "done":
        by = "you" if given is not None else "somebody else"
        raise AlreadyDone(f"this item has been answered already, by {by}: go on with the next")
    raise lost.why(session, task, account)


def _check_lease(task: Task, account: Account, now: datetime) -> None:
    if task.account_id != account.account_id:
        raise NotYours("somebody else is working on this item: go on with the next")
    if task.lease_until is not None and task.lease_until <= now:
        raise LeaseExpired("the time for this item ran out: claim it again")


def _check(action: str, reasons: list[str], allowed: tuple[str, ...]) -> None:
    if action not in ACTIONS:
        raise ReviewError(f"'{action}' is no answer: choose one of {', '.join(ACTIONS)}")
    for reason in reasons:
        if reason not in allowed:
            hint = joined(nearest(reason, allowed), f"one of: {', '.join(allowed)}")
            raise ReviewError(f"'{reason}' is no reason that the policy knows: {hint}")
    if action == "allow" and reasons:
        raise ReviewError("what is allowed needs no reason: leave them out")
    if action != "allow" and not reasons:
        raise ReviewError(f"to {action} a post takes a reason: choose one at least")


def _seconds(task: Task, now: datetime) -> float:
    """From the claim to now."""
    return 0.0 if task.claimed_at is None else max(0.0, (now - task.claimed_at) / timedelta(seconds=1))


def _count(
    session: Session, task: Task, answer: Answer, item: ReviewItem, rules: DeskRules, now: datetime
) -> None:  # fmt: skip
    if task.kind == "review":
        second.after_first(session, task, answer, item, rules, now=now)
    elif task.kind == "second":
        second.after_second(session, task, answer, item, rules, now=now)
    elif task.kind == "adjudication":
        adjudication.decide(session, task, answer, item, rules, now=now)
    elif task.kind == "appeal":
        appeals.decide(session, task, answer, item, rules, now=now)
