"""The review item that goes with a decision: what a human must look at, why, and how urgently."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from moderation import ids
from moderation.events import LANES, Decision, Evidence, Post, ReviewItem, Scored, Source, Timeline
from moderation.policy.judgement import Judged
from moderation.policy.model import DEFAULT_QUEUE, Policy, Queue
from moderation.policy.program import Findings


def opened(
    record: Scored,
    policy: Policy,
    decision: Decision,
    findings: Findings,
    behind: Sequence[Judged],
    missing: Sequence[str],
    waits: Iterable[timedelta] = (),
) -> ReviewItem:
    """An item to look at. `behind` are the rules that ask for it, `missing` the reasons that lanes give.

    It stays hidden for the longest of `waits`.
    """
    queue, priority = _place(policy, findings, behind)
    longest = max(waits, default=None)
    visible_from = None if longest is None else _later(record, longest)
    because = (policy.rules[judged.rule].because for judged in behind)
    reasons = tuple(dict.fromkeys((*because, *missing)))
    return _item(record, decision, "open", queue, reasons, priority, visible_from)


def audited(record: Scored, decision: Decision, queue: Queue, chance: float) -> ReviewItem:
    """An item that nothing asks for but a random audit, which picks a post with this `chance`."""
    return _item(record, decision, "open", queue, (), {"queue": queue.priority}, None, chance)


def closed(record: Scored, decision: Decision) -> ReviewItem:
    """Takes back the item that an earlier decision on this post may have opened."""
    return _item(record, decision, "closed", Queue(DEFAULT_QUEUE, None), (), {}, None)


def _item(
    record: Scored,
    decision: Decision,
    status: Literal["open", "closed"],
    queue: Queue,
    reasons: tuple[str, ...],
    priority: dict[str, float],
    visible_from: datetime | None,
    sampled: float | None = None,
) -> ReviewItem:
    post = record.post
    return asked_about(
        post,
        decision,
        record.source,
        review_id=ids.review_id(post.post_id, post.revision, post.occasion),
        status=status,
        queue=queue.name,
        reasons=reasons,
        priority=priority,
        due_at=None if queue.due is None else _later(record, queue.due),
        visible_from=visible_from,
        signals=record.signals,
        attributes=record.attributes,
        evidence=_evidence(record),
        timelines=_timelines(record),
        failures=_failures(record),
        sampled=sampled,
    )


def asked_about(post: Post, decision: Decision, source: Source, **fields: Any) -> ReviewItem:
    """An item with everything that a decision on a post says; `fields` are the others of `ReviewItem`."""
    return ReviewItem.model_construct(
        decision_id=decision.decision_id,
        post_id=post.post_id,
        author_id=post.author_id,
        revision=post.revision,
        post=post.without_inline_media(),
        source=source,
        rules=decision.rules,
        undetermined=decision.undetermined,
        policy_hash=decision.policy_hash,
        models=decision.models,
        **fields,
    )


def _place(policy: Policy, findings: Findings, behind: Sequence[Judged]) -> tuple[Queue, dict[str, float]]:
    """The queue of the most urgent rule that asks, and the terms of the priority, whose product ranks."""
    if not behind:
        return policy.queues[DEFAULT_QUEUE], {"queue": policy.queues[DEFAULT_QUEUE].priority}
    rules = [policy.rules[judged.rule] for judged in behind]
    first = max(rules, key=lambda rule: policy.queues[rule.queue].priority * rule.priority)
    queue = policy.queues[first.queue]
    terms = {"queue": queue.priority, "rule": first.priority}
    score = _highest_score(policy, findings, behind)
    return queue, {**terms, "score": score} if score > 0.0 else terms


def _highest_score(policy: Policy, findings: Findings, behind: Sequence[Judged]) -> float:
    """The highest score that the rules behind the item looked at; 0 when there is none."""
    names = policy.program.names
    scores = (
        findings.values[place]
        for judged in behind
        for place in policy.program.looks_at[judged.rule]
        if names[place].kind == "signal"
    )
    return max((score for score in scores if score is not None), default=0.0)


def _later(record: Scored, wait: timedelta) -> datetime | None:
    try:
        return record.source.time + wait
    except OverflowError:  # a producer's clock in the year 9999
        return None


def _evidence(record: Scored) -> tuple[Evidence, ...]:
    return tuple(found for lane in LANES if lane in record.lanes for found in record.lanes[lane].evidence)


def _timelines(record: Scored) -> dict[str, Timeline] | None:
    return {media: own for lane in record.lanes.values() for media, own in (lane.timelines or {}).items()} or None


def _failures(record: Scored) -> dict[str, str] | None:
    """Media that could not be looked at, or not wholly. What a lane says of none of them holds for all of its kind."""
    found: dict[str, str] = {}
    for lane in record.lanes_in("failed"):
        result = record.lanes[lane]
        reason = result.reason or "failed"
        found |= result.failures or {item.media_id: reason for item in record.post.media if item.kind == lane}
    return found or None
