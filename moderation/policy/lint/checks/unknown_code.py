"""`unknown-code`"""

from collections.abc import Iterator
from dataclasses import replace

from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject
from moderation.policy.problems import nearest, shortened

CODE = "unknown-code"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    from moderation.policy.lint.checks import CHECKS

    for code, place in subject.places.unknown_codes(set(CHECKS)):
        message = f"'{shortened(code)}' is no code that could be ignored"
        yield Finding(CODE, replace(place, message=message, hint=nearest(code, CHECKS)))


CHECK = Check(CODE, "A comment asks to ignore a code that does not exist.", _findings)
