"""`no-strikes`"""

from collections.abc import Iterator

from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject

CODE = "no-strikes"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    if subject.policy.strikes:
        return
    for own in subject.in_order:
        if any(name.name.startswith("author.strikes") for name in subject.names_of(own)):
            message = f"rule '{own.id}' looks at strikes, and no decision of this policy gives any"
            yield subject.at(CODE, own, "when", message, "say which do under strikes:, such as 'default: {}'")


CHECK = Check(CODE, "A rule looks at strikes, and the policy gives none.", _findings)
