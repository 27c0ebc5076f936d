"""`unused`"""

import re
from collections.abc import Iterator

from moderation.policy.lint.finding import Check, Finding
from moderation.policy.lint.subject import Subject
from moderation.policy.model import DEFAULT_QUEUE

CODE = "unused"
_WORD = re.compile(r"[A-Za-z_][\w.]*")


def _findings(subject: Subject) -> Iterator[Finding | None]:
    policy = subject.policy
    used = {name.name for own in subject.in_order for name in subject.names_of(own)}
    conditions = [own.rule.when for own in subject.in_order]
    words = {word for text in (*conditions, *policy.signals.values()) for word in _WORD.findall(text)}
    queues = {rule.queue for rule in policy.rules} | {DEFAULT_QUEUE} | ({policy.audit.queue} if policy.audit else set())
    reasons = {own.rule.because for own in subject.in_order}
    declared = (
        ("facts", "fact", [name for name in policy.facts if f"facts.{name}" not in used]),
        ("lists", "list", [name for name in policy.lists if name not in words]),
        ("signals", "derived signal", [name for name in policy.signals if name not in used]),
        ("queues", "queue", [name for name in policy.queues if name not in queues]),
        ("reasons", "reason", [name for name in policy.reasons if name not in reasons]),
    )
    for section, kind, names in declared:
        for name in names:
            if not subject.places.is_own(section, name):
                continue  # a file that is included may serve other policies, too
            yield subject.at_declared(CODE, section, name, f"{kind} '{name}' is used by no rule")


CHECK = Check(CODE, "A list, fact, derived signal, queue or reason that no rule uses.", _findings)
