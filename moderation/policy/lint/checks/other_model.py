"""`other-model`"""

from collections.abc import Iterator

from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject

CODE = "other-model"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    told: set[str] = set()
    for own in subject.policy.resolved:
        provided = (subject.installed or {}).get(own.signal)
        if provided is None or not provided.models or own.signal in told:
            continue
        others = sorted(set(own.models) - provided.models)
        if others:
            told.add(own.signal)
            message = f"the evidence for '{own.signal}' was scored by {', '.join(others)}, not by {provided.model}"
            hint = (
                "a score of one model means nothing to another: score the posts again, and judge more where they differ"
            )
            yield subject.at_declared(CODE, "evidence", own.signal, message, hint)


CHECK = Check(CODE, "A threshold from evidence that another model scored than the installed one.", _findings)
