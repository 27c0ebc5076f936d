"""`contradicts`"""

import json
from collections.abc import Iterator

from moderation.events import Scalar
from moderation.policy.evaluation import evaluate
from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.logic import Claim
from moderation.policy.lint.samples import records_in
from moderation.policy.lint.subject import Examined, Subject

CODE = "contradicts"


def _findings(subject: Subject) -> Iterator[Finding | None]:
    for own in subject.rules:
        opposed = subject.policy.allowed_by[own.index] if own.index < len(subject.policy.rules) else ()
        for allowing in (subject.examined[index] for index in opposed):
            values = _contested(subject, own, allowing)
            if values is not None:
                message = f"rule '{own.id}' is contradicted by rule '{allowing.id}' (allow): a human decides"
                hint = f"for example with {values}; to let one win, write an exempt rule"
                yield subject.at(CODE, own, "id", message, hint)


def _contested(subject: Subject, own: Examined, allowing: Examined) -> str | None:
    """Values with which both hold and neither is silenced: found, not proven, so that the warning is right."""
    box = subject.search.example(Claim(own.node, "true"), Claim(allowing.node, "true"))
    for given in () if box is None else records_in(box, subject.policy):
        fired = {rule.rule: rule for rule in evaluate(given.record, subject.policy, given.under).decision.rules}
        if own.id in fired and allowing.id in (fired[own.id].contested_by or ()):
            values = fired[own.id].values | fired[allowing.id].values
            return ", ".join(f"{name} = {_shown(value)}" for name, value in sorted(values.items()))
    return None


def _shown(value: Scalar | None) -> str:
    return json.dumps(round(value, 6) if isinstance(value, float) else value, ensure_ascii=False)


CHECK = Check(CODE, "An `allow` rule for the same reason fires on some of the same posts.", _findings)
