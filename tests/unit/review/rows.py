"""Rows of the desk's tables with everything a test does not care about filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from moderation.review.tables import Account, Answer, DecisionRow, Item, Task

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def ago(**span: float) -> datetime:
    """A moment before `NOW`."""
    return NOW - timedelta(**span)


def account(number: int, name: str = "", **fields: Any) -> Account:
    """A reviewer."""
    given = {
        "account_id": number,
        "login": name or f"reviewer-{number}",
        "name": name.title() or f"Reviewer {number}",
        "roles": ["reviewer"],
        "skills": [],
        "languages": [],
        "preferences": {},
        "active": True,
        "created_at": ago(days=30),
    }
    return Account(**{**given, **fields})


def task(number: int, **fields: Any) -> Task:
    """An open task with the item `review-NUMBER`."""
    given = {
        "task_id": number,
        "kind": "review",
        "status": "open",
        "queue": "default",
        "head": f"review-{number}",
        "size": 1,
        "language": "en",
        "modality": "text",
        "severity": 1.0,
        "rank": float(-number),
        "terms": {"harm": {"factor": 2.0, "why": "hate"}},
        "opened_at": ago(minutes=number),
    }
    return Task(**{**given, **fields})


def item(number: int, **fields: Any) -> Item:
    """An open item on the post `post-NUMBER`, without content."""
    given = {
        "review_id": f"review-{number}",
        "status": "open",
        "post_id": f"post-{number}",
        "revision": 0,
        "occasion": "live",
        "author_id": f"author-{number}",
        "decision_id": f"decision-{number}",
        "queue": "default",
        "surface": "post",
        "language": "en",
        "modality": "text",
        "probability": 1.0,
        "partition": 0,
        "offset": number,
        "posted_at": ago(minutes=number),
        "received_at": ago(minutes=number),
    }
    return Item(**{**given, **fields})


def answer(number: int, account_id: int = 1, **fields: Any) -> Answer:
    """An answer that counts, to the task of that number."""
    given = {
        "answer_id": number,
        "task_id": number,
        "review_id": f"review-{number}",
        "account_id": account_id,
        "kind": "review",
        "queue": "default",
        "action": "remove",
        "reasons": ["hate"],
        "seconds": 10.0,
        "probability": 1.0,
        "answered_at": ago(minutes=number),
        "verdict_id": f"verdict-{number}",
    }
    return Answer(**{**given, **fields})


def decision(number: int, **fields: Any) -> DecisionRow:
    """A final decision on the post `post-NUMBER`."""
    given = {
        "decision_id": f"decision-{number}",
        "post_id": f"post-{number}",
        "author_id": f"author-{number}",
        "revision": 0,
        "stage": "final",
        "action": "review",
        "reasons": ["hate"],
        "policy_hash": "a" * 64,
        "partition": 0,
        "at": ago(minutes=number),
        "current": True,
        "record": {},
    }
    return DecisionRow(**{**given, **fields})
