"""`no-default`"""

from collections.abc import Iterator

from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.logic import Claim, Ignorance
from moderation.policy.lint.subject import Examined, Subject

CODE = "no-default"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    for fact in subject.policy.facts.values():
        if fact.default is not None:
            continue
        own_name = fact.name.removeprefix("facts.")
        silent = [own for own in subject.rules if _hangs(subject, own, fact.name)]
        waiting = [own for own in subject.exemptions if _hangs(subject, own, fact.name)]
        parts = []
        if silent:
            parts.append(f"{_listed(silent)} cannot fire")
        if waiting:
            parts.append(f"what {_listed(waiting)} exempts goes to a human")
        if parts:
            message = f"fact '{own_name}' has no default: on posts that do not bring it, {' and '.join(parts)}"
            yield subject.at_declared(
                CODE, "facts", own_name, message, f"'{own_name}: {{type: {fact.type}, default: ...}}'"
            )


def _hangs(subject: Subject, own: Examined, fact: str) -> bool:
    """Whether the rule cannot fire without the fact."""
    return any(name.name == fact for name in subject.names_of(own)) and subject.search.impossible(
        Claim(own.node, "true"), Ignorance(fact)
    )


def _listed(rules: list[Examined]) -> str:
    return ", ".join(f"'{own.id}'" for own in rules)


CHECK = Check(CODE, "A rule cannot fire without a fact that has no default.", _findings)
