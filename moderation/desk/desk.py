"""What the desk is made of; whoever starts it hands everything in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from moderation.desk.media.stills import NoStills, Stills
from moderation.policy.model import Policy
from moderation.review.database import Database
from moderation.review.rules import DeskRules
from moderation.settings import DeskSettings


def _now() -> datetime:
    return datetime.now(UTC)


def _no_policy(_: str) -> Policy | None:
    return None


@dataclass(frozen=True)
class Desk:
    """One desk. `policies` gives a policy by its hash, `stills` the pixels of pictures and clips, `now` the time."""

    database: Database
    rules: DeskRules
    settings: DeskSettings
    policies: Callable[[str], Policy | None] = _no_policy
    stills: Stills = field(default_factory=NoStills)
    now: Callable[[], datetime] = _now
