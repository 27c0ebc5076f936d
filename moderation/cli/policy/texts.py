"""The YAML files of a policy, for what is shown in its author's lines."""

from pathlib import Path

from moderation.policy import Policy


def texts_of(policy: Policy, file: Path) -> dict[str, str]:
    """The file a policy was read from, then those that it includes, by name."""
    included = [path for path in policy.files if path != file and path.suffix in (".yaml", ".yml")]
    return {str(path): path.read_text(encoding="utf-8-sig") for path in (file, *included)}
