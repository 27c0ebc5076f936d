"""The `rules:` section: rules, their variants, and exemptions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from moderation.policy import declarations, keys, readers, tree
from moderation.policy.document import Document
from moderation.policy.model import Exemption, Queue, Rule
from moderation.policy.names import Scope
from moderation.policy.parser import Source, check
from moderation.policy.problems import joined, nearest, shortened
from moderation.policy.variants import Condition, Variant, every, opposite

_EVERY = "*"

MAX_RULES = 2_000


@dataclass(frozen=True, slots=True)
class ReadRule:
    """A rule and its condition, checked."""

    rule: Rule
    node: tree.Node


@dataclass(frozen=True, slots=True)
class ReadExemption:
    """An exemption and its condition, checked."""

    rule: Exemption
    node: tree.Node


class Rules:
    """The `rules:` section."""

    def __init__(
        self, document: Document, scope: Scope, queues: Mapping[str, Queue], reasons: Mapping[str, str]
    ) -> None:
        self.rules: list[ReadRule] = []
        self.exemptions: list[ReadExemption] = []
        self._document = document
        self._scope = scope
        self._queues = queues
        self._reasons = reasons
        self._ids: dict[str, Node] = {}
        self._exempting: set[str] = set()
        self._variant_ids: dict[str, list[str]] = {}

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
        if len(self.rules) > MAX_RULES:
            document.at(node, f"with variants, a policy may have {MAX_RULES:,} rules, this has {len(self.rules):,}")

    @property
    def named(self) -> dict[str, tuple[str, ...]]:
        """What the id of a rule, or of one of its variants, means: a rule means its variants, too. No exemptions."""
        whole = {name: (name, *self._variant_ids.get(name, ())) for name in self._ids if name not in self._exempting}
        return whole | {variant: (variant,) for ids in whole.values() for variant in ids[1:]}

    def _note_id(self, item: MappingNode) -> None:
        parts = {key.value: value for key, value in item.value if isinstance(key, ScalarNode)}
        node = parts.get("id")
        if not isinstance(node, ScalarNode) or node.value == "":
            return
        if node.value in self._ids:
            first = self._document.place(self._ids[node.value], node)
            hint = f"first in {first}; ids name rules in decisions, so each needs its own"
            self._document.at(node, f"a second rule '{shortened(node.value)}'", hint)
        self._ids.setdefault(node.value, node)
        if "exempt" in parts:
            self._exempting.add(node.value)
        self._note_variants(node.value, parts.get("variants"))

    def _note_variants(self, rule: str, node: Node | None) -> None:
        ids = self._variant_ids.setdefault(rule, [])
        for item in node.value if isinstance(node, SequenceNode) else ():
            for key, value in item.value if isinstance(item, MappingNode) else ():
                if isinstance(value, ScalarNode) and key.value == "name":
                    if f"{rule}/{value.value}" in ids:
                        self._document.at(
                            value, f"a second variant '{shortened(value.value)}'", "each needs its own name"
                        )
                    ids.append(f"{rule}/{value.value}")

    def _id(self, entries: Mapping[str, Node]) -> str | None:
        node = entries.get("id")
        return None if node is None else self._document.name_in(node, "the id of a rule", readers.ID, readers.ID_HINT)

    def _condition(self, entries: Mapping[str, Node], key: str = "when") -> Condition | None:
        node = entries.get(key)
        text = None if node is None else self._document.text(node, key)
        if text is None or not isinstance(node, ScalarNode):
            return None
        checked = check(Source(self._document, node, text), self._scope, "boolean")
        return Condition(text, checked) if checked else None

    def _rule(self, item: MappingNode) -> None:
        entries = self._document.fields(item, keys.RULE, elsewhere=("exempt",))
        own_id, condition, effect = self._id(entries), self._condition(entries), self._effect(entries)
        variants = self._variants(entries.get("variants"))
        if own_id is None or condition is None or not {"then", "because"} <= effect.keys():
            return
        earlier: list[Condition] = []
        for variant in variants:
            whole = every([*earlier, variant.place, variant.when or condition])
            rule = Rule(f"{own_id}/{variant.name}", whole.text, **effect | variant.effect, variant_of=own_id)
            self.rules.append(ReadRule(rule, whole.node))
            earlier.append(opposite(variant.place))
        whole = every([*earlier, condition])
        self.rules.append(ReadRule(Rule(own_id, whole.text, **effect), whole.node))

    def _effect(self, entries: Mapping[str, Node]) -> dict[str, Any]:
        """What a rule does and why, as far as it says so."""
        document = self._document
        found = {
            "then": declarations.action(document, entries["then"], "action") if "then" in entries else None,
            "because": declarations.because(document, entries["because"], self._reasons)
            if "because" in entries
            else None,
            "queue": document.choice(entries["queue"], "queue", self._queues) if "queue" in entries else None,
            "priority": readers.weight(document, entries["priority"], "priority") if "priority" in entries else None,
            "note": readers.note(document, entries.get("note"), "note"),
        }
        return {key: value for key, value in found.items() if value is not None}

    def _variants(self, node: Node | None) -> list[Variant]:
        document = self._document
        found = []
        for item in document.items(node, "variants") if node else ():
            entries = document.fields(item, keys.VARIANT)
            name = (
                document.name_in(entries["name"], "the name of a variant", readers.ID, readers.ID_HINT)
                if "name" in entries
                else None
            )
            place, when = self._condition(entries, "for"), self._condition(entries)
            effect = self._effect(entries)
            if isinstance(item, MappingNode) and not entries.keys() - {"name", "for", "note"}:
                document.at(item, "a variant that changes nothing", "give it a when, then, because, queue or priority")
            if name is not None and place is not None:
                found.append(Variant(name, place, when, effect))
        return found

    def _exemption(self, item: MappingNode) -> None:
        document = self._document
        entries = document.fields(item, keys.EXEMPTION)
        own_id, condition = self._id(entries), self._condition(entries)
        because = declarations.because(document, entries["because"], self._reasons) if "because" in entries else None
        note = readers.note(document, entries.get("note"), "note")
        exempted = self._exempted(entries["exempt"]) if "exempt" in entries else ()
        if own_id is not None and condition is not None:
            self.exemptions.append(
                ReadExemption(Exemption(own_id, condition.text, exempted, because, note), condition.node)
            )

    def _exempted(self, node: Node) -> tuple[str, ...]:
        named = self.named
        items = [node] if isinstance(node, ScalarNode) else self._document.items(node, "exempt")
        if not items:
            self._document.at(node, "exempt names no rule", "list ids of rules, or '*' for all")
        found: dict[str, None] = {}
        for item in items:
            text = self._document.text(item, "exempt")
            if text == _EVERY:
                found.update(dict.fromkeys(name for ids in named.values() for name in ids))
            elif text is not None and text in named:
                found.update(dict.fromkeys(named[text]))
            elif text in self._exempting:
                self._document.at(
                    item, f"'{text}' is an exempt rule itself", "exempt rules take out ordinary rules only"
                )
            elif text is not None:
                hint = joined(nearest(text, named), "list ids of rules, or '*' for all")
                self._document.at(item, f"unknown rule '{shortened(text)}'", hint)
        return tuple(found)
