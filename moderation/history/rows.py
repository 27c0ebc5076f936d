"""What a record, its decision and its verdict say, as parts of one row of a history."""

from typing import Any

from moderation.events import LANES, Decision, Post, Scored, Source, Verdict
from moderation.history.schema import SCHEMA
from moderation.policy.names import POST_VALUES

Row = dict[str, Any]
"""Column -> value, as JSON has it: times are ISO 8601. What is not known is left out."""


def of_record(record: Scored) -> Row:
    """The post and what lanes found."""
    row = of_post(record.post, record.source)
    for lane in LANES:
        if lane in record.lanes:
            result = record.lanes[lane]
            row[f"lanes.{lane}"] = f"failed: {result.reason}" if result.reason else result.state
    row |= record.signals
    row |= record.attributes
    return row


def of_post(post: Post, source: Source) -> Row:
    """What the platform told of a post."""
    row: Row = {
        "schema": SCHEMA,
        "post_id": post.post_id,
        "time": source.time.isoformat(),
        "author_id": post.author_id,
        "occasion": post.occasion,
        "partition": source.partition,
        "offset": source.offset,
        "text": post.text,
    }
    for name, value_of in POST_VALUES.items():
        value = value_of(post)
        row[name] = int(value) if isinstance(value, float) else value
    row |= {f"facts.{name}": value for name, value in post.facts.items()}
    return {name: value for name, value in row.items() if value is not None}


def of_decision(decision: Decision) -> Row:
    """What the policy made of it, and what was remembered then."""
    exempting = {rule.silenced_by for rule in decision.rules}
    fired = [rule for rule in decision.rules if rule.silenced_by is None and rule.rule not in exempting]
    deciding = [rule.rule for rule in fired if ("review" if rule.contested_by else rule.action) == decision.action]
    row: Row = {
        "decision.action": decision.action,
        "decision.stage": decision.stage,
        "decision.reasons": list(decision.reasons),
        "decision.rules": [rule.rule for rule in fired],
        "decision.deciding": deciding,
        "decision.policy_hash": decision.policy_hash,
        "decision.breakers": list(decision.breakers) if decision.breakers else None,
        **(decision.state or {}),
    }
    return {name: value for name, value in row.items() if value is not None}


def of_verdict(verdict: Verdict) -> Row:
    """What a reviewer answered. Who it was is left out: a history is about posts."""
    return {
        "label.action": verdict.action,
        "label.reasons": list(verdict.reasons),
        "label.time": verdict.decided_at.isoformat(),
    }
