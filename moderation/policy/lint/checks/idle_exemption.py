"""`idle-exemption`"""

from collections.abc import Iterator

from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject

CODE = "idle-exemption"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    for exemption in subject.exemptions:
        named = [own for own in subject.rules if exemption.index in subject.policy.exempted_by[own.index]]
        idle = [own.id for own in named if subject.never_meet(own, exemption)]
        everything = len(named) == len(subject.rules) > 1  # '*' is meant for all there are, not for each
        if idle and (not everything or idle == [own.id for own in named]):
            message = f"exemption '{exemption.id}' never meets {'rule' if len(idle) == 1 else 'rules'} {_listed(idle)}"
            yield subject.at(CODE, exemption, "exempt", message, "their conditions exclude each other")


def _listed(ids: list[str]) -> str:
    return ", ".join(f"'{own}'" for own in ids)


CHECK = Check(CODE, "An exemption names a rule with which it never holds together.", _findings)
