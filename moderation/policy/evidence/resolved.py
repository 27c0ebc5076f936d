"""A threshold that was resolved, with what it rests on: it stands in the built policy, and is told to people."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from moderation.policy import keys
from moderation.policy.document import Document
from moderation.policy.evidence.refused import percent
from moderation.policy.readers import boolean, number

_CORE = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Resolved:
    """From `threshold` on, `signal` is right in at least `precision` of the cases, shown with `confidence`.

    Of `examples` in the file, `positives` of them right, `above` lie at or above the threshold, `right` of these right.
    `observed` is their precision, `at_least` the bound of it, `recall` the share of what is right that is found;
    weighted where the examples are, as for the `prevalence` that the author gives. `file` is the path from the policy's
    folder, `models` those that scored it.
    """

    signal: str
    precision: float
    threshold: float
    confidence: float
    examples: int
    positives: int
    above: int
    right: int
    observed: float
    at_least: float
    recall: float
    weighted: bool
    file: str
    sha256: str
    models: tuple[str, ...] = ()
    prevalence: float | None = None

    def __str__(self) -> str:
        models = f", scored by {', '.join(self.models)}" if self.models else ""
        weighted = " weighted" if self.weighted else ""
        common = f", taken as {percent(self.prevalence)} of all posts" if self.prevalence is not None else ""
        return (
            f"precision({self.signal}) >= {self.precision:g}: {self.signal} from {self.threshold:g} on; right in "
            f"{self.right:,} of {self.above:,} (at least {percent(self.at_least, down=True)} with "
            f"{percent(self.confidence)} confidence), finds {percent(self.recall)}; "
            f"{self.examples:,}{weighted} examples of {self.file}{models}{common}"
        )

    def in_words(self) -> str:
        """A line for those who ask what a rule does."""
        return (
            f"from {self.threshold:g} on it is right at least {percent(self.precision)} of the time: on the posts of "
            f"{self.file} in {self.right:,} of {self.above:,}, which shows {percent(self.at_least, down=True)} with "
            f"{percent(self.confidence)} confidence; it finds {percent(self.recall)} of what it looks for"
        )


def node_of(found: Iterable[Resolved]) -> MappingNode:
    """An `evidence:` section that has the thresholds in it and needs no file."""
    by_signal: dict[str, list[Node]] = {}
    for own in found:
        values = {name: getattr(own, name) for name in keys.RESOLVED.meanings if getattr(own, name) is not None}
        by_signal.setdefault(own.signal, []).append(_mapping({name: _node(value) for name, value in values.items()}))
    return _mapping(
        {signal: _mapping({"resolved": _sequence(nodes)}, False) for signal, nodes in by_signal.items()}, False
    )


def read(document: Document, signal: str, node: Node) -> Resolved | None:
    """One entry of `resolved`. Reports what is missing, and what cannot be."""
    entries = document.fields(node, keys.RESOLVED)
    whole = {name: _whole(document, entries[name], name) for name in _COUNTS if name in entries}
    shares = {name: _share(document, entries[name], name) for name in _SHARES if name in entries}
    texts: dict[str, str | None] = {name: document.text(entries[name], name) for name in _TEXTS if name in entries}
    weighted = boolean(document, entries["weighted"], "weighted") if "weighted" in entries else None
    models = (
        [document.text(item, "a model") for item in document.items(entries["models"], "models")]
        if "models" in entries
        else []
    )
    values: dict[str, Any] = {**whole, **shares, **texts, "weighted": weighted}
    if values.keys() < set(keys.RESOLVED.required) or None in (*values.values(), *models):
        return None
    found = Resolved(signal=signal, models=tuple(filter(None, models)), **values)
    if not (found.right <= found.above <= found.examples and found.precision <= found.at_least + 1e-6):
        document.at(node, "numbers that cannot be of one threshold", "leave this to `from`, which names a file")
        return None
    return found


_COUNTS = ("examples", "positives", "above", "right")
_TEXTS = ("file", "sha256")
_SHARES = ("precision", "threshold", "confidence", "observed", "at_least", "recall", "prevalence")


def _whole(document: Document, node: Node, what: str) -> int | None:
    found = number(document, node, what)
    if found is None or found == int(found) >= 0:
        return None if found is None else int(found)
    document.at(node, f"'{what}' is a count")
    return None


def _share(document: Document, node: Node, what: str) -> float | None:
    found = number(document, node, what)
    if found is None or 0.0 <= found <= 1.0:
        return found
    document.at(node, f"'{what}' lies between 0 and 1")
    return None


def _node(value: object) -> Node:
    if isinstance(value, tuple):
        return _sequence([_node(item) for item in value], True)
    if isinstance(value, bool):
        return ScalarNode(f"{_CORE}bool", str(value).lower())
    if isinstance(value, int):
        return ScalarNode(f"{_CORE}int", str(value))
    if isinstance(value, float):
        return ScalarNode(f"{_CORE}float", f"{value:.6f}".rstrip("0") + ("0" if value == int(value) else ""))
    return ScalarNode(f"{_CORE}str", str(value))


def _mapping(values: dict[str, Node], flow: bool = True) -> MappingNode:
    pairs = [(ScalarNode(f"{_CORE}str", name), value) for name, value in values.items()]
    return MappingNode(f"{_CORE}map", pairs, flow_style=flow)


def _sequence(values: list[Node], flow: bool = False) -> SequenceNode:
    return SequenceNode(f"{_CORE}seq", values, flow_style=flow)
