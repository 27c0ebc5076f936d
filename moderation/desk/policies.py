"""Which policy the pages tell of: the live one, as far as it is known."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from moderation.desk.visit import Visit
from moderation.policy import Policy
from moderation.review.tables import DecisionRow


@dataclass(frozen=True, slots=True)
class Known:
    """A policy, and how it is known: as the live one of the releases, or as the one that decided last."""

    policy: Policy
    by: Literal["release", "decision"]


def known(visit: Visit) -> Known | None:
    """The live policy of what Kafka said last, or else that of the newest decision; without asking Kafka."""
    standings = visit.desk.standings
    heard = standings.last() if standings else None
    if heard is not None and heard.policy is not None:
        return Known(heard.policy, "release")
    newest = select(DecisionRow.policy_hash).where(DecisionRow.policy_hash.is_not(None))
    with visit.transaction() as session:
        name = session.scalar(newest.order_by(DecisionRow.at.desc()).limit(1))
    policy = visit.desk.policies(name) if name else None
    return Known(policy, "decision") if policy else None
