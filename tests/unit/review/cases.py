"""Cases that notices are written of, without a database."""

from datetime import datetime
from typing import Any, Literal

from moderation.events import Decision, FiredRule
from moderation.policy import parse_policy
from moderation.review.notices import Case
from moderation.review.tables import Item
from tests.unit.review.accounted import NOW

POLICY = parse_policy("""
policy: cases
reasons: {campaign: A picture of a campaign., other: Not wanted here.}
rules:
  - {id: hate-remove, when: text.hate >= 0.9, then: remove, because: hate, note: Only clear ones.}
""")


def case(
    action: str,
    reasons: tuple[str, ...],
    by: Literal["machine", "person", "copy"] = "machine",
    at: datetime = NOW,
    current: bool = True,
    reports: int = 0,
    surface: str = "comment",
    has_item: bool = True,
    **fields: Any,
) -> Case:
    """A restriction by rule hate-remove, by a person whom that rule had brought, or taken over from a near-duplicate.

    `fields` are the item's, such as `language`.
    """
    rule = FiredRule(rule="hate-remove", action="remove", because="hate", values={"facts.reports": reports})
    made = Decision.model_validate(
        {"decision_id": "decision-1", "post_id": "post-1", "stage": "final", "action": action, "reasons": reasons,
         "rules": (rule,), "lanes": {"text": "scored"}, "policy_hash": POLICY.hash}
    )  # fmt: skip
    human = made.model_copy(
        update={"stage": "human", "verdict_id": "verdict-1", "rules": (), "supersedes": "decision-0"}
    )
    return Case(
        decision=made if by == "machine" else human,
        at=at,
        current=current,
        cause=None if by == "machine" else made,
        policies={POLICY.hash: POLICY}.get,
        item=Item(**{"surface": surface, "modality": "text", "posted_at": NOW, **fields}) if has_item else None,
        in_bulk=by == "copy",
    )
