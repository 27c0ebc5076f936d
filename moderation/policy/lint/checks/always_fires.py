"""`always-fires`"""

from collections.abc import Iterator

from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject

CODE = "always-fires"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    for own in subject.in_order:
        if subject.never_fails(own):
            known = "" if not subject.names_of(own) else " on which what it looks at is known"
            message = f"the condition of rule '{own.id}' holds for every post{known}"
            yield subject.at(CODE, own, "when", message, "an 'or' that should be an 'and'? a threshold of 0?")


CHECK = Check(CODE, "Every post fulfils the condition, if what it looks at is known.", _findings)
