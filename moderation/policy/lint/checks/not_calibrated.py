"""`not-calibrated`"""

from collections.abc import Iterator

from moderation.policy.lint.checks.thresholds import Threshold, thresholds
from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject

CODE = "not-calibrated"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    found: dict[str, list[Threshold]] = {}
    proven = {(own.signal, own.threshold) for own in subject.policy.resolved}
    for threshold in thresholds(subject):
        provided = (subject.installed or {}).get(threshold.signal)
        if provided is not None and not provided.calibrated and (threshold.signal, threshold.value) not in proven:
            found.setdefault(threshold.signal, []).append(threshold)
    for signal, compared in found.items():
        model = (subject.installed or {})[signal].model
        rules = ", ".join(dict.fromkeys(threshold.rule.id for threshold in compared))
        message = f"'{signal}' of {model} is not calibrated: {compared[0].value:g} is an order, not a probability"
        hint = f"compared in {rules}; set it by what reviewers make of posts around it, or write precision()"
        yield subject.at(CODE, compared[0].rule, "when", message, hint)


CHECK = Check(CODE, "A threshold on a score that the model's manifest does not calibrate.", _findings)
