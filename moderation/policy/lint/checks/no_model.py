"""`no-model`"""

from collections.abc import Iterator

from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject

CODE = "no-model"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    if subject.installed is None:
        return
    for name in subject.policy.program.names:
        if name.lane is None or name.name in subject.installed:
            continue
        rules = [own for own in subject.in_order if name in subject.names_of(own)]
        if rules:
            message = f"no installed model provides '{name.name}': it stays unknown"
            hint = f"looked at by {', '.join(own.id for own in rules)}"
            yield subject.at(CODE, rules[0], "when", message, hint)


CHECK = Check(CODE, "No installed model provides a signal, so that it is always unknown.", _findings)
