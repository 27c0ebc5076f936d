"""`shadowed`"""

from collections.abc import Iterator

from moderation.policy.lint.checks.duplicate import duplicates
from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Examined, Subject
from moderation.policy.model import RANK, Rule

CODE = "shadowed"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    for own in subject.rules:
        other = next((other for other in subject.rules if _shadows(subject, other, own)), None)
        if other is not None and isinstance(other.rule, Rule):
            place = subject.places.named(other.id)
            message = f"rule '{own.id}' changes nothing: whenever it fires, rule '{other.id}' ({other.rule.then}) does"
            yield subject.at(CODE, own, "id", message, f"the other is in {place}; remove one, or narrow it")


def _shadows(subject: Subject, other: Examined, own: Examined) -> bool:
    """Whether `other` stands wherever `own` does, is at least as severe, and leaves it nothing to add."""
    strong, weak = other.rule, own.rule
    if other is own or not isinstance(strong, Rule) or not isinstance(weak, Rule):
        return False
    rank, less = RANK[strong.then], RANK[weak.then]
    if rank < less or weak.then == "allow":  # an allow rule speaks against removals
        return False
    alike = (strong.because, strong.queue, strong.priority) == (weak.because, weak.queue, weak.priority)
    if rank == less and not alike:
        return False  # it adds its reason, or its place in the queue
    exempted = subject.policy.exempted_by
    if not set(exempted[other.index]) <= set(exempted[own.index]):
        return False  # an exemption may leave the weaker one to act
    if strong.because != weak.because and subject.policy.allowed_by[other.index]:
        return False  # an allow rule may leave the weaker one to act
    return subject.implies(own, other) and not duplicates(subject, own, other)


CHECK = Check(CODE, "Whenever the rule fires, another one does that is as severe or more.", _findings)
