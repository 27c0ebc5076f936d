"""How policies decide, side by side: how often each acts, and how a shadow would have decided on the same posts."""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from scipy.stats import binomtest

from moderation.events import SEVERITY
from moderation.release.decided import Decided, DecidedInShadow
from moderation.release.watch import ACTING

ACTIONS: tuple[str, ...] = (*reversed(SEVERITY), "withdrawn")
"""The columns of a comparison, the most severe first."""

REMEMBERED = 1_000_000
"""How many ids are remembered to leave out repeats, which come close to what they repeat: some 150 MB."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `of`, with the bounds of the 95 % interval of the rate (Wilson 1927)."""

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """Between 0 and 1; 0 of none."""
        return self.count / self.of if self.of else 0.0


def rate(count: int, of: int) -> Rate:
    """A rate with its interval; anything from 0 to 1 is possible where nothing was counted."""
    if not of:
        return Rate(0, 0, 0.0, 1.0)
    interval = binomtest(count, of).proportion_ci(method="wilson")
    return Rate(count, of, float(interval.low), float(interval.high))


@dataclass(frozen=True, slots=True)
class Overlap:
    """What was decided, and what a shadow says, on the same posts: (decided, shadow) -> posts."""

    pairs: Mapping[tuple[str, str], int]

    @property
    def posts(self) -> int:
        """How many there were."""
        return sum(self.pairs.values())

    @property
    def same(self) -> Rate:
        """The same action."""
        return self._rate({pair for pair in self.pairs if pair[0] == pair[1]})

    @property
    def stricter(self) -> Rate:
        """The shadow's action is the more severe."""
        return self._rate({pair for pair in self.pairs if ACTIONS.index(pair[1]) < ACTIONS.index(pair[0])})

    @property
    def milder(self) -> Rate:
        """The shadow's action is the less severe."""
        return self._rate({pair for pair in self.pairs if ACTIONS.index(pair[1]) > ACTIONS.index(pair[0])})

    @property
    def acts(self) -> Rate:
        """The shadow would act."""
        return self._rate({pair for pair in self.pairs if pair[1] in ACTING})

    @property
    def acted(self) -> Rate:
        """The pipeline acted."""
        return self._rate({pair for pair in self.pairs if pair[0] in ACTING})

    def _rate(self, pairs: set[tuple[str, str]]) -> Rate:
        return rate(sum(self.pairs[pair] for pair in pairs), self.posts)


class Comparison:
    """Counts final decisions, and shadow decisions beside final ones; each once, however often it comes."""

    def __init__(self) -> None:
        self._actions: dict[str, Counter[str]] = {}
        self._pairs: dict[str, Counter[tuple[str, str]]] = {}
        self._seen: dict[Hashable, None] = {}

    @property
    def actions(self) -> Mapping[str, Mapping[str, int]]:
        """Hash of a policy -> action -> decisions."""
        return self._actions

    @property
    def overlaps(self) -> dict[str, Overlap]:
        """Hash of a shadow -> how its decisions overlap with what was decided."""
        return {name: Overlap(pairs) for name, pairs in self._pairs.items()}

    def add(self, decided: Decided) -> None:
        """Count a decision."""
        if decided.policy_hash is None or not self._counts(decided, "decided"):
            return
        self._actions.setdefault(decided.policy_hash, Counter())[decided.action] += 1

    def add_shadow(self, shadow: DecidedInShadow) -> None:
        """Count a shadow decision."""
        decided = shadow.decision
        if decided.policy_hash is None or not self._counts(decided, "shadow"):
            return
        self._pairs.setdefault(decided.policy_hash, Counter())[(shadow.live_action, decided.action)] += 1

    def _counts(self, decided: Decided, kind: str) -> bool:
        if decided.stage != "final":
            return False
        # A hash takes a third of the id's memory; two of a million meet with a chance of 1 in 30 million.
        name = hash((kind, decided.decision_id, decided.policy_hash if kind == "shadow" else None))
        if name in self._seen:
            return False
        self._seen[name] = None
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return True


def acting(actions: Mapping[str, int]) -> Rate:
    """How many of the decisions act."""
    return rate(sum(actions.get(action, 0) for action in ACTING), sum(actions.values()))
