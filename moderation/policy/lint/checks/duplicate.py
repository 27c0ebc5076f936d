"""`duplicate`"""

from collections.abc import Iterator

from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Examined, Subject
from moderation.policy.model import Rule

CODE = "duplicate"


def duplicates(subject: Subject, first: Examined, second: Examined) -> bool:
    """Whether two rules do the same for the same reason on the same posts."""
    a, b = first.rule, second.rule
    if not isinstance(a, Rule) or not isinstance(b, Rule):
        return False
    exempted = subject.policy.exempted_by
    alike = (a.then, a.because, a.queue, a.priority) == (b.then, b.because, b.queue, b.priority)
    return (
        alike
        and exempted[first.index] == exempted[second.index]
        and subject.implies(first, second)
        and subject.implies(second, first)
    )


def _findings(subject: Subject) -> Iterator[Finding | None]:
    for count, own in enumerate(subject.rules):
        earlier = next((other for other in subject.rules[:count] if duplicates(subject, own, other)), None)
        if earlier is not None:
            place = subject.places.named(earlier.id)
            message = f"rule '{own.id}' does what rule '{earlier.id}' does, on the same posts"
            yield subject.at(CODE, own, "id", message, f"the other is in {place}; remove one")


CHECK = Check(CODE, "Another rule does the same for the same reason on the same posts.", _findings)
