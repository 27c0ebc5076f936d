"""Reviewers' answers as labelled data, each with the probability by which its post came to a human at all.

What a rule sent to a human has come for certain (1); what a random audit picked with the share of the audit. Weighted
by one over that, the labels speak for all posts (Horvitz and Thompson 1952). Gold copies, and posts that only an
appeal brought here, were not drawn: they have no probability.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from moderation.events import SEVERITY, ReviewItem
from moderation.history.rows import Row, of_post
from moderation.review import content
from moderation.review.database import Database
from moderation.review.tables import Answer, DecisionRow, Item

_AT_ONCE = 500


def fired_of(item: ReviewItem) -> dict[str, Any]:
    """Rule -> its action and reason, of the rules that had a say: neither silenced nor silencing others."""
    exempting = {rule.silenced_by for rule in item.rules}
    return {
        rule.rule: [rule.action, rule.because]
        for rule in item.rules
        if rule.silenced_by is None and rule.rule not in exempting
    }


@dataclass(frozen=True, slots=True)
class Label:
    """A post with what people say of it, and what the policy had `decided`, where that is still known."""

    row: Item
    action: str
    reasons: tuple[str, ...]
    answered_at: datetime
    decided: str | None = None

    @property
    def probability(self) -> float | None:
        """How likely the post was to come to a human; None where it was not drawn."""
        return self.row.probability if self.row.digest else None


class Answered:
    """The labels as rows of a history (docs/history.md); each iteration reads them anew.

    `posts` counts the rows of the last iteration, `lost` the labels whose content is gone.
    """

    def __init__(
        self,
        database: Database,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        with_text: bool = False,
    ) -> None:
        self._database = database
        self._asked = _asked(since, until).limit(_AT_ONCE)
        self._with_text = with_text
        self.posts = self.lost = 0

    def __iter__(self) -> Iterator[Row]:
        """A transaction for every few hundred: SQLite has one at a time, and people are working."""
        self.posts = self.lost = 0
        asked = self._asked
        while True:
            with self._database.session() as session:
                found = [_label(row) for row in session.execute(asked)]
                rows = [_history_row(session, label, self._with_text) for label in found]
            kept = [row for row in rows if row is not None]
            self.posts += len(kept)
            self.lost += len(rows) - len(kept)
            yield from kept
            if len(found) < _AT_ONCE:
                return
            last = found[-1].row
            asked = self._asked.where(tuple_(Item.posted_at, Item.review_id) > (last.posted_at, last.review_id))


def _asked(since: datetime | None, until: datetime | None) -> Select[Item, Answer, str | None]:
    asked = (
        select(Item, Answer, DecisionRow.action)
        .join(Answer, Answer.answer_id == Item.answer_id)
        .outerjoin(DecisionRow, DecisionRow.decision_id == Item.decision_id)
        .where(Item.status != "gold")
        .order_by(Item.posted_at, Item.review_id)
    )
    if since is not None:
        asked = asked.where(Item.posted_at >= since)
    return asked if until is None else asked.where(Item.posted_at < until)


def _label(row: SqlRow[Item, Answer, str | None]) -> Label:
    item, answer, decided = row
    return Label(item, answer.action, tuple(answer.reasons), answer.answered_at, decided)


def _history_row(session: Session, label: Label, with_text: bool) -> Row | None:
    item = content.unseal(session, label.row)
    if item is None:
        return None
    row = of_post(item.post, item.source)
    if not with_text:
        row.pop("text", None)
    row |= {**item.signals, **item.attributes}
    row |= {
        "decision.action": label.decided or _decided(item),
        "decision.rules": list(label.row.fired),
        "decision.reasons": list(item.reasons),
        "decision.policy_hash": item.policy_hash,
        "label.action": label.action,
        "label.reasons": list(label.reasons),
        "label.time": label.answered_at.isoformat(),
        "sampling_probability": label.probability,
    }
    return {name: value for name, value in row.items() if value is not None}


def _decided(item: ReviewItem) -> str:
    """What the policy decided, as far as the item tells: its most severe rule, and a human unless it was an audit."""
    actions = ["review" if rule.contested_by else rule.action for rule in item.rules if rule.silenced_by is None]
    return max([*actions, "review" if item.sampled is None else "allow"], key=SEVERITY.index)
