"""The tally as what people ask: how many, which, where, how much work, and whether it is right."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moderation.backtest.cohorts import Cohorts
from moderation.backtest.examples import Example
from moderation.backtest.rates import Rate, rate
from moderation.backtest.tally import BOTH, Change, Tally, When
from moderation.events import SEVERITY
from moderation.policy import Policy
from moderation.policy.model import RANK
from moderation.policy.names import CONTENT

KINDS: dict[str, str] = {
    "remove": "newly removed",
    "restrict": "newly restricted",
    "hold": "newly held",
    "review": "sent to review",
    "label": "newly labelled",
    "allow": "freed",
}
"""Kinds of change by what is decided now, from most to least severe."""

DIMENSIONS = {"language": "Language", "surface": "Surface", "cohort": "Authors"}


@dataclass(frozen=True, slots=True)
class Moved:
    """Changed posts: `stricter` and `milder` than before, and `to` each action."""

    stricter: int
    milder: int
    to: Mapping[str, int]

    @property
    def changed(self) -> int:
        """All of them."""
        return self.stricter + self.milder


@dataclass(frozen=True, slots=True)
class Group:
    """The posts of one language, surface or cohort of authors."""

    name: str
    posts: int
    moved: Moved


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule: how often it fired `before` and fires `now`, and the changed posts that it is behind.

    Rates are of the labelled posts, now; `because` and `action` are None for rules that are gone.
    """

    rule: str
    action: str | None
    because: str | None
    before: int
    now: int
    undetermined: int
    moved: Moved
    precision: Rate | None
    recall: Rate | None

    HEAD = ("action", "fired before", "fires now", "undecided", "stricter", "milder")

    @property
    def has_changed(self) -> bool:
        """Whether it fires otherwise, is behind a change, or could not be decided."""
        return bool(self.moved.changed or self.before != self.now or self.undetermined)

    @property
    def cells(self) -> tuple[str, ...]:
        """As a table shows it under `HEAD`, behind its id."""
        counts = (self.before, self.now, self.undetermined, self.moved.stricter, self.moved.milder)
        return (self.action or "(gone)", *(f"{count:,}" for count in counts))


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One reason: decisions that gave it before and now, and the changed posts that it is behind."""

    reason: str
    before: int
    now: int
    moved: Moved
    precision: Mapping[When, Rate | None]
    recall: Mapping[When, Rate | None]

    HEAD = ("given before", "given now", "stricter", "milder")

    @property
    def has_changed(self) -> bool:
        """Whether it is given more or less often, or is behind a change."""
        return bool(self.moved.changed or self.before != self.now)

    @property
    def cells(self) -> tuple[str, ...]:
        """As a table shows it under `HEAD`, behind its name."""
        return tuple(f"{count:,}" for count in (self.before, self.now, self.moved.stricter, self.moved.milder))


@dataclass(frozen=True, slots=True)
class Day:
    """Posts of one day that a human must look at."""

    day: str
    before: int
    now: int


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. `lacking` are names that undetermined rules lacked, with the posts; `notes` say what to beware of."""

    policy: str
    policy_hash: str
    against: str
    posts: int
    first: str
    last: str
    moved: Moved
    matrix: Mapping[str, Mapping[str, int]]
    groups: Mapping[str, tuple[Group, ...]]
    cohorts: str
    rules: tuple[RuleLine, ...]
    reasons: tuple[ReasonLine, ...]
    days: tuple[Day, ...]
    minutes_per_item: float | None
    labelled: int
    weighted: bool
    lacking: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]
    examples: tuple[tuple[str, tuple[Example, ...]], ...]
    seed: int

    @property
    def used(self) -> list[str]:
        """The actions of the matrix that any post has, before or now."""
        return [
            action
            for action in self.matrix
            if any(self.matrix[action].values()) or any(row[action] for row in self.matrix.values())
        ]


@dataclass(frozen=True, slots=True)
class About:
    """What the report is about, besides the counts."""

    new: Policy
    against: str
    cohorts: Cohorts
    seed: int
    minutes_per_item: float | None = None


def report(tally: Tally, about: About) -> Report:
    """The figures, ordered: what changed most comes first."""
    return Report(
        policy=about.new.name,
        policy_hash=about.new.hash,
        against=about.against,
        posts=tally.posts,
        first=tally.first,
        last=tally.last,
        moved=_moved(tally.matrix),
        matrix={
            before: {now: tally.matrix.get((before, now), 0) for now in reversed(SEVERITY)}
            for before in reversed(SEVERITY)
        },
        groups={dimension: _groups(tally, dimension, about.cohorts) for dimension in DIMENSIONS},
        cohorts=about.cohorts.column,
        rules=_rules(tally, about.new),
        reasons=_reasons(tally),
        days=tuple(
            Day(day, tally.reviews[day, "before"], tally.reviews[day, "now"])
            for day in sorted({day for day, _ in tally.reviews})
        ),
        minutes_per_item=about.minutes_per_item,
        labelled=tally.labelled,
        weighted=tally.drawn > 0,
        lacking=tuple(sorted(tally.lacking.items(), key=lambda item: (-item[1], item[0]))),
        notes=tuple(_notes(tally, about)),
        examples=tuple((kind, tuple(tally.examples.kinds[kind])) for kind in KINDS if kind in tally.examples.kinds),
        seed=about.seed,
    )


