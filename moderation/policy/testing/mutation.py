"""Whether the tests would notice a mistake in the policy: each is made in turn, and every test is run again."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from moderation.events import SEVERITY, Scalar, Scored
from moderation.policy import tree
from moderation.policy.breakers import guards
from moderation.policy.circumstances import NONE
from moderation.policy.evaluation import evaluate
from moderation.policy.lint.logic import Search
from moderation.policy.model import RANK, Exemption, Policy, Rule
from moderation.policy.program import Findings, Program
from moderation.policy.synthetic import Given
from moderation.policy.testing.mutants import mistakes
from moderation.policy.testing.running import passes
from moderation.policy.testing.suite import Expected

STEP = 0.05
"""How far a threshold of a score is moved."""


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mistake that no test noticed. `rule` is a rule, an exemption, or a derived signal where `derived`."""

    rule: str
    change: str
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Mutation:
    """`tried` mistakes were made, and all but `survivors` noticed; `left` were not made for want of time.

    A change that is proven to make no difference for any post is no mistake, and not counted.
    """

    tried: int
    left: int
    survivors: tuple[Survivor, ...]


@dataclass(frozen=True, slots=True)
class _Mutant:
    survivor: Survivor
    policy: Callable[[], Policy]
    was: tree.Node | None = None
    now: tree.Node | None = None
    """The condition before and after, where the mistake is in one."""


class _Changed(Program):
    """A program in which one condition is another, or is false where `node` is None."""

    def __init__(self, program: Program, index: int, node: tree.Node | None) -> None:
        self.__dict__.update(program.__dict__)
        names = {name.name: name for name in program.names}
        self._whole, self._index = program, index
        self._part = None if node is None else Program(names, list(program.derived.items()), [node])

    def run(self, record: Scored, state: Mapping[str, Scalar] = NONE.state) -> Findings:
        """As the whole program, but for the one condition."""
        found = self._whole.run(record, state)
        part = self._part.run(record, state) if self._part else None
        fired = [index for index in found.fired if index != self._index]
        undetermined = [index for index in found.undetermined if index != self._index]
        if part is not None and part.fired:
            fired = sorted([*fired, self._index])
        if part is not None and part.undetermined:
            undetermined = sorted([*undetermined, self._index])
        return replace(found, fired=fired, undetermined=undetermined)


def mutate(
    cases: Sequence[tuple[Expected, Given]],
    policy: Policy,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> Mutation:
    """Make every mistake, as far as the time goes; `cases` must pass as they are."""
    mutants = list(_mutants(policy))
    search = Search({name.name: name for name in policy.program.names}, policy.program.derived)
    end = clock() + seconds
    survivors: list[Survivor] = []
    none = 0
    for tried, mutant in enumerate(mutants):
        if clock() > end:
            return Mutation(tried - none, len(mutants) - tried, tuple(survivors))
        changed = mutant.policy()
        if not all(passes(expected, evaluate(given.record, changed, given.under)) for expected, given in cases):
            continue
        if _means_the_same(mutant, search):
            none += 1
        else:
            survivors.append(mutant.survivor)
    return Mutation(len(mutants) - none, 0, tuple(survivors))


def _means_the_same(mutant: _Mutant, search: Search) -> bool:
    """Whether the change makes no difference for any post, so that no test could notice it."""
    return mutant.was is not None and mutant.now is not None and search.same(mutant.was, mutant.now)


def _mutants(policy: Policy) -> Iterator[_Mutant]:
    program = policy.program
    rules: list[Rule | Exemption] = [*policy.rules, *policy.exemptions]
    for index, (rule, node) in enumerate(zip(rules, program.conditions, strict=True)):
        yield _mutant(rule.id, "the rule taken out", policy, index, None)
        for mistake in mistakes(node, STEP):
            yield _mutant(rule.id, mistake.change, policy, index, mistake.node)
        if isinstance(rule, Rule):
            yield _with_other_action(policy, index, rule)
    for index, exemption in enumerate(policy.exemptions, len(policy.rules)):
        for rule_id in exemption.exempt:
            yield _without_exemption(policy, index, exemption.id, rule_id)
    for name, node in program.derived.items():
        for mistake in mistakes(node, STEP):
            derived = {**program.derived, name: mistake.node}
            yield _Mutant(Survivor(name, mistake.change, True), partial(_derived_so, policy, derived))


def _mutant(rule: str, change: str, policy: Policy, index: int, node: tree.Node | None) -> _Mutant:
    was = policy.program.conditions[index]
    changed = partial(_Changed, policy.program, index, node)
    return _Mutant(Survivor(rule, change), lambda: replace(policy, program=changed()), was, node)


def _with_other_action(policy: Policy, index: int, rule: Rule) -> _Mutant:
    rank = RANK[rule.then]
    other = SEVERITY[rank - 1 if rank > 1 else rank + 1]

    def changed() -> Policy:
        rules = (*policy.rules[:index], replace(rule, then=other), *policy.rules[index + 1 :])
        allowing = [place for place, own in enumerate(rules) if own.then == "allow"]
        allowed_by = tuple(tuple(place for place in allowing if rules[place].because == own.because) for own in rules)
        guarded = guards(policy.breakers, rules, policy.lanes)
        return replace(policy, rules=rules, allowed_by=allowed_by, guards=guarded)

    return _Mutant(Survivor(rule.id, f"{other} for {rule.then}"), changed)


def _without_exemption(policy: Policy, index: int, exemption: str, rule_id: str) -> _Mutant:
    def changed() -> Policy:
        exempted_by = tuple(
            tuple(place for place in places if rule.id != rule_id or place != index)
            for rule, places in zip(policy.rules, policy.exempted_by, strict=True)
        )
        return replace(policy, exempted_by=exempted_by)

    return _Mutant(Survivor(exemption, f"'{rule_id}' not exempted"), changed)


def _derived_so(policy: Policy, derived: Mapping[str, tree.Node]) -> Policy:
    program = policy.program
    names = {name.name: name for name in program.names}
    return replace(policy, program=Program(names, list(derived.items()), program.conditions))
