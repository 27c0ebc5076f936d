"""From the release in force to the next: each step that people, or the pipeline itself, may take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moderation.errors import ReleaseError
from moderation.events import Canary, Release

SHOWN = 12
"""How much of a hash people see."""

BY_ITSELF = "moderation"
"""Who makes the releases that nobody made."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Who makes a release, when, and why."""

    by: str
    at: datetime
    note: str | None = None


def live(current: Release | None, policy: str, signed: Signed) -> Release:
    """`policy` decides for everybody. A canary ends: it was compared with the policy that goes."""
    if current is not None and current.live == policy and current.canary is None:
        raise ReleaseError(f"{policy[:SHOWN]} is live already")
    return _next(current, signed, live=policy, canary=None, shadows=_without(policy, current))


def canary(current: Release | None, policy: str, share: float, signed: Signed) -> Release:
    """`policy` decides for a share of the authors, in place of any other canary."""
    current = _begun(current)
    if current.live == policy:
        raise ReleaseError(f"{policy[:SHOWN]} is live: it decides for all authors already")
    wanted = Canary(hash=policy, share=share)
    if current.canary == wanted:
        raise ReleaseError(f"{policy[:SHOWN]} is the canary for {percent(share)} of authors already")
    return _next(current, signed, canary=wanted, shadows=_without(policy, current))


def shadow(current: Release | None, policy: str, signed: Signed) -> Release:
    """`policy` decides beside the others, without effect."""
    current = _begun(current)
    if part := part_of(current, policy):
        raise ReleaseError(f"{policy[:SHOWN]} is {part} already")
    return _next(current, signed, shadows=(*current.shadows, policy))


def withdrawn(current: Release | None, policy: str, signed: Signed) -> Release:
    """`policy`, canary or in shadow, is taken back; the live one stays."""
    current = _begun(current)
    part = part_of(current, policy)
    if part is None:
        raise ReleaseError(f"{policy[:SHOWN]} is not in force")
    if part == "live":
        raise ReleaseError(f"{policy[:SHOWN]} is live: `rollback` goes back to the policy before it")
    changes: dict[str, Any] = {"canary": None} if part == "canary" else {"shadows": _without(policy, current)}
    return _next(current, signed, **changes)


def rolled_back(current: Release | None, lives: Sequence[str], signed: Signed) -> Release:
    """The live policy before this one is live again, and a canary ends; `lives` as of `ReleaseLog.lives`."""
    current = _begun(current)
    if len(lives) < 2:
        raise ReleaseError(
            f"nothing was live before {current.live[:SHOWN]}; `moderation policy withdraw` ends a canary or a shadow, "
            "`moderation policy release HASH --live` makes any published policy live"
        )
    return _next(current, signed, live=lives[-2], canary=None, shadows=_without(lives[-2], current))


def part_of(release: Release, policy: str) -> str | None:
    """What a policy is in a release: 'live', 'canary', 'in shadow'; None if it is not in it."""
    if release.live == policy:
        return "live"
    if release.canary is not None and release.canary.hash == policy:
        return "canary"
    return "in shadow" if policy in release.shadows else None


def described(before: Release | None, release: Release) -> list[str]:
    """What a release changed, in words."""
    found = []
    if before is None or before.live != release.live:
        found.append(f"live {release.live[:SHOWN]}" + (f", was {before.live[:SHOWN]}" if before else ""))
    old, new = before.canary if before else None, release.canary
    if new is not None and new != old:
        same = old is not None and old.hash == new.hash
        was = f", was {percent(old.share)}" if old is not None and same else ""
        found.append(f"canary {new.hash[:SHOWN]} for {percent(new.share)} of authors{was}")
    if old is not None and (new is None or new.hash != old.hash):
        found.append(f"canary {old.hash[:SHOWN]} ended")
    shadows = before.shadows if before else ()
    found += [f"shadow {policy[:SHOWN]}" for policy in release.shadows if policy not in shadows]
    found += [f"shadow {policy[:SHOWN]} ended" for policy in shadows if policy not in release.shadows]
    return found or ["nothing"]


def percent(share: float) -> str:
    """A share as people write it: 0.05 is 5 %."""
    return f"{share * 100:.3g} %"


def _begun(current: Release | None) -> Release:
    if current is None:
        raise ReleaseError(
            "nothing is released yet, workers decide by the file of their settings; begin with the policy that "
            "decides now: moderation policy release FILE --live"
        )
    return current


def _next(current: Release | None, signed: Signed, **changes: Any) -> Release:
    fields = {"live": current.live, "canary": current.canary, "shadows": current.shadows} if current else {}
    number = current.number + 1 if current else 1
    return Release(number=number, by=signed.by, at=signed.at, note=signed.note, **{**fields, **changes})


def _without(policy: str, current: Release | None) -> tuple[str, ...]:
    return tuple(own for own in current.shadows if own != policy) if current else ()