def _moved(changes: Mapping[Change, int]) -> Moved:
    stricter = milder = 0
    to: Counter[str] = Counter()
    for (before, now), posts in changes.items():
        if before != now:
            up = RANK[now] > RANK[before]  # type: ignore[index]
            stricter, milder = stricter + posts * up, milder + posts * (not up)
            to[now] += posts
    return Moved(stricter, milder, {now: to[now] for now in KINDS if to[now]})


def _by_first(counter: Mapping[tuple[str, Change], int]) -> dict[str, Counter[Change]]:
    found: dict[str, Counter[Change]] = {}
    for (name, change), posts in counter.items():
        found.setdefault(name, Counter())[change] += posts
    return found


def _groups(tally: Tally, dimension: str, cohorts: Cohorts) -> tuple[Group, ...]:
    own = _by_first({(name, change): n for (where, name, change), n in tally.groups.items() if where == dimension})
    groups = [Group(name, changes.total(), _moved(changes)) for name, changes in own.items()]
    if dimension == "cohort" and cohorts.edges:
        return tuple(sorted(groups, key=lambda group: cohorts.order(group.name)))
    return tuple(sorted(groups, key=lambda group: (-group.moved.changed, -group.posts, group.name)))


def _rules(tally: Tally, new: Policy) -> tuple[RuleLine, ...]:
    rules = {rule.id: rule for rule in new.rules}
    changes = _by_first(tally.by_rule)
    names = {*rules, *changes, *(rule for _, rule in tally.fired)}
    given = _posts(tally, "now", "label", "given")
    right, wrong, caught = (_posts(tally, "now", "rule", how) for how in ("right", "wrong", "caught"))
    lines = []
    for name in names:
        rule = rules.get(name)
        recall = None
        if rule is not None and rule.then != "allow" and rule.because in given:
            recall = _share(caught.get(name, {}), given[rule.because])
        lines.append(
            RuleLine(
                name,
                rule.then if rule else None,
                rule.because if rule else None,
                tally.fired["before", name],
                tally.fired["now", name],
                tally.undetermined[name],
                _moved(changes.get(name, {})),
                rate(right.get(name, {}), wrong.get(name, {})),
                recall,
            )
        )
    return tuple(sorted(lines, key=lambda line: (-line.moved.changed, -abs(line.now - line.before), line.rule)))


def _reasons(tally: Tally) -> tuple[ReasonLine, ...]:
    changes = _by_first(tally.by_reason)
    given = _posts(tally, "now", "label", "given")
    rated = {when: {how: _posts(tally, when, "reason", how) for how in ("right", "wrong", "caught")} for when in BOTH}
    names = {*changes, *given, *(reason for _, reason in tally.reasons)}
    lines = [
        ReasonLine(
            name,
            tally.reasons["before", name],
            tally.reasons["now", name],
            _moved(changes.get(name, {})),
            {when: rate(rated[when]["right"].get(name, {}), rated[when]["wrong"].get(name, {})) for when in BOTH},
            {
                when: _share(rated[when]["caught"].get(name, {}), given[name]) if name in given else None
                for when in BOTH
            },
        )
        for name in names
    ]
    return tuple(sorted(lines, key=lambda line: (-line.moved.changed, -line.now, line.reason)))


def _posts(tally: Tally, when: When, what: str, how: str) -> dict[str, Counter[float]]:
    """Name -> posts by weight."""
    found: dict[str, Counter[float]] = {}
    for (own_when, own_what, name, own_how, weight), posts in tally.rated.items():
        if (own_when, own_what, own_how) == (when, what, how):
            found.setdefault(name, Counter())[weight] += posts
    return found


def _share(caught: Mapping[float, int], given: "Counter[float]") -> Rate | None:
    return rate(caught, given - Counter(caught))


def _notes(tally: Tally, about: About) -> Iterable[str]:
    if tally.undecided:
        yield f"{_posts_text(tally.undecided)} without a decision in the history left out."
    if tally.textless:
        yield (
            f"{_posts_text(tally.textless)} without text have rules that look through it: these rules could not be "
            "decided. Export with --with-text to decide them."
        )
    missing = [name for name, posts in tally.lacking.items() if posts and CONTENT not in name]
    if missing:
        shown = ", ".join(sorted(missing)[:8]) + (", ..." if len(missing) > 8 else "")
        yield f"Some rules could not be decided for want of {shown}: see what was lacking."
    if tally.provisional:
        yield f"{_posts_text(tally.provisional)} still wait for a lane: their decisions are provisional."
    if 0 < tally.drawn < tally.labelled:
        yield (
            f"Of {_posts_text(tally.labelled)} with a label only {tally.drawn:,} have a sampling_probability: the "
            "others count once, and precision and recall are not to be trusted."
        )
    elif tally.labelled and not tally.drawn:
        yield (
            "Labels come from posts that reviewers saw, which are not drawn by chance: precision and recall hold for "
            "such posts, and not for all, unless the history has a column sampling_probability."
        )


def _posts_text(count: int) -> str:
    return f"{count:,} post{'s' * (count != 1)}"


def as_json(found: Report) -> dict[str, Any]:
    """For programs: nested objects of plain values."""
    from dataclasses import asdict

    whole = asdict(found)
    whole["examples"] = [
        {
            "kind": kind,
            "posts": [
                {"post_id": one.post_id, "revision": one.revision, "was": one.before, "is": one.now, **one.facts}
                for one in examples
            ],
        }
        for kind, examples in found.examples
    ]
    return whole
