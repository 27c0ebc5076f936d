"""All checks on one policy."""

from collections.abc import Mapping

from moderation.policy.lint.checks import CHECKS
from moderation.policy.lint.finding import Finding
from moderation.policy.lint.installed import Installed
from moderation.policy.lint.subject import Subject
from moderation.policy.model import Policy


def lint(policy: Policy, texts: Mapping[str, str], installed: Installed | None = None) -> tuple[Finding, ...]:
    """Warnings in the order of the file. Without `installed`, what depends on models is not checked.

    `texts` are the YAML files of the policy by name, itself first: warnings show their lines.
    """
    subject = Subject(policy, texts, installed)
    found = [finding for check in CHECKS.values() for finding in check.findings(subject) if finding is not None]
    files = list(texts)
    return tuple(
        sorted(found, key=lambda own: (files.index(own.problem.file), own.problem.line, own.problem.column, own.code))
    )
