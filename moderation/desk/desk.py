"""What the desk is made of; whoever starts it hands everything in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from moderation.client.letters import DeadLetters
from moderation.desk.installed import InstalledModel
from moderation.desk.media.stills import NoStills, Stills
from moderation.desk.numbers import Numbers
from moderation.desk.running.part import Trouble
from moderation.desk.standing import Standings
from moderation.policy.model import Policy
from moderation.review import content
from moderation.review.database import Database
from moderation.review.rules import DeskRules
from moderation.settings import DeskSettings


def _now() -> datetime:
    return datetime.now(UTC)


def _no_policy(_: str) -> Policy | None:
    return None


@dataclass(frozen=True)
class Desk:
    """One desk. `policies` gives a policy by its hash, `stills` the pixels of pictures and clips, `now` the time.

    `standings` and `letters` ask Kafka how the policies stand and for dead letters; None: there is no Kafka to ask.
    `troubles` are the parts that do not get on, by name.
    """

    database: Database
    rules: DeskRules
    settings: DeskSettings
    policies: Callable[[str], Policy | None] = _no_policy
    stills: Stills = field(default_factory=NoStills)
    standings: Standings | None = None
    letters: Callable[[], DeadLetters] | None = None
    models: Callable[[], Sequence[InstalledModel]] = tuple
    troubles: Callable[[], Mapping[str, Trouble]] = dict
    now: Callable[[], datetime] = _now

    @cached_property
    def numbers(self) -> Numbers:
        """Tasks in addresses, under a key that all desks on this database share."""
        with self.database.session() as session:
            return Numbers(content.desk_key(session, "task numbers"))
