"""What a policy file declares besides rules and lists: lanes, queues, reasons, facts and derived signals."""

import graphlib
from collections.abc import Mapping
from typing import cast, get_args

from yaml import MappingNode, Node, ScalarNode

from moderation.events import LANES, SEVERITY, Action, LaneName
from moderation.policy import keys, tree
from moderation.policy.document import Document
from moderation.policy.functions import Type
from moderation.policy.model import DEFAULT_QUEUE, LANE_DEFAULTS, LaneRules, Queue
from moderation.policy.names import Name, Scope
from moderation.policy.parser import Source, check
from moderation.policy.problems import nearest, shortened
from moderation.policy.readers import ID, ID_HINT, NAME, NAME_HINT, boolean, duration, note, number, weight
from moderation.taxonomy import Category

_MAX_DERIVED = 500
_MAX_CIRCLES = 10  # each costs a search of the whole; the author sees the others when these are gone


def action(document: Document, node: Node, what: str) -> Action | None:
    """One of the actions. Reports what is none."""
    return cast(Action | None, document.choice(node, what, SEVERITY))


def lanes(document: Document, node: Node | None) -> dict[LaneName, LaneRules]:
    """Every lane: as declared, or its default."""
    found = dict(LANE_DEFAULTS)
    for key, value in document.entries(node, "lanes") if node else ():
        lane = cast(LaneName | None, document.choice(key, "lane", LANES))
        entries = document.fields(value, keys.LANE)
        default = LANE_DEFAULTS[lane or "text"]
        deadline = duration(document, entries["deadline"], "deadline") if "deadline" in entries else default.deadline
        pending = action(document, entries["while_pending"], "action") if "while_pending" in entries else None
        missing = action(document, entries["if_missing"], "action") if "if_missing" in entries else None
        if lane is not None:
            found[lane] = LaneRules(deadline, pending or default.while_pending, missing or default.if_missing)
    return found


def queues(document: Document, node: Node | None) -> dict[str, Queue]:
    """Queues by name; `default` is always there."""
    found = {DEFAULT_QUEUE: Queue(DEFAULT_QUEUE)}
    for key, value in document.entries(node, "queues") if node else ():
        name = document.name_in(key, "the name of a queue", ID, ID_HINT)
        entries = document.fields(value, keys.QUEUE)
        due = duration(document, entries["due"], "due") if "due" in entries else Queue("").due
        priority = weight(document, entries["priority"], "priority") if "priority" in entries else 1.0
        description = note(document, entries.get("description"), "description")
        if name is not None:
            found[name] = Queue(name, due, priority, description)
    return found


def reasons(document: Document, node: Node | None) -> dict[str, str]:
    """Reasons of this policy's own, beside the categories, with their meaning."""
    found: dict[str, str] = {}
    for key, value in document.entries(node, "reasons") if node else ():
        name = document.name_in(key, "a reason", NAME, NAME_HINT)
        meaning = document.text(value, "the meaning of a reason")
        if name in tuple(Category):
            document.at(key, f"'{name}' is a category already", "remove it here; rules may use it at once")
        elif name is not None:
            found[name] = meaning or ""
    return found


def facts(document: Document, node: Node | None, scope: Scope) -> dict[str, Name]:
    """Declared facts by their own name; adds `facts.NAME` to the scope."""
    found: dict[str, Name] = {}
    for key, value in document.entries(node, "facts") if node else ():
        name = document.name_in(key, "the name of a fact", NAME, NAME_HINT)
        entries: dict[str, Node] = {"type": value} if isinstance(value, ScalarNode) else {}
        if isinstance(value, MappingNode):
            entries = document.fields(value, keys.FACT)
        elif not entries:
            document.at(value, "a fact needs a type", "such as 'account_age_days: number'")
        kind = (
            cast(Type | None, document.choice(entries["type"], "type", get_args(Type))) if "type" in entries else None
        )
        if name is None:
            continue
        if kind is None:
            scope.broken.add(f"facts.{name}")
            continue
        default: float | str | bool | None = None
        if "default" in entries:
            read = {"number": number, "string": Document.text, "boolean": boolean}[kind]
            default = read(document, entries["default"], "default")
        note(document, entries.get("description"), "description")
        found[name] = scope.names[f"facts.{name}"] = Name(f"facts.{name}", "fact", kind, default=default)
    return found


def signals(document: Document, node: Node | None, scope: Scope) -> tuple[list[tuple[str, tree.Node]], dict[str, str]]:
    """Derived signals in an order in which each uses earlier ones only, and their texts; adds them to the scope."""
    sources: dict[str, tuple[ScalarNode, Source]] = {}
    texts: dict[str, str] = {}
    for key, value in document.entries(node, "signals") if node else ():
        name = own_name(document, key, scope, "a derived signal", sources)
        text = document.text(value, "a derived signal")
        if name is None:
            continue
        scope.broken.add(name)  # until it is found to be right
        if text is not None and isinstance(value, ScalarNode):
            sources[name] = (key, Source(document, value, text))
            texts[name] = text
    if len(sources) > _MAX_DERIVED and node is not None:
        document.at(node, f"a policy may have {_MAX_DERIVED} derived signals")
    checked: list[tuple[str, tree.Node]] = []
    for name in _ordered(document, sources):
        found = check(sources[name][1], scope, None)
        if found is not None:
            scope.broken.discard(name)
            scope.names[name] = Name(name, "derived", found.type, *found.bounds)
            checked.append((name, found))
    return checked, texts


def _ordered(document: Document, sources: Mapping[str, tuple[ScalarNode, Source]]) -> list[str]:
    """Names so that each comes after those it uses; reports circles and leaves them out."""
    uses = {name: source.names() & sources.keys() for name, (_, source) in sources.items()}
    for _ in range(_MAX_CIRCLES):
        try:
            return list(
                graphlib.TopologicalSorter({name: sorted(used) for name, used in sorted(uses.items())}).static_order()
            )
        except graphlib.CycleError as error:
            circle: list[str] = error.args[1]
            way = " uses ".join(f"'{name}'" for name in circle[:10])
            document.at(
                sources[circle[0]][0], f"derived signals in a circle: {way}", "none of them can be computed first"
            )
            for name in circle:
                uses.pop(name, None)
            uses = {name: used - set(circle) for name, used in uses.items()}
    return []


def own_name(
    document: Document, key: ScalarNode, scope: Scope, what: str, taken: Mapping[str, object] | None = None
) -> str | None:
    """The name that the author gives to a list or a derived signal. Reports one that cannot be had."""
    name = document.name_in(key, f"the name of {what}", NAME, NAME_HINT)
    if name is None:
        return None
    if scope.reserved(name):
        document.at(key, f"'{name}' is a word of the language and cannot name {what}")
        return None
    if name in scope.lists or name in (taken or ()):
        document.at(key, f"'{shortened(name)}' names a list already", "choose another name")
        return None
    return name


def because(document: Document, node: Node, own: Mapping[str, str]) -> str | None:
    """A category or a reason the policy declares. Reports what is neither."""
    text = document.text(node, "because")
    if text is None or text in own or text in tuple(Category):
        return text
    close = nearest(text, [*Category, *own])
    known = f"categories: {', '.join(Category)}"
    hint = "  ".join(part for part in (close, known, "or declare it under reasons:") if part)
    document.at(node, f"unknown reason '{shortened(text)}'", hint)
    return None
