"""Reading an item without working on it: its harm is met all the same."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.errors import LimitReached
from moderation.review import claims
from moderation.review.quality import exposure
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Item


def read(
    session: Session, account: Account, row: Item, rules: DeskRules, *, refuses: bool, now: datetime
) -> datetime | None:  # fmt: skip
    """Count the look at an item, once within an hour. What the person works on counts with their answer.

    Returns when there is room again for who has met as much as the rules allow, None where there is room. With
    `refuses` it raises `LimitReached` instead, but for what is harmless, or was met within the hour anyway.
    """
    if any(
        row.review_id == task.head or row.task_id == task.task_id for task in claims.held(session, account, now=now)
    ):
        return None
    until = exposure.allowance(session, account, rules, now).until
    harmful = row.severity >= rules.exposure.benign_below
    if until is not None and refuses and harmful and not exposure.is_counted(session, account, row.review_id, now):
        raise LimitReached(f"you have looked at a lot of hard things: there is room for this one at {until:%H:%M} UTC")
    exposure.count(session, account, row, rules, now=now)
    return until
