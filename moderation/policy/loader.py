"""From the text of a policy file to a `Policy`, or to one error that lists every problem."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from yaml import MappingNode, Node, ScalarNode

from moderation.errors import PolicyError
from moderation.policy import declarations, keys, readers, tree
from moderation.policy.document import Document
from moderation.policy.files import Files, Unreadable
from moderation.policy.includes import MAX_PUBLISHED_BYTES, Includes, published, published_bytes
from moderation.policy.lists import lists
from moderation.policy.model import DEFAULT_QUEUE, RANK, Exemption, Policy, Queue, Rule
from moderation.policy.names import Scope
from moderation.policy.parser import Source, check
from moderation.policy.problems import Problem, joined, nearest, policy_error, shortened
from moderation.policy.program import Program

_LANGUAGE_VERSION = 1  # part of the hash: the same text may not mean something else under the same hash
_EVERY = "*"

MAX_RULES = 2_000


def load_policy(path: Path) -> Policy:
    """Read and compile a policy file and those it includes. Raises `PolicyError` with every problem."""
    files = Files(path.parent)
    try:
        return _loaded(Document(_read(path, files), str(path)), files)
    except PolicyError as error:
        error.files = files.stamps
        raise


def _read(path: Path, files: Files) -> str:
    try:
        return files.read(path)
    except Unreadable as problem:
        _, line, column = problem.place or (path, 0, 0)
        hint = "a path is taken from the folder you are in; --policy or MODERATION_POLICY names another file"
        found = Problem(str(path), line + 1, column + 1, problem.message, problem.hint if problem.place else hint)
        raise policy_error([found]) from None


def parse_policy(source: str, name: str = "<policy>") -> Policy:
    """Compile the text of a policy, which cannot include files. `name` stands for it in messages.

    Raises `PolicyError`.
    """
    return _loaded(Document(source, name), Files(None))


def _loaded(document: Document, files: Files) -> Policy:
    sections = Includes(document, files).sections(document.compose())
    scope = Scope()
    title = None
    if "policy" in sections:
        title = document.name_in(sections["policy"], "the name of a policy", readers.ID, readers.ID_HINT)
    description = readers.note(document, sections.get("description"), "description")
    lanes = declarations.lanes(document, sections.get("lanes"))
    queues = declarations.queues(document, sections.get("queues"))
    reasons = declarations.reasons(document, sections.get("reasons"))
    facts = declarations.facts(document, sections.get("facts"), scope)
    origins = lists(document, sections.get("lists"), scope, files)
    derived, texts = declarations.signals(document, sections.get("signals"), scope)
    rules = _Rules(document, scope, queues, reasons)
    if "rules" in sections:
        rules.read(sections["rules"])
    if document.problems or title is None:
        raise document.error()
    ordered = sorted(rules.rules, key=lambda read: (-RANK[read.rule.then], read.rule.id))
    exemptions = sorted(rules.exemptions, key=lambda read: read.rule.id)
    canonical = {
        "language": _LANGUAGE_VERSION,
        "policy": title,
        "lanes": {lane: [_seconds(own.deadline), own.while_pending, own.if_missing] for lane, own in lanes.items()},
        "queues": {queue.name: [_seconds(queue.due), queue.priority] for queue in queues.values()},
        "facts": {fact.name: [fact.type, fact.default] for fact in facts.values()},
        "signals": {name: node.canonical() for name, node in derived},
        "rules": [
            [own.id, read.node.canonical(), own.then, own.because, own.queue, own.priority]
            for read in ordered
            for own in (read.rule,)
        ],
        "exemptions": [
            [read.rule.id, read.node.canonical(), sorted(read.rule.exempt), read.rule.because] for read in exemptions
        ],
    }
    source = document.source
    if len(files.stamps) > 1:
        source = published(sections, {name: scope.lists[name] for name in origins})
    if published_bytes(source) > MAX_PUBLISHED_BYTES:
        document.add(document.name, 0, 0, f"with all it includes, a policy may have {MAX_PUBLISHED_BYTES:,} bytes")
        raise document.error()
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
    return Policy(
        name=title,
        hash=hashlib.sha256(text.encode()).hexdigest(),
        source=source,
        lanes=MappingProxyType(lanes),
        queues=MappingProxyType(queues),
        facts=MappingProxyType(facts),
        lists=MappingProxyType(scope.lists),
        signals=MappingProxyType(texts),
        reasons=MappingProxyType(reasons),
        rules=tuple(read.rule for read in ordered),
        exemptions=tuple(read.rule for read in exemptions),
        program=Program(scope.names, derived, [read.node for read in ordered] + [read.node for read in exemptions]),
        exempted_by=_exempted_by(ordered, exemptions),
        allowed_by=_allowed_by(ordered),
        description=description,
        files=MappingProxyType(files.stamps),
        list_files=MappingProxyType(origins),
    )


def _exempted_by(rules: "Sequence[_ReadRule]", exemptions: "Sequence[_ReadExemption]") -> tuple[tuple[int, ...], ...]:
    found: dict[str, list[int]] = {read.rule.id: [] for read in rules}
    for place, exemption in enumerate(exemptions, len(rules)):
        for name in exemption.rule.exempt:
            found[name].append(place)
    return tuple(map(tuple, found.values()))


def _allowed_by(rules: "Sequence[_ReadRule]") -> tuple[tuple[int, ...], ...]:
    allowing: dict[str, tuple[int, ...]] = {}
    for place, read in enumerate(rules):
        if read.rule.then == "allow":
            allowing[read.rule.because] = (*allowing.get(read.rule.because, ()), place)
    return tuple(allowing.get(read.rule.because, ()) for read in rules)


def _seconds(duration: Any) -> float | None:
    return None if duration is None else duration.total_seconds()


@dataclass(frozen=True, slots=True)
class _ReadRule:
    rule: Rule
    node: tree.Node


@dataclass(frozen=True, slots=True)
class _ReadExemption:
    rule: Exemption
    node: tree.Node


class _Rules:
    """The `rules:` section."""

    def __init__(
        self, document: Document, scope: Scope, queues: Mapping[str, Queue], reasons: Mapping[str, str]
    ) -> None:
        self.rules: list[_ReadRule] = []
        self.exemptions: list[_ReadExemption] = []
        self._document = document
        self._scope = scope
        self._queues = queues
        self._reasons = reasons
        self._ids: dict[str, Node] = {}
        self._exempting: set[str] = set()

    def read(self, node: Node) -> None:
        """Read every rule; reports problems and leaves those rules out."""
        document = self._document
        items = document.items(node, "rules")
        if not items and not document.problems:
            document.at(node, "a policy needs at least one rule")
        if len(items) > MAX_RULES:
            document.at(node, f"a policy may have {MAX_RULES:,} rules, this has {len(items):,}")
            return
        for item in items:
            if isinstance(item, MappingNode):
                self._note_id(item)
        for item in items:
            if not isinstance(item, MappingNode):
                document.at(item, "a rule must be a mapping with id, when, then and because")
            elif any(isinstance(key, ScalarNode) and key.value == "exempt" for key, _ in item.value):
                self._exemption(item)
            else:
                self._rule(item)

    def _note_id(self, item: MappingNode) -> None:
        keys = {key.value: value for key, value in item.value if isinstance(key, ScalarNode)}
        node = keys.get("id")
        if not isinstance(node, ScalarNode) or node.value == "":
            return
        if node.value in self._ids:
            first = self._document.place(self._ids[node.value], node)
            hint = f"first in {first}; ids name rules in decisions, so each needs its own"
            self._document.at(node, f"a second rule '{shortened(node.value)}'", hint)
        self._ids.setdefault(node.value, node)
        if "exempt" in keys:
            self._exempting.add(node.value)

    def _id(self, entries: Mapping[str, Node]) -> str | None:
        node = entries.get("id")
        return None if node is None else self._document.name_in(node, "the id of a rule", readers.ID, readers.ID_HINT)

    def _condition(self, entries: Mapping[str, Node]) -> tuple[str, tree.Node] | None:
        node = entries.get("when")
        text = None if node is None else self._document.text(node, "when")
        if text is None or not isinstance(node, ScalarNode):
            return None
        checked = check(Source(self._document, node, text), self._scope, "boolean")
        return (text, checked) if checked else None

    def _rule(self, item: MappingNode) -> None:
        document = self._document
        entries = document.fields(item, keys.RULE, elsewhere=("exempt",))
        own_id, condition = self._id(entries), self._condition(entries)
        then = declarations.action(document, entries["then"], "action") if "then" in entries else None
        because = declarations.because(document, entries["because"], self._reasons) if "because" in entries else None
        queue = DEFAULT_QUEUE
        if "queue" in entries:
            queue = document.choice(entries["queue"], "queue", self._queues) or queue
        priority = readers.weight(document, entries["priority"], "priority") if "priority" in entries else 1.0
        note = readers.note(document, entries.get("note"), "note")
        if own_id is not None and condition is not None and then is not None and because is not None:
            self.rules.append(_ReadRule(Rule(own_id, condition[0], then, because, queue, priority, note), condition[1]))

    def _exemption(self, item: MappingNode) -> None:
        document = self._document
        entries = document.fields(item, keys.EXEMPTION)
        own_id, condition = self._id(entries), self._condition(entries)
        because = declarations.because(document, entries["because"], self._reasons) if "because" in entries else None
        note = readers.note(document, entries.get("note"), "note")
        exempted = self._exempted(entries["exempt"]) if "exempt" in entries else ()
        if own_id is not None and condition is not None:
            self.exemptions.append(
                _ReadExemption(Exemption(own_id, condition[0], exempted, because, note), condition[1])
            )

    def _exempted(self, node: Node) -> tuple[str, ...]:
        ordinary = [name for name in self._ids if name not in self._exempting]
        items = [node] if isinstance(node, ScalarNode) else self._document.items(node, "exempt")
        if not items:
            self._document.at(node, "exempt names no rule", "list ids of rules, or '*' for all")
        found: dict[str, None] = {}
        for item in items:
            text = self._document.text(item, "exempt")
            if text == _EVERY:
                found.update(dict.fromkeys(ordinary))
            elif text in ordinary:
                found[text] = None
            elif text in self._exempting:
                self._document.at(
                    item, f"'{text}' is an exempt rule itself", "exempt rules take out ordinary rules only"
                )
            elif text is not None:
                hint = joined(nearest(text, ordinary), "list ids of rules, or '*' for all")
                self._document.at(item, f"unknown rule '{shortened(text)}'", hint)
        return tuple(found)
