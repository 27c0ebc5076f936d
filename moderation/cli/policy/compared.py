"""A comparison of policies as text for their authors."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from moderation.cli.columns import columns
from moderation.cli.printable import printable
from moderation.events import PublishedPolicy, Release
from moderation.release import ReleaseLog
from moderation.release.comparison import ACTIONS, Comparison, Overlap, Rate, acting
from moderation.release.steps import SHOWN, part_of, percent

_PARTS = ("live", "canary", "in shadow")


def status(log: ReleaseLog, begin: datetime, comparison: Comparison) -> Iterator[str]:
    """What is in force, what was decided since `begin`, and how shadows compare."""
    release = log.current
    if release is None:
        yield "nothing is released: workers decide by the file of their settings"
    else:
        yield from in_force(release, log.policies)
    yield from ("", f"Final decisions since {begin:%Y-%m-%d %H:%M %Z}", "")
    yield from rates(comparison, release)
    for policy in release.shadows if release else ():
        yield from ("", f"Shadow {policy[:SHOWN]} on the same posts", "")
        found = comparison.overlaps.get(policy)
        yield from overlap(found) if found else ["no decisions in shadow in this time"]


def in_force(release: Release, policies: Mapping[str, PublishedPolicy]) -> list[str]:
    """What is in force, since when and by whom."""
    lines = [f"release {release.number} by {printable(release.by)}, since {release.at:%Y-%m-%d %H:%M:%S %Z}"]
    if release.note:
        lines.append(f"  {printable(release.note)}")
    named = [("live", release.live, "")]
    if release.canary is not None:
        named.append(("canary", release.canary.hash, f"for {percent(release.canary.share)} of authors"))
    named += [("in shadow", policy, "without effect") for policy in release.shadows]
    rows = [
        (part, policy[:SHOWN], printable(policies[policy].name) if policy in policies else "not published", note)
        for part, policy, note in named
    ]
    return lines + [f"  {line}" for line in columns(rows, left=4)]


def rates(comparison: Comparison, release: Release | None) -> list[str]:
    """Per policy what it decided."""
    found = comparison.actions
    if not found:
        return ["no final decisions in this time"]
    shown = [action for action in ACTIONS if any(actions.get(action) for actions in found.values())]
    rows = [("", "", "posts", "act", "95 % interval", *shown)]
    for policy in sorted(found, key=lambda own: _place(own, release)):
        actions = found[policy]
        acts = acting(actions)
        posts = sum(actions.values())
        shares = (_share(actions.get(action, 0) / posts) for action in shown)
        rows.append(
            (_part(policy, release), policy[:SHOWN], f"{posts:,}", _share(acts.value), _interval(acts), *shares)
        )
    return [
        *columns(rows, left=2),
        "",
        "act: remove, restrict or hold. Each post counts once, with its final decision.",
    ]


def overlap(found: Overlap) -> list[str]:
    """What was decided against what a shadow says."""
    decided = [action for action in ACTIONS if any(pair[0] == action for pair in found.pairs)]
    said = [action for action in ACTIONS if any(pair[1] == action for pair in found.pairs)]
    rows = [("decided", *(f"shadow: {action}" for action in said), "all")]
    for action in decided:
        counts = [found.pairs.get((action, other), 0) for other in said]
        rows.append((action, *(f"{count:,}" for count in counts), f"{sum(counts):,}"))
    totals = [sum(found.pairs.get((action, other), 0) for action in decided) for other in said]
    rows.append(("all", *(f"{count:,}" for count in totals), f"{found.posts:,}"))
    told = [
        ("the same", found.same),
        ("stricter in shadow", found.stricter),
        ("milder in shadow", found.milder),
        ("acts in shadow", found.acts),
        ("acted", found.acted),
    ]
    lines = [(name, f"{own.count:,}", _share(own.value), _interval(own)) for name, own in told]
    return [*columns(rows), "", *columns([("", "posts", "share", "95 % interval"), *lines])]


def _part(policy: str, release: Release | None) -> str:
    return (part_of(release, policy) or "before") if release else "file"


def _place(policy: str, release: Release | None) -> tuple[int, str]:
    part = _part(policy, release)
    return (_PARTS.index(part) if part in _PARTS else len(_PARTS), policy)


def _share(value: float) -> str:
    return f"{value * 100:.2f} %"


def _interval(own: Rate) -> str:
    return f"{own.low * 100:.2f} to {own.high * 100:.2f} %"
