"""A whole policy compiled: reads names off a record and finds which conditions hold, and which cannot be decided."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from moderation.events import LaneName, Scalar, Scored
from moderation.policy import tree
from moderation.policy.compiler import Bounds, Compiler, Exact, Values
from moderation.policy.functions import TEXT_FUNCTIONS
from moderation.policy.names import POST_VALUES, Name
from moderation.policy.threevalued import Interval, Undefined
from moderation.policy.wording import Finder, Wording


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


_NOTHING: Mapping[int, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Place:
    index: int
    bit: int
    name: Name


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
        posts = self._places("post")
        self._post = [(place, POST_VALUES[place.name.name]) for place in posts if place.name.name in POST_VALUES]
        self.matches = tuple((place.index, finders[place.name.name]) for place in posts if place.name.name in finders)
        """The places that are found in the text of a post, and what finds them."""
        self._facts = self._places("fact")
        self._state = self._places("state")
        self.remembers: tuple[str, ...] = tuple(place.name.name for place in self._state)
        """The names whose values are kept from earlier posts."""
        self._lanes: tuple[tuple[LaneName, tuple[_Place, ...], tuple[_Place, ...]], ...] = tuple(
            (lane, self._places("signal", lane), self._places("attribute", lane))
            for lane in dict.fromkeys(name.lane for name in self.names)
            if lane is not None
        )

    def _places(self, kind: str, lane: LaneName | None = None) -> tuple[_Place, ...]:
        return tuple(
            _Place(index, 1 << index, name)
            for index, name in enumerate(self.names)
            if name.kind == kind and name.lane == lane
        )

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
        return self.find(*self._read(record, state), self.least(record.lanes_in("failed"), record.signals))

    def least(self, failed: Collection[LaneName], signals: Mapping[str, Any]) -> Mapping[int, float]:
        """Place to score, of what a lane that has failed had found: there is at least so much of it."""
        if not failed:
            return _NOTHING
        found = {
            place.index: accepted(signals.get(place.name.name), place.name)
            for lane, scores, _ in self._lanes
            if lane in failed
            for place in scores
        }
        return {place: value for place, value in found.items() if isinstance(value, float)}

    def find(self, values: Values, unknown: int, pending: int, least: Mapping[int, float] = _NOTHING) -> Findings:
        """The same from the values of the base names, by place, which are taken over: None where unknown.

        `unknown` are the places of those, as bits; `pending` the places that a pending lane may still fill; `least` the
        places of unknown numbers of which a part is known.
        """
        if not unknown:
            try:
                for exact, _, _ in self._derive:
                    values.append(exact(values))
                return Findings(values, None, 0, 0, self._all_known(values), [])
            except Undefined:
                del values[self._bases :]
        return self._run_partly_known(values, unknown, pending, least)

    def _run_partly_known(self, values: Values, unknown: int, pending: int, least: Mapping[int, float]) -> Findings:
        bounds: Values = [_bounds(value, name) for value, name in zip(values, self.names, strict=False)]
        for place, found in least.items():
            bounds[place] = (found, self.names[place].high)
            if found == self.names[place].high:  # there is no more
                values[place] = found
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

    def _read(self, record: Scored, remembered: Mapping[str, Scalar]) -> tuple[Values, int, int]:
        """Values of the base names by place, the unknown places and the pending ones among them, as bits."""
        values: Values = [None] * self._bases
        unknown = pending = 0
        value: Any
        post, lanes = record.post, record.lanes
        for lane, scores, attributes in self._lanes:
            result = lanes.get(lane)
            state = "nothing_to_score" if result is None else result.state
            if state == "scored":
                signals = record.signals
                for place in scores:
                    value = signals.get(place.name.name)
                    if value is not None and 0.0 <= value <= 1.0:
                        values[place.index] = value
                    else:
                        unknown |= place.bit
                for place in attributes:
                    value = values[place.index] = accepted(record.attributes.get(place.name.name), place.name)
                    if value is None:
                        unknown |= place.bit
            elif state == "nothing_to_score":
                for place in scores:
                    values[place.index] = 0.0
                for place in attributes:
                    given = accepted(record.attributes.get(place.name.name), place.name)
                    values[place.index] = place.name.zero if given is None else given
            else:
                for place in (*scores, *attributes):
                    unknown |= place.bit
                    if state == "pending":
                        pending |= place.bit
        for place, read in self._post:
            value = values[place.index] = read(post)
            if value is None:
                unknown |= place.bit
        if self.matches:
            wording = Wording(post.text)
            for index, find in self.matches:
                values[index] = find(wording)
        facts = post.facts
        for place in self._facts:
            raw = facts.get(place.name.name[6:])  # after "facts."
            value = values[place.index] = place.name.default if raw is None else accepted(raw, place.name)
            if value is None:
                unknown |= place.bit
        for place in self._state:
            value = values[place.index] = accepted(remembered.get(place.name.name), place.name)
            if value is None:
                unknown |= place.bit
        return values, unknown, pending


def _finders(nodes: Sequence[tree.Node]) -> dict[str, Finder]:
    """By name, what looks through the text for it."""
    matches = {node.name: node for root in nodes for node in root.walk() if isinstance(node, tree.Match)}
    return {name: TEXT_FUNCTIONS[match.function].finder(match.terms) for name, match in matches.items()}


def accepted(raw: Any, name: Name) -> float | str | bool | None:
    """A value as it may stand at a name's place: of the declared type and range, else None. True is no number."""
    if name.type == "string":
        return raw if isinstance(raw, str) else None
    if name.type == "boolean":
        return raw if isinstance(raw, bool) else None
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    try:
        number = float(raw)
    except OverflowError:
        return None
    return number if name.low <= number <= name.high else None


def _bounds(value: Any, name: Name) -> Interval | str | bool | None:
    if name.type == "number":
        return name.bounds if value is None else (value, value)
    return value  # type: ignore[no-any-return]
