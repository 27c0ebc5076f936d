"""All checks on one policy."""

from moderation.policy.lint.checks import CHECKS
from moderation.policy.lint.finding import Finding
from moderation.policy.lint.installed import Installed
from moderation.policy.lint.subject import Subject
from moderation.policy.model import Policy


def lint(policy: Policy, file: str, installed: Installed | None = None) -> tuple[Finding, ...]:
    """Warnings in the order of the file. Without `installed`, what depends on models is not checked."""
    subject = Subject(policy, file, installed)
    found = [finding for check in CHECKS.values() for finding in check.findings(subject) if finding is not None]
    return tuple(sorted(found, key=lambda own: (own.problem.line, own.problem.column, own.code)))
