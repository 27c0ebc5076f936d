"""The `evidence:` section: for each signal, the judged posts that its thresholds are resolved against."""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from yaml import Node, ScalarNode

from moderation.policy import keys
from moderation.policy.document import Document
from moderation.policy.evidence import resolved
from moderation.policy.evidence.columns import Columns
from moderation.policy.evidence.refused import Refused
from moderation.policy.evidence.resolved import Resolved
from moderation.policy.files import Files, Unreadable
from moderation.policy.includes import report, within
from moderation.policy.names import Scope
from moderation.policy.problems import shortened
from moderation.policy.readers import number

if TYPE_CHECKING:
    from moderation.policy.evidence.examples import Examples

CONFIDENCE = 0.95
_LEAST_CONFIDENCE, _MOST_CONFIDENCE = 0.5, 0.9999
MAX_BYTES = 64 * 2**20


class Evidence(Protocol):
    """What is known of one signal."""

    def resolve(self, precision: float) -> Resolved | None:
        """The threshold of a demand; None when what is wrong was reported at its place. Raises `Refused`."""
        ...


def evidence(document: Document, node: Node | None, scope: Scope, files: Files) -> None:
    """Add the evidence to the scope. Files are read when a condition first asks."""
    for key, value in document.entries(node, "evidence") if node else ():
        entries = document.fields(value, keys.EVIDENCE)
        declared = scope.names.get(key.value)
        if declared is None or declared.kind != "signal" or declared.bounds != (0.0, 1.0):
            what = "is no score of a model" if declared else "is an unknown signal"
            hint = (
                scope.hint_for(key.value) if declared is None else "evidence is for what models give, such as text.hate"
            )
            document.at(key, f"'{shortened(key.value)}' {what}", hint)
            scope.broken_evidence.add(key.value)
            continue
        found = _read(document, key, value, entries, files)
        if found is None:
            scope.broken_evidence.add(key.value)
        else:
            scope.evidence[key.value] = found


def _read(document: Document, key: ScalarNode, value: Node, entries: dict[str, Node], files: Files) -> Evidence | None:
    if ("from" in entries) == ("resolved" in entries):
        hint = "such as {from: evidence/hate.jsonl, label: hate}"
        document.at(value, "evidence has 'from', a file; or, in a published policy, 'resolved'", hint)
        return None
    if "resolved" in entries:
        items = document.items(entries["resolved"], "resolved")
        found = [resolved.read(document, key.value, item) for item in items]
        known = {own.precision: own for own in found if own is not None}
        return _Published(key.value, known) if None not in found else None
    prevalence = None
    if "prevalence" in entries:
        prevalence = number(document, entries["prevalence"], "'prevalence'") or 0.0
        if not 0.0 < prevalence < 1.0:
            hint = "0.01: one of your posts in a hundred is what the signal looks for"
            document.at(entries["prevalence"], "'prevalence' lies between 0 and 1", hint)
            return None
    named = {name: document.text(entries[name], f"'{name}'") for name in _COLUMNS.values() if name in entries}
    fields = {field: named.get(name) for field, name in _COLUMNS.items()}
    columns = Columns(key.value, prevalence=prevalence, **fields)
    confidence = CONFIDENCE
    if "confidence" in entries:
        confidence = number(document, entries["confidence"], "'confidence'") or 0.0
        if not _LEAST_CONFIDENCE <= confidence <= _MOST_CONFIDENCE:
            message = f"'confidence' lies between {_LEAST_CONFIDENCE:g} and {_MOST_CONFIDENCE:g}"
            document.at(entries["confidence"], message, "0.95: one resolved threshold in twenty may be too low")
            return None
    return _FromFile(document, files, entries["from"], columns, confidence)


_COLUMNS = {
    "score": "score",
    "label": "label",
    "category": "category",
    "weight": "weight",
    "probability": "probability",
    "model": "model",
    "part": "set",
}
"""Field of `Columns` -> key of the section."""


class _Published:
    """The thresholds themselves, in a policy that was built."""

    def __init__(self, signal: str, found: dict[float, Resolved]) -> None:
        self._signal, self._found = signal, found

    def resolve(self, precision: float) -> Resolved | None:
        if precision in self._found:
            return self._found[precision]
        known = ", ".join(f"{own:g}" for own in sorted(self._found)) or "nothing"
        message = f"the evidence for '{self._signal}' was resolved for {known} only, not for {precision:g}"
        raise Refused(message, "name a file of judged posts: {from: FILE}")


class _FromFile:
    """A file of judged posts, read once."""

    def __init__(self, document: Document, files: Files, node: Node, columns: Columns, confidence: float) -> None:
        self._document, self._files, self._node = document, files, node
        self._columns, self._confidence = columns, confidence

    def resolve(self, precision: float) -> Resolved | None:
        if self._read is None:
            return None
        from moderation.policy.evidence.search import lowest

        name, digest, examples = self._read
        try:
            found = lowest(examples, precision, self._confidence)
        except Refused as refused:
            raise Refused(f"'{shortened(name)}' {refused.message}", refused.hint) from None
        return Resolved(
            signal=self._columns.signal,
            precision=precision,
            threshold=found.threshold,
            confidence=self._confidence,
            examples=len(examples),
            positives=examples.positives,
            above=found.above,
            right=found.right,
            observed=round(found.precision, 6),
            at_least=found.at_least,
            recall=round(found.recall, 6),
            weighted=examples.weighted,
            file=name,
            sha256=digest,
            models=examples.models,
            prevalence=self._columns.prevalence,
        )

    @cached_property
    def _read(self) -> "tuple[str, str, Examples] | None":
        """The file's path from the policy's folder, its sha256, its examples; None when a problem was reported."""
        document, node = self._document, self._node
        written = document.text(node, "a file of evidence")
        if written is None:
            return None
        try:
            path = self._files.locate(written, within(node))
            content = self._files.content(path, MAX_BYTES)
            if len(content) > MAX_BYTES:
                raise Unreadable(f"has more than {MAX_BYTES // 2**20} MB", "Parquet is smaller; or judge a sample")
        except Unreadable as problem:
            report(document, node, written, problem)
            return None
        from moderation.policy.evidence.search import refuse_the_thin
        from moderation.policy.evidence.table import examples

        try:
            found = examples(content, path.name, self._columns)
            refuse_the_thin(found, self._columns.named)
        except Refused as refused:
            document.at(node, f"'{shortened(written)}' {refused.message}", refused.hint)
            return None
        name = path.relative_to(Path(document.name).parent).as_posix()
        return name, hashlib.sha256(content).hexdigest(), found
