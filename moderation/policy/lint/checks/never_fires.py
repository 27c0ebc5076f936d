"""`never-fires`"""

from collections.abc import Iterator

from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject

CODE = "never-fires"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    for own in subject.in_order:
        if subject.never_holds(own):
            hint = "parts of the condition exclude each other, or ask for a value that does not exist"
            yield subject.at(CODE, own, "when", f"rule '{own.id}' can never fire", hint)


CHECK = Check(CODE, "No post at all can fulfil the condition.", _findings)
