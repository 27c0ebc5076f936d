"""A whole policy compiled: reads names off a record and finds which conditions hold, and which cannot be decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from moderation.events import Scalar, Scored
from moderation.policy import tree
from moderation.policy.compiler import Bounds, Compiler, Exact, Values
from moderation.policy.functions import TEXT_FUNCTIONS
from moderation.policy.names import Name, hidden_by, is_partial, part
from moderation.policy.reading import accepted, reader
from moderation.policy.threevalued import Interval, Undefined
from moderation.policy.wording import Finder


@dataclass(frozen=True, slots=True)
class Findings:
    """What one record made of a policy. `fired` and `undetermined` are indexes of conditions, ascending.

    `values` are by place, None where unknown; `bounds` says what is known of those, and is None when all are.
    `unknown` and `pending` are sets of places, as bits.
    """

    values: Values
    bounds: Values | None
    unknown: int
    pending: int
    fired: list[int]
    undetermined: list[int]


_NOTHING: Mapping[int, Interval] = MappingProxyType({})


class Program:
    """The compiled conditions of a policy over the names they use.

    `derived` are in an order in which each uses only earlier ones. Immutable once made, and safe to share.
    """

    def __init__(
        self, names: Mapping[str, Name], derived: Sequence[tuple[str, tree.Node]], conditions: Sequence[tree.Node]
    ) -> None:
        self.conditions: tuple[tree.Node, ...] = tuple(conditions)
        """The checked trees, for those who read a policy: the rules', then the exemptions'."""
        self.derived: Mapping[str, tree.Node] = MappingProxyType(dict(derived))
        """The trees of derived signals."""
        own = self.derived
        used = {name for node in [*own.values(), *conditions] for name in node.names()}
        bases = sorted(used - own.keys())
        self.names: tuple[Name, ...] = tuple(names[name] for name in [*bases, *own])
        places = {name.name: place for place, name in enumerate(self.names)}
        compiler = Compiler(places)
        self._bases = len(bases)
        self._derive: tuple[tuple[Exact, Bounds, int], ...] = tuple(
            (compiler.exact(node), compiler.bounds(node), compiler.mask(node)) for _, node in derived
        )
        self._basis = self._bases_of_derived(places, derived)
        self.looks_at: tuple[tuple[int, ...], ...] = tuple(self._looks_at(compiler.mask(node)) for node in conditions)
        """Per condition, the places of the names it looks at, also through derived signals."""
        self.bits: tuple[int, ...] = tuple(sum(1 << place for place in places) for places in self.looks_at)
        """The same as bits."""
        self._all_known = compiler.all_known(conditions)
        self._partly_known = compiler.partly_known(conditions, [compiler.bounds(node) for node in conditions])
        finders = _finders([*own.values(), *conditions])
        given = self.names[: self._bases]
        self.matches = tuple((place, finders[name.name]) for place, name in enumerate(given) if name.name in finders)
        """The places that are found in the text of a post, and what finds them."""
        self._read = reader(given, dict(self.matches))
        self.remembers: tuple[str, ...] = tuple(name.name for name in given if name.kind == "state")
        """The names whose values are kept from earlier posts."""
        self._partial = tuple((place, name, hidden_by(name)) for place, name in enumerate(given) if is_partial(name))

    def _bases_of_derived(self, places: Mapping[str, int], derived: Sequence[tuple[str, tree.Node]]) -> dict[int, int]:
        """Per derived place, all places it rests on, also through other derived signals, as bits."""
        basis: dict[int, int] = {}
        for (name, _), (_, _, mask) in zip(derived, self._derive, strict=True):
            for place, rests_on in basis.items():
                if mask >> place & 1:
                    mask |= rests_on
            basis[places[name]] = mask
        return basis

    def _looks_at(self, mask: int) -> tuple[int, ...]:
        for place, rests_on in self._basis.items():
            if mask >> place & 1:
                mask |= rests_on
        return tuple(place for place in range(len(self.names)) if mask >> place & 1)

    def is_base(self, place: int) -> bool:
        """Whether the name at a place is given by the record, rather than derived."""
        return place < self._bases

    def run(self, record: Scored, state: Mapping[str, Scalar] = MappingProxyType({})) -> Findings:
        """Evaluate every condition. Never raises for what a record contains. `state` is what is remembered, by name."""
        values, unknown, pending = self._read(record, state)
        if not unknown:
            return self.find(values, 0, 0)
        return self.find(values, unknown, pending, self._parts(record))

    def _parts(self, record: Scored) -> Mapping[int, Interval]:
        """By place, what can be said of numbers that a lane found before it failed, or where not all could be read."""
        failed, scored, attributes = record.lanes_in("failed"), record.lanes_in("scored"), record.attributes
        parts = {}
        for place, name, hidden in self._partial:
            if name.lane in failed or (hidden is not None and name.lane in scored and attributes.get(hidden) is True):
                values: Mapping[str, Any] = record.signals if name.kind == "signal" else attributes
                if isinstance(value := accepted(values.get(name.name), name), float):
                    parts[place] = part(name, value)
        return parts

    def find(self, values: Values, unknown: int, pending: int, parts: Mapping[int, Interval] = _NOTHING) -> Findings:
        """The same from the values of the base names, by place, which are taken over: None where unknown.

        `unknown` are the places of those, as bits; `pending` the places that a pending lane may still fill; `parts` are
        the bounds of unknown numbers of which a part is known, by place.
        """
        if not unknown:
            try:
                for exact, _, _ in self._derive:
                    values.append(exact(values))
                return Findings(values, None, 0, 0, self._all_known(values), [])
            except Undefined:
                del values[self._bases :]
        return self._run_partly_known(values, unknown, pending, parts)

    def _run_partly_known(self, values: Values, unknown: int, pending: int, parts: Mapping[int, Interval]) -> Findings:
        bounds: Values = [_bounds(value, name) for value, name in zip(values, self.names, strict=False)]
        for place, (low, high) in parts.items():
            if not unknown >> place & 1:
                continue
            bounds[place] = (low, high)
            if low == high:  # there is no more
                values[place] = low
                unknown &= ~(1 << place)
        for place, (_, derive, _) in enumerate(self._derive, self._bases):
            known = derive(bounds, unknown, pending)
            bounds.append(known)
            value = known if self.names[place].type != "number" else known[0] if known[0] == known[1] else None
            values.append(value)
            if value is None:
                unknown |= 1 << place
                if self._basis[place] & pending:
                    pending |= 1 << place
        fired, undetermined = self._partly_known(values, unknown, bounds, pending)
        return Findings(values, bounds, unknown, pending, fired, undetermined)


def _finders(nodes: Sequence[tree.Node]) -> dict[str, Finder]:
    """By name, what looks through the text for it."""
    matches = {node.name: node for root in nodes for node in root.walk() if isinstance(node, tree.Match)}
    return {name: TEXT_FUNCTIONS[match.function].finder(match.terms) for name, match in matches.items()}


def _bounds(value: Any, name: Name) -> Interval | str | bool | None:
    if name.type == "number":
        return name.bounds if value is None else (value, value)
    return value  # type: ignore[no-any-return]
