"""What a file of YAML is made of, as far as its style depends on it: the order of keys, and where conditions stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yaml import MappingNode, Node, ScalarNode

from moderation.policy import keys
from moderation.policy.testing.suite import Case, Expected, SuiteFile


@dataclass(frozen=True, slots=True)
class Shape:
    """A part of a file: the order of its keys (none: the author's), its parts by key, or one for all."""

    order: tuple[str, ...] = ()
    parts: Mapping[str, "Shape"] = field(default_factory=dict)
    every: "Shape | None" = None
    condition: bool = False

    def of(self, key: str) -> "Shape":
        """The shape of the value of a key."""
        return self.parts.get(key) or self.every or ANY

    def item(self, node: Node) -> "Shape":
        """The shape of an item of a list. A rule with `exempt` is another kind of rule."""
        found = self.every or ANY
        return _EXEMPTION if found is _RULE and "exempt" in names(node) else found

    def rank(self, key: str) -> int:
        """The place of a key among its siblings; keys that are not known come last."""
        return self.order.index(key) if key in self.order else len(self.order)


def names(node: Node) -> set[str]:
    """The keys of a mapping; none of anything else."""
    pairs = node.value if isinstance(node, MappingNode) else []
    return {str(key.value) for key, _ in pairs if isinstance(key, ScalarNode)}


ANY = Shape()

_CONDITION = Shape(condition=True)


def _mapping(declared: keys.Keys, **parts: Shape) -> Shape:
    return Shape(tuple(declared.meanings), parts)


_VARIANT = _mapping(keys.VARIANT, when=_CONDITION, **{"for": _CONDITION})
_RULE = _mapping(keys.RULE, when=_CONDITION, variants=Shape(every=_VARIANT))
_EXEMPTION = _mapping(keys.EXEMPTION, when=_CONDITION)

_POLICY = _mapping(
    keys.SECTIONS,
    lanes=Shape(every=_mapping(keys.LANE)),
    queues=Shape(every=_mapping(keys.QUEUE)),
    facts=Shape(every=_mapping(keys.FACT)),
    lists=Shape(every=_mapping(keys.LIST)),
    signals=Shape(every=_CONDITION),
    thresholds=Shape(every=_mapping(keys.LEVELS)),
    breakers=Shape(every=_mapping(keys.BREAKER, share=_mapping(keys.SHARE))),
    audit=_mapping(keys.AUDIT),
    evidence=Shape(every=_mapping(keys.EVIDENCE)),
    strikes=Shape(every=_mapping(keys.STRIKE)),
    rules=Shape(every=_RULE),
)

_CASE = Shape(tuple(Case.model_fields), {"expect": Shape(tuple(Expected.model_fields))})
_TESTS = Shape(tuple(SuiteFile.model_fields), {"tests": Shape(every=_CASE)})


def shape_of(root: Node) -> Shape:
    """The shape of a whole file: tests, or a policy or a part of one."""
    return _TESTS if "tests" in names(root) and "rules" not in names(root) else _POLICY
