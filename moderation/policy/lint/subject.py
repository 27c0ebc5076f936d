"""The policy under examination: its rules with their conditions, and what can be proven of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from moderation.policy import tree
from moderation.policy.lint.finding import Finding
from moderation.policy.lint.installed import Installed
from moderation.policy.lint.logic import Box, Claim, Search
from moderation.policy.lint.places import Places
from moderation.policy.lint.samples import Samples
from moderation.policy.model import Exemption, Policy, Rule
from moderation.policy.names import Name


@dataclass(frozen=True, slots=True)
class Examined:
    """A rule or an exemption with its condition. `index` is that of the condition in the program."""

    index: int
    rule: Rule | Exemption
    node: tree.Node

    @property
    def id(self) -> str:
        """Of the rule."""
        return self.rule.id


class Subject:
    """What checks look at. `installed` is None where it is not known which models there are."""

    def __init__(self, policy: Policy, texts: Mapping[str, str], installed: Installed | None) -> None:
        self.policy = policy
        self.installed = installed
        self.places = Places(texts)
        program = policy.program
        rules: list[Rule | Exemption] = [*policy.rules, *policy.exemptions]
        every = [Examined(index, *pair) for index, pair in enumerate(zip(rules, program.conditions, strict=True))]
        self.examined = every
        """Rules and exemptions by index."""
        self.in_order = sorted(every, key=lambda own: self.places.order(own.id))
        """As they stand in the file."""
        self.search = Search({name.name: name for name in program.names}, program.derived)
        self.samples = Samples(policy, self._found_examples())
        self._implied: dict[tuple[int, int], bool] = {}
        self._never = {own.index for own in every if not self.samples.fired[own.index] and self._refuted(own)}

    @cached_property
    def rules(self) -> list[Examined]:
        """Ordinary rules that can fire, in the order of the file."""
        return [own for own in self.in_order if isinstance(own.rule, Rule) and own.index not in self._never]

    @cached_property
    def exemptions(self) -> list[Examined]:
        """Exemptions that can hold, in the order of the file."""
        return [own for own in self.in_order if isinstance(own.rule, Exemption) and own.index not in self._never]

    def never_holds(self, own: Examined) -> bool:
        """Whether no record makes the condition true."""
        return own.index in self._never

    def never_fails(self, own: Examined) -> bool:
        """Whether no record makes the condition false."""
        return not self.samples.failed[own.index] and self.search.impossible(Claim(own.node, "false"))

    def implies(self, first: Examined, second: Examined) -> bool:
        """Whether the second holds on every record on which the first does."""
        pair = (first.index, second.index)
        if pair not in self._implied:
            refuted = self.samples.fired[first.index] & ~self.samples.fired[second.index]
            self._implied[pair] = not refuted and self.search.impossible(
                Claim(first.node, "true"), Claim(second.node, "not true")
            )
        return self._implied[pair]

    def never_meet(self, first: Examined, second: Examined) -> bool:
        """Whether the two hold together on no record."""
        together = self.samples.fired[first.index] & self.samples.fired[second.index]
        return not together and self.search.impossible(Claim(first.node, "true"), Claim(second.node, "true"))

    def names_of(self, own: Examined) -> list[Name]:
        """What a condition looks at, also through derived signals."""
        program = self.policy.program
        return [program.names[place] for place in program.looks_at[own.index]]

    def at(self, code: str, own: Examined, key: str, message: str, hint: str | None = None) -> Finding | None:
        """A finding at one key of a rule."""
        problem = self.places.rule(code, own.id, key, message, hint)
        return Finding(code, problem) if problem else None

    def at_declared(self, code: str, section: str, name: str, message: str, hint: str | None = None) -> Finding | None:
        """A finding at a declaration."""
        problem = self.places.declaration(code, section, name, message, hint)
        return Finding(code, problem) if problem else None

    def _refuted(self, own: Examined) -> bool:
        return self.search.impossible(Claim(own.node, "true"))

    def _found_examples(self) -> Iterator[Box]:
        for own in self.examined:
            for mode in ("true", "false"):
                found = self.search.example(Claim(own.node, mode))
                if found is not None:
                    yield found
