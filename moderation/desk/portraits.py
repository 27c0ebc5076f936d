"""A policy and how it stands, as rows of the policy page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from moderation.policy import Exemption, Policy, Rule
from moderation.policy.portrait import portrait
from moderation.release import ReleaseLog
from moderation.release.steps import part_of, percent
from moderation.review import fired as counted

if TYPE_CHECKING:
    from moderation.release.comparison import Comparison, Overlap, Rate

_PARTS = ("live", "canary", "in shadow", "before")


@dataclass(frozen=True, slots=True)
class Row:
    """A rule or an exemption. `lines` tell it in plain words, each with its depth; `share` is of the posts counted."""

    id: str
    action: str
    because: str | None
    lines: list[tuple[int, str]]
    counts: counted.Rule
    share: float


@dataclass(frozen=True, slots=True)
class Part:
    """One policy of a release."""

    part: str
    hash: str
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Rates:
    """What one policy decided: `acts` is how often it keeps a post from readers."""

    part: str
    hash: str
    posts: int
    acts: "Rate"
    reviews: "Rate"


def of(policy: Policy, fired: counted.Fired) -> list[Row]:
    """Rules, then exemptions; which fired most comes first."""
    everything: list[Rule | Exemption] = [*policy.rules, *policy.exemptions]
    rows = [_row(policy, rule, fired) for rule in everything]
    return sorted(rows, key=lambda row: (row.action == "exempt", -row.counts.fired))


def in_force(log: ReleaseLog) -> list[Part]:
    """The policies of the release in force, the live one first."""
    release = log.current
    if release is None:
        return []
    found = [("live", release.live, "decides for everybody")]
    if release.canary is not None:
        found[0] = ("live", release.live, "decides for all other authors")
        found.append(("canary", release.canary.hash, f"decides for {percent(release.canary.share)} of authors"))
    found += [("in shadow", name, "decides without effect") for name in release.shadows]
    return [Part(part, name, _name(log, name), note) for part, name, note in found]


def rates(comparison: "Comparison", log: ReleaseLog) -> list[Rates]:
    """Per policy what it decided, the live one first."""
    from moderation.release.comparison import acting, rate

    found = []
    for name, actions in comparison.actions.items():
        posts = sum(actions.values())
        part = (part_of(log.current, name) or "before") if log.current else "file"
        found.append(Rates(part, name, posts, acting(actions), rate(actions.get("review", 0), posts)))
    return sorted(found, key=lambda own: _PARTS.index(own.part) if own.part in _PARTS else len(_PARTS))


def overlaps(comparison: "Comparison", log: ReleaseLog) -> Iterator[tuple[Part, "Overlap | None"]]:
    """Per shadow how its decisions compare with what was decided on the same posts; None where it made none."""
    for part in in_force(log):
        if part.part == "in shadow":
            yield part, comparison.overlaps.get(part.hash)


def _row(policy: Policy, rule: Rule | Exemption, fired: counted.Fired) -> Row:
    counts = fired.rules.get(rule.id, counted.Rule())
    told = (portrait(policy, rule.id) or "").split("\n\n")[0].splitlines()[1:]
    lines = [((len(line) - len(line.lstrip())) // 2 - 1, line.strip()) for line in told]
    action = rule.then if isinstance(rule, Rule) else "exempt"
    return Row(rule.id, action, rule.because, lines, counts, counts.fired / max(1, fired.posts))


def _name(log: ReleaseLog, name: str) -> str:
    return log.policies[name].name if name in log.policies else "not published"
