"""Rows that tests of the desk's account share: decisions, items, answers, as short as they can be made."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from moderation.events import Decision, FiredRule, Post, ReviewItem, Source, Verdict
from moderation.policy import human_decision
from moderation.review import content
from moderation.review.tables import Account, Answer, DecisionRow, Item, Task

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def account(session: Session, account_id: int = 1) -> None:
    session.add(
        Account(
            account_id=account_id, login=f"kim{account_id}", name="Kim", roles=[], skills=[], languages=[],
            preferences={}, created_at=NOW,
        )
    )  # fmt: skip
    session.flush()


def decided(
    session: Session,
    name: str,
    action: str = "remove",
    reasons: tuple[str, ...] = ("hate",),
    at: datetime = NOW,
    current: bool = True,
    **fields: Any,
) -> Decision:
    """A decision of the policy on post-NAME by rule hate-remove."""
    rule = FiredRule(rule="hate-remove", action="remove", because="hate", values={"text.hate": 0.97})
    decision = Decision.model_validate(
        {
            "decision_id": f"decision-{name}", "post_id": f"post-{name}", "author_id": "ann", "stage": "final",
            "action": action, "reasons": reasons, "rules": (rule,), "lanes": {"text": "scored"}, "policy_hash": "abc",
            **fields,
        }
    )  # fmt: skip
    row(session, decision, at, current)
    return decision


def by_person(
    session: Session, name: str, action: str = "remove", supersedes: str | None = None, at: datetime = NOW,
    reasons: tuple[str, ...] = ("hate",), verdict: str | None = None,
) -> Decision:  # fmt: skip
    """The decision that a verdict on post-NAME becomes."""
    decision = human_decision(
        Verdict.model_validate(
            {
                "verdict_id": verdict or f"verdict-{name}", "decision_id": supersedes, "post_id": f"post-{name}",
                "author_id": "ann", "action": action, "reasons": reasons, "reviewer": "account:1", "decided_at": at,
            }
        )
    )  # fmt: skip
    row(session, decision, at, True)
    return decision


def row(session: Session, decision: Decision, at: datetime, current: bool) -> None:
    session.add(
        DecisionRow(
            decision_id=decision.decision_id, post_id=decision.post_id, author_id=decision.author_id, revision=0,
            stage=decision.stage, action=decision.action, reasons=list(decision.reasons),
            policy_hash=decision.policy_hash, verdict_id=decision.verdict_id, partition=0, at=at, current=current,
            record=json.loads(decision.to_json()),
        )
    )  # fmt: skip
    session.flush()


def item(session: Session, name: str, status: str = "decided", at: datetime = NOW, **fields: Any) -> Item:
    """A review item on post-NAME with a task of its own."""
    task = Task(
        queue="hate", status="open" if status == "open" else "done", head=f"review-{name}", modality="text", rank=0.0,
        terms={}, opened_at=at,
    )  # fmt: skip
    session.add(task)
    session.flush()
    post = Post(post_id=f"post-{name}", author_id="ann", text="you are vermin", surface="comment")
    event = ReviewItem(
        review_id=f"review-{name}", decision_id=f"decision-{name}", post_id=post.post_id, author_id="ann", post=post,
        source=Source(topic="moderation.posts", partition=0, offset=1, time=at),
    )  # fmt: skip
    made = Item(
        review_id=event.review_id, task_id=task.task_id, status=status, post_id=post.post_id, revision=0,
        occasion="live", author_id="ann", decision_id=event.decision_id, queue="hate", surface="comment",
        language="en-GB", modality="text", partition=0, offset=1, posted_at=at, received_at=at,
        content=content.seal(session, event), **fields,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def answered(
    session: Session, on: Item, action: str = "remove", kind: str = "review", at: datetime = NOW, seconds: float = 10.0,
    account_id: int = 1, counts: bool = True,
) -> Answer:  # fmt: skip
    """An answer to an item; one that counts has its verdict. A second look is a task of its own."""
    task_id = on.task_id
    if kind == "second":
        task = Task(
            kind=kind, queue="hate", status="done", head=on.review_id, modality="text", rank=0.0, terms={},
            opened_at=at, parent_id=on.task_id,
        )  # fmt: skip
        session.add(task)
        session.flush()
        task_id = task.task_id
    made = Answer(
        task_id=task_id, review_id=on.review_id, account_id=account_id, kind=kind, queue="hate", action=action,
        reasons=["hate"], note=None, seconds=seconds, answered_at=at,
        verdict_id=f"verdict-{on.review_id}-{kind}-{account_id}" if counts else None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made
