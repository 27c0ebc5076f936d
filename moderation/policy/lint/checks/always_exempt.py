"""`always-exempt`"""

from collections.abc import Iterator

from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject

CODE = "always-exempt"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    for own in subject.rules:
        for exemption in subject.exemptions:
            if exemption.index in subject.policy.exempted_by[own.index] and subject.implies(own, exemption):
                message = f"rule '{own.id}' never acts: exemption '{exemption.id}' takes it out whenever it fires"
                place = subject.places.named(exemption.id)
                yield subject.at(CODE, own, "id", message, f"the exemption is in {place}")


CHECK = Check(CODE, "An exemption takes the rule out whenever it fires.", _findings)
