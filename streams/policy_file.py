"""The policy file of the settings, and whether it, or a file that it includes, has changed since it was read."""

from collections.abc import Mapping
from pathlib import Path

from moderation.errors import PolicyError
from moderation.policy import Policy, load_policy
from moderation.policy.files import Stamp, stamp_of


class PolicyFile:
    """One policy and the files it includes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files: Mapping[Path, Stamp | None] = {path: None}

    def load(self) -> Policy:
        """Read and compile it. Raises `PolicyError`; a change of the files that were looked at may mend it."""
        try:
            policy = load_policy(self.path)
        except PolicyError as error:
            self._files = error.files
            raise
        self._files = policy.files
        return policy

    def changed(self) -> bool:
        """Whether any of the files has changed since it was read or last found changed."""
        stamps = {path: stamp_of(path) for path in self._files}
        changed = stamps != dict(self._files)
        self._files = stamps
        return changed
