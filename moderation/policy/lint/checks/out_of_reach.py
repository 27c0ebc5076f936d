"""`out-of-reach`"""

from collections.abc import Iterator

from moderation.policy.lint.checks.thresholds import thresholds
from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject

CODE = "out-of-reach"
_RISING = (">", ">=", "==")


def _findings(subject: Subject) -> Iterator[Finding | None]:
    for own in thresholds(subject):
        provided = (subject.installed or {}).get(own.signal)
        if provided is None or not own.direct:
            continue
        above = own.operator in _RISING and own.value > provided.high
        below = own.operator in ("<", "<=") and own.value < provided.low
        if above or below:
            edge = f"above {provided.high:g}" if above else f"below {provided.low:g}"
            message = (
                f"'{own.signal} {own.operator} {own.value:g}' was never reached on the texts that tested the model"
            )
            hint = f"{provided.model} gave no score {edge} to any of them"
            yield subject.at(CODE, own.rule, "when", message, hint)


CHECK = Check(CODE, "A threshold beyond the scores that the model gave when it was evaluated.", _findings)
