"""From the text of a policy file to a `Policy`, or to one error that lists every problem."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from yaml import MappingNode, Node, ScalarNode

from moderation.errors import PolicyError
from moderation.policy import audit, breakers, declarations, readers
from moderation.policy.document import Document
from moderation.policy.evidence.resolved import node_of
from moderation.policy.evidence.section import evidence
from moderation.policy.files import Files, Unreadable
from moderation.policy.includes import MAX_PUBLISHED_BYTES, Includes, published, published_bytes
from moderation.policy.lists import lists
from moderation.policy.model import RANK, Policy
from moderation.policy.names import Scope
from moderation.policy.problems import Problem, policy_error
from moderation.policy.program import Program
from moderation.policy.rules import ReadExemption, ReadRule, Rules
from moderation.policy.strikes import canonical as canonical_strikes
from moderation.policy.strikes import strikes
from moderation.policy.thresholds import Thresholds

_LANGUAGE_VERSION = 1  # part of the hash: the same text may not mean something else under the same hash


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
        hint = f"looked for {path.absolute()}; name another file, or set MODERATION_POLICY"
        found = Problem(str(path), line + 1, column + 1, problem.message, problem.hint if problem.place else hint)
        raise policy_error([found]) from None


def parse_policy(source: str, name: str = "<policy>") -> Policy:
    """Compile the text of a policy, which cannot include files. `name` stands for it in messages.

    Raises `PolicyError`.
    """
    return _loaded(Document(source, name), Files(None))


def _loaded(document: Document, files: Files) -> Policy:
    root = document.compose()
    _refuse_tests(document, root)
    sections = Includes(document, files).sections(root)
    scope = Scope()
    title = None
    if "policy" in sections:
        title = document.name_in(sections["policy"], "the name of a policy", readers.ID, readers.ID_HINT)
    description = readers.note(document, sections.get("description"), "description")
    lanes = declarations.lanes(document, sections.get("lanes"))
    queues = declarations.queues(document, sections.get("queues"))
    reasons = scope.reasons = declarations.reasons(document, sections.get("reasons"))
    given = strikes(document, sections.get("strikes"), reasons)
    facts = declarations.facts(document, sections.get("facts"), scope)
    origins = lists(document, sections.get("lists"), scope, files)
    thresholds = Thresholds(document, scope)
    thresholds.read(sections.get("thresholds"))
    evidence(document, sections.get("evidence"), scope, files)
    derived, texts = declarations.signals(document, sections.get("signals"), scope)
    thresholds.check()
    rules = Rules(document, scope, queues, reasons)
    if "rules" in sections:
        rules.read(sections["rules"])
    quotas = breakers.read(document, sections.get("breakers"), rules)
    audited = audit.read(document, sections.get("audit"), queues)
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
    if given:
        canonical["strikes"] = canonical_strikes(given)
    if quotas:  # a policy without breakers keeps the hash that it had before there were any
        canonical["breakers"] = {own.id: breakers.canonical(own) for own in quotas.values()}
    if audited is not None:
        canonical["audit"] = [audited.share, audited.queue]
    source = document.source
    if len(files.stamps) > 1:
        terms = {name: scope.lists[name] for name in origins}
        source = published(sections, terms, node_of(scope.resolved.values()) if scope.resolved else None)
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
        thresholds=MappingProxyType(scope.thresholds),
        strikes=MappingProxyType(given),
        list_files=MappingProxyType(origins),
        breakers=MappingProxyType(quotas),
        guards=breakers.guards(quotas, [read.rule for read in ordered], lanes),
        resolved=tuple(scope.resolved.values()),
        audit=audited,
    )


def _refuse_tests(document: Document, root: Node) -> None:
    keys = [key for key, _ in root.value if isinstance(key, ScalarNode)] if isinstance(root, MappingNode) else []
    found = {key.value: key for key in keys}
    if "tests" in found and "rules" not in found:
        hint = f"run them: moderation policy test {document.name}"
        document.at(found["tests"], "this is a file of tests, not a policy", hint)
        raise document.error()


def _exempted_by(rules: Sequence[ReadRule], exemptions: Sequence[ReadExemption]) -> tuple[tuple[int, ...], ...]:
    found: dict[str, list[int]] = {read.rule.id: [] for read in rules}
    for place, exemption in enumerate(exemptions, len(rules)):
        for name in exemption.rule.exempt:
            found[name].append(place)
    return tuple(map(tuple, found.values()))


def _allowed_by(rules: Sequence[ReadRule]) -> tuple[tuple[int, ...], ...]:
    allowing: dict[str, tuple[int, ...]] = {}
    for place, read in enumerate(rules):
        if read.rule.then == "allow":
            allowing[read.rule.because] = (*allowing.get(read.rule.because, ()), place)
    return tuple(allowing.get(read.rule.because, ()) for read in rules)


def _seconds(duration: Any) -> float | None:
    return None if duration is None else duration.total_seconds()
