"""What `moderation policy check` warns of."""

from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from moderation import settings
from moderation.cli.policy.installed import installed
from moderation.cli.policy.texts import texts_of
from moderation.errors import BankError, ModelError
from moderation.policy import Policy
from moderation.policy.lint import Finding, Installed, lint


def models() -> tuple[Installed | None, str | None]:
    """What the installed models provide, or why that cannot be told."""
    return _of(settings.load())


@cache
def _of(own: settings.Settings) -> tuple[Installed | None, str | None]:
    try:
        return installed(own), None
    except (ModelError, BankError) as error:
        return None, f"what depends on models and banks was not checked: {error}"


def warnings_of(policy: Policy, file: Path) -> tuple[Finding, ...]:
    """The warnings of a policy that was read from a file, each in the file that it includes where it belongs there."""
    return lint(policy, texts_of(policy, file), models()[0])


def as_json(finding: Finding) -> dict[str, Any]:
    """For programs."""
    return {"code": finding.code, **asdict(finding.problem)}
