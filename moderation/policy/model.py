"""A loaded policy: immutable, compiled, and the same for everyone who loads the same text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from moderation.events import SEVERITY, Action, LaneName
from moderation.policy.evidence.resolved import Resolved
from moderation.policy.files import Stamp
from moderation.policy.names import Name
from moderation.policy.program import Program
from moderation.policy.strikes import Strike

RANK: dict[Action, int] = {action: rank for rank, action in enumerate(SEVERITY)}
"""Action -> how severe it is."""

DEFAULT_QUEUE = "default"


@dataclass(frozen=True, slots=True)
class LaneRules:
    """What holds while a lane has not reported, and when it never does.

    Past `deadline` after the post's time the lane counts as missing; None: never.
    """

    deadline: timedelta | None
    while_pending: Action = "allow"
    if_missing: Action = "review"


LANE_DEFAULTS: dict[LaneName, LaneRules] = {
    "text": LaneRules(None),  # a backlog of text is worth working off: a decision without it says little
    "image": LaneRules(timedelta(seconds=10)),
    "video": LaneRules(timedelta(minutes=3)),
}
"""What holds for a lane that the policy does not mention."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A line of review work. `due` counts from the post's time; `priority` multiplies."""

    name: str
    due: timedelta | None = timedelta(hours=24)
    priority: float = 1.0
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `when` is its condition as written; `because` a category or a declared reason.

    A variant is a rule too: `variant_of` names the rule whose place it takes on some posts. The conditions of a rule
    with variants say where each applies, so that at most one of them holds.
    """

    id: str
    when: str
    then: Action
    because: str
    queue: str = DEFAULT_QUEUE
    priority: float = 1.0
    note: str | None = None
    variant_of: str | None = None


@dataclass(frozen=True, slots=True)
class Exemption:
    """A rule that takes others out: `exempt` are their ids, all of them for `*`."""

    id: str
    when: str
    exempt: tuple[str, ...]
    because: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """At most this part of the posts, in (0, 1], once so many have been decided within that time."""

    of: float
    within: timedelta
    at_least: int


@dataclass(frozen=True, slots=True)
class Breaker:
    """Quotas on actions or on rules, variants among them; one of the two is empty.

    When a quota is reached, what it guards becomes `review` for `cool_down` at least.
    """

    id: str
    actions: tuple[Action, ...] = ()
    rules: tuple[str, ...] = ()
    per_minute: int | None = None
    per_day: int | None = None
    share: Share | None = None
    cool_down: timedelta = timedelta(minutes=10)
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """The part of the posts, in (0, 1], that a human looks at by chance, and where."""

    share: float
    queue: str = DEFAULT_QUEUE


@dataclass(frozen=True, slots=True)
class Guards:
    """What breakers guard: their ids by the index of a rule, and by a lane whose `if_missing` they stop.

    Only what is more severe than `review` can be guarded.
    """

    rules: tuple[tuple[str, ...], ...] = ()
    lanes: Mapping[LaneName, tuple[str, ...]] = field(default_factory=dict)

    @property
    def breakers(self) -> frozenset[str]:
        """Those that guard anything."""
        return frozenset(own for ids in (*self.rules, *self.lanes.values()) for own in ids)


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """One policy. `rules` are ordered by severity and id, whatever their order in the file: it never matters.

    `hash` is the sha256, in hex, of all that can change a decision. `source` means the same by itself, whatever the
    policy includes. `program` has the conditions of the rules, then those of the exemptions. `files` are those it was
    read from, with their stamps; `list_files` those of its lists that come from files. `resolved`
    are the thresholds that come from evidence.
    """

    name: str
    hash: str
    source: str = field(repr=False)
    lanes: Mapping[LaneName, LaneRules]
    queues: Mapping[str, Queue]
    facts: Mapping[str, Name]
    lists: Mapping[str, tuple[str, ...]]
    signals: Mapping[str, str]
    reasons: Mapping[str, str]
    rules: tuple[Rule, ...]
    exemptions: tuple[Exemption, ...]
    program: Program = field(repr=False)
    exempted_by: tuple[tuple[int, ...], ...] = field(repr=False)
    allowed_by: tuple[tuple[int, ...], ...] = field(repr=False)
    description: str | None = None
    files: Mapping[Path, Stamp | None] = field(default_factory=dict, repr=False)
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    strikes: Mapping[str, Strike] = field(default_factory=dict)
    list_files: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    breakers: Mapping[str, Breaker] = field(default_factory=dict)
    guards: Guards = field(default_factory=Guards, repr=False)
    resolved: tuple[Resolved, ...] = ()
    audit: Audit | None = None
