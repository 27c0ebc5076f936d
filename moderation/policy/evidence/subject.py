"""What is tuned: a signal by itself, or one threshold of a rule."""

from dataclasses import replace

from moderation.policy.evidence.columns import Columns
from moderation.policy.evidence.dial import Dial, dial_of, dials
from moderation.policy.evidence.examples import Examples
from moderation.policy.evidence.refused import Refused
from moderation.policy.evidence.table import examples, table
from moderation.policy.evidence.tradeoff import Prices
from moderation.policy.evidence.under import under
from moderation.policy.model import Policy, Rule
from moderation.policy.problems import joined, nearest
from moderation.signals import SIGNALS

_HUMAN = ("review", "hold")


class Subject:
    """`name` is a signal or the id of a rule; `signal` and `threshold` choose where a rule has several thresholds.

    `current` are the thresholds of today, by rule. Raises `Refused` where there is none, or which is meant is open.
    """

    def __init__(self, policy: Policy, name: str, signal: str | None, threshold: float | None) -> None:
        self.name, self.policy = name, policy
        self.rule: Rule | None = None
        self._dial: Dial | None = None
        ids = [rule.id for rule in policy.rules]
        if name in SIGNALS and SIGNALS[name].type == "score":
            self.signal = name
            conditions = policy.program.conditions[: len(ids)]
            every = [(rule, own) for rule, node in zip(ids, conditions, strict=True) for own in dials(node)]
            self.current = {rule: own.value for rule, own in every if own.signal == name}
        elif name in ids:
            place = ids.index(name)
            self.rule = policy.rules[place]
            self._dial = dial_of(policy, place, signal, threshold)
            self.signal = self._dial.signal
            self.current = {name: self._dial.value}
        else:
            scores = [signal.name for signal in SIGNALS.values() if signal.type == "score"]
            hint = joined(nearest(name, [*scores, *ids]), "signals look like text.hate")
            raise Refused(f"the policy has no rule '{name}', and no model gives such a score", hint)

    @property
    def sought(self) -> str:
        """What a judgement is about: the reason of the rule, or the last part of the signal."""
        return self.rule.because if self.rule else self.signal.rpartition(".")[2]

    @property
    def _word(self) -> str | None:
        """The word that counts, where it is another than the signal's."""
        return self.sought if self.rule and self.sought != self.signal.rpartition(".")[2] else None

    @property
    def is_looked_at(self) -> bool:
        """Whether the rule sends posts to humans."""
        return self.rule is not None and self.rule.then in _HUMAN

    def worth(self, prices: Prices) -> Prices:
        """Without minutes where no human looks."""
        return prices if self.rule is None or self.is_looked_at else replace(prices, minutes=None, hour=None)

    def examples(self, content: bytes, name: str, columns: Columns) -> Examples:
        """The judged posts of a file. Raises `Refused`."""
        said = replace(columns, signal=self.signal, category=columns.category or self._word)
        if self._dial is None or self._dial.alone:
            return examples(content, name, said)
        return under(table(content, name), said, self.policy, self._dial)

    def edit(self, value: float) -> str:
        """What to write in the rule instead, in words."""
        was = self.current[self.name]
        for own in self.policy.resolved:
            if (own.signal, own.threshold) == (self.signal, was):
                asked = f"precision({self.signal}) >= {own.precision:g} (now {was:g})"
                return f"{asked} becomes {self.signal} >= {value:g}"
        for level, number in self.policy.thresholds.get(self.signal, {}).items():
            if number == was:
                named = f"{self.signal}: {{{level}: {was:g}}} becomes {{{level}: {value:g}}}"
                return f"under thresholds, {named}, for all rules that name it"
        return f"{self.signal} >= {was:g} becomes {self.signal} >= {value:g}"
