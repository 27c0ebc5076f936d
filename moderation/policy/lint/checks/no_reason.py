"""`no-reason`"""

from collections.abc import Iterator

from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject
from moderation.policy.model import Exemption

CODE = "no-reason"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    for own in subject.in_order:
        if isinstance(own.rule, Exemption) and not own.rule.because and not own.rule.note:
            message = f"exemption '{own.id}' does not say why"
            yield subject.at(CODE, own, "id", message, "give it a because: or a note:")
    for reason, meaning in subject.policy.reasons.items():
        if not meaning.strip():
            message = f"reason '{reason}' does not say what it means"
            yield subject.at_declared(CODE, "reasons", reason, message, "authors are told this")


CHECK = Check(CODE, "An exemption without `because` and `note`, or a reason without a meaning.", _findings)
