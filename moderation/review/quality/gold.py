"""Items whose right answer is known. A lead makes them of answered items, or imports them.

Reviewers meet copies that cannot be told from other items: their ids look alike, they have just come in, and what was
answered on the original is not shown (`blind`). Nothing of them reaches Kafka.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from moderation import ids
from moderation.errors import AlreadyDone, NoSuchItem, ReviewError
from moderation.events import Post, ReviewItem, Source
from moderation.review import audit, content
from moderation.review.locks import alone
from moderation.review.quality.disguise import disguised, renamed
from moderation.review.routing import language_of, modality_of, queue_of
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Answer, Gold, Item, Task
from moderation.review.tasks import weigh
from moderation.review.verdicts import reviewer_of
from moderation.taxonomy import Category

ANSWERS = ("allow", "label", "restrict", "remove")


def make(
    session: Session, item: Item, by: Account, rules: DeskRules, explanation: str | None = None, *, now: datetime
) -> Gold:
    """A known answer of an item, as it was answered. Raises `ReviewError` where there is none that stands.

    To be called before any row is locked, as `imported`: who makes the same one at that moment waits, and is told.
    """
    alone(session)
    session.refresh(item)
    if session.scalar(select(exists().where(Gold.copied_from == item.review_id))):
        raise AlreadyDone("this item is gold already")
    answer = None if item.answer_id is None else session.get(Answer, item.answer_id)
    if answer is None or item.status != "decided":
        raise ReviewError("only an item that was answered here can become gold: its answer is the right one")
    original = content.unseal(session, item)
    if original is None:
        raise NoSuchItem("the content of this item is gone, so it cannot be shown to anybody")
    copied = original.model_copy(update={"visible_from": None})
    known = Known(answer.action, answer.reasons, explanation, item.review_id)
    return _keep(session, copied, item, known, by, rules, now=now)


@dataclass(frozen=True, slots=True)
class Known:
    """The right answer of an item, and where it is known from."""

    action: str
    reasons: Sequence[str]
    explanation: str | None = None
    copied_from: str | None = None


class Imported(BaseModel):
    """One line of a file of known answers."""

    model_config = ConfigDict(extra="forbid")

    post: Post
    action: str = Field(pattern=f"^({'|'.join(ANSWERS)})$")
    reasons: list[str] = []
    explanation: str | None = None
    queue: str = "default"
    signals: dict[str, float] = {}


def imported(session: Session, lines: Iterable[str], by: Account, rules: DeskRules, *, now: datetime) -> list[Gold]:
    """Known answers from JSON lines, all of them or none. Raises `ReviewError` that names the line."""
    alone(session)
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            given = Imported.model_validate(json.loads(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "line"
            if first["type"] == "string_pattern_mismatch":
                first["msg"] = f"{first['input'][:80]!r} is none; one of: {', '.join(ANSWERS)}"
            raise ReviewError(f"line {number}: {place}: {first['msg']}") from None
        except ValueError:
            raise ReviewError(f'line {number}: no JSON object; one line is {{"post": ..., "action": ...}}') from None
        _check(given, f"line {number}")
        found.append(_keep_imported(session, given, by, rules, now=now))
    if not found:
        raise ReviewError("the file has no lines")
    return found


def original_of(session: Session, item: Item) -> str | None:
    """The item that a gold copy was made of: what was answered on it must not be shown beside the copy."""
    return session.scalar(select(Gold.copied_from).where(Gold.review_id == item.review_id))


def posts_behind(item: Item) -> Select[str]:
    """The posts whose decisions would tell the answer: of the original, and of what was answered with it."""
    copied_from = select(Gold.copied_from).where(Gold.review_id == item.review_id).scalar_subquery()
    answer = select(Item.answer_id).where(Item.review_id == copied_from).scalar_subquery()
    return select(Item.post_id).where(or_(Item.review_id == copied_from, Item.answer_id == answer))


def retire(session: Session, review_id: str, by: Account, *, now: datetime) -> Gold:
    """Nobody is shown this one any more; its answers still count."""
    gold = session.get(Gold, review_id)
    if gold is None:
        raise NoSuchItem("there is no such gold item")
    gold.active = False
    given_back = select(Task).where(Task.head == review_id, Task.kind == "gold", Task.status == "open")
    for task in session.scalars(given_back.order_by(Task.task_id).with_for_update()):
        task.status = "closed"
    audit.note(session, reviewer_of(by.account_id), "gold.retired", f"item:{review_id}", now=now)
    return gold


def _check(given: Imported, place: str) -> None:
    unknown = [reason for reason in given.reasons if reason not in tuple(Category)]
    if unknown:
        raise ReviewError(f"{place}: '{unknown[0]}' is no category; one of: {', '.join(Category)}")
    if (given.action == "allow") == bool(given.reasons):
        raise ReviewError(f"{place}: 'allow' has no reasons, everything else has one at least")
    if any(media.content is not None for media in given.post.media):
        raise ReviewError(f"{place}: media of gold items must be references, not inline bytes")


def _keep_imported(session: Session, given: Imported, by: Account, rules: DeskRules, *, now: datetime) -> Gold:
    post = given.post
    item = ReviewItem(
        review_id=ids.review_id(post.post_id, post.revision, "gold"),
        decision_id=ids.decision_id(post.post_id, post.revision, "gold", ()),
        post_id=post.post_id,
        author_id=post.author_id,
        revision=post.revision,
        queue=given.queue,
        post=post,
        source=Source(topic="gold", partition=0, offset=0, time=post.created_at or now),
        signals=given.signals,
    )
    like = Item(
        queue=queue_of(item, rules.routing),
        surface=post.surface,
        language=language_of(item),
        modality=modality_of(item),
    )
    known = Known(given.action, given.reasons, given.explanation)
    return _keep(session, item, like, known, by, rules, now=now)


def _keep(
    session: Session,
    item: ReviewItem,
    like: Item,
    known: Known,
    by: Account,
    rules: DeskRules,
    *,
    now: datetime,
) -> Gold:
    """The copy, under ids of its own, with the row of the known answer."""
    post_id = disguised(item.post_id)
    review_id = ids.review_id(item.post_id, item.revision, "gold")
    if session.get(Gold, review_id) is not None:  # of another item of the post, as a backfill makes, or of a file
        raise AlreadyDone(f"post {item.post_id} is gold already")
    decision_id = ids.decision_id(item.post_id, item.revision, "gold", ())
    copy = renamed(item, post_id).model_copy(update={"review_id": review_id, "decision_id": decision_id})
    kept = Item(
        review_id=review_id,
        status="gold",
        post_id=post_id,
        revision=copy.revision,
        occasion=copy.post.occasion,
        author_id=copy.author_id,
        decision_id=copy.decision_id,
        queue=like.queue,
        reasons=sorted(set(copy.reasons)),
        surface=like.surface,
        language=like.language,
        modality=like.modality,
        partition=copy.source.partition,
        offset=copy.source.offset,
        posted_at=copy.source.time,
        received_at=like.received_at or now,
        opened_at=like.opened_at,
        due_at=like.due_at,
        content=content.seal(session, copy),
    )
    weigh(kept, copy, rules)
    session.add(kept)
    gold = Gold(
        review_id=review_id,
        copied_from=known.copied_from,
        action=known.action,
        reasons=list(known.reasons),
        explanation=(known.explanation or "").replace("\0", "").strip() or None,
        made_by=by.account_id,
        made_at=now,
        active=True,
    )
    session.flush()
    session.add(gold)
    session.flush()
    audit.note(session, reviewer_of(by.account_id), "gold.made", f"item:{review_id}", {"action": known.action}, now=now)
    return gold
