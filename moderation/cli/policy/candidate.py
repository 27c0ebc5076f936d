"""The policy that a release is about: a file, or one that was published, by its hash."""

import re
from dataclasses import dataclass
from pathlib import Path

from moderation.cli.policy.texts import texts_of
from moderation.policy import Policy, load_policy
from moderation.release import ReleaseLog, compiled
from moderation.release.steps import SHOWN

_HASH = re.compile(r"[0-9a-fA-F]{4,64}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy that checks. `texts` are its files by name; `file` is None for one that was published."""

    policy: Policy
    file: Path | None
    texts: dict[str, str]

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.policy.name} {self.policy.hash[:SHOWN]}"


def candidate(written: str, log: ReleaseLog) -> Candidate:
    """What is meant: a file where there is one of this name. Raises `PolicyError`, `ReleaseError`."""
    path = Path(written)
    if path.exists() or not _HASH.fullmatch(written):
        policy = load_policy(path)
        return Candidate(policy, path, texts_of(policy, path))
    found = log.find(written)
    return Candidate(compiled(found), None, {found.name: found.source})
