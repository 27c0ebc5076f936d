"""What was made of each post: by the history itself, or by a policy that decides on its rows again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from moderation.backtest.columns import SETTLED, Columns, States, Waiting
from moderation.events import SEVERITY, Action
from moderation.history.schema import Kind
from moderation.policy import Policy
from moderation.policy.judgement import judge
from moderation.policy.program import Findings
from moderation.policy.resolution import resolve

_MEMORY = 100_000  # judgements that are remembered; few policies make so many different ones


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision without the post. `rules` fired and were not silenced, `deciding` of them led to the action.

    `undetermined` are rules that could not be decided, `lacking` the names that they lacked.
    """

    action: Action
    reasons: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    deciding: tuple[str, ...] = ()
    provisional: bool = False
    undetermined: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


class Side(Protocol):
    """One of the two that are compared."""

    names: dict[str, Kind]

    def outcomes(self, frame: pl.DataFrame) -> Sequence[Outcome | None]:
        """What it makes of every row, None where that is not known."""
        ...


class Decided:
    """What was decided then, as the history has it."""

    def __init__(self) -> None:
        self.names: dict[str, Kind] = {}
        self._known: dict[tuple[object, ...], Outcome] = {}

    def outcomes(self, frame: pl.DataFrame) -> list[Outcome | None]:
        """See `Side`."""
        found: list[Outcome | None] = []
        columns = ("decision.action", "decision.reasons", "decision.rules", "decision.deciding", "decision.stage")
        for action, reasons, rules, deciding, stage in zip(
            *(frame.get_column(name).to_list() for name in columns), strict=True
        ):
            if action is None:
                found.append(None)
                continue
            key = (action, _tuple(reasons), _tuple(rules), None if deciding is None else _tuple(deciding), stage)
            outcome = self._known.get(key)
            if outcome is None:
                if len(self._known) >= _MEMORY:
                    self._known.clear()
                outcome = Outcome(action, key[1], key[2], key[2] if key[3] is None else key[3], stage == "provisional")
                self._known[key] = outcome
            found.append(outcome)
        return found


def _tuple(listed: list[str] | None) -> tuple[str, ...]:
    return tuple(listed or ())


_Key = tuple[tuple[int, ...], tuple[int, ...], int, int, Waiting, tuple[str, ...]]


class Redecided:
    """What a policy decides on the rows: its compiled program and its judgement, as workers use them.

    Breakers that were open then count as open.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._columns = Columns(policy)
        self.names = self._columns.names
        self.found_in_texts = self._columns.found_in_texts
        self._places = {rule.id: index for index, rule in enumerate(policy.rules)}
        self._known: dict[_Key, Outcome] = {}
        self._quiet = Outcome("allow")

    def outcomes(self, frame: pl.DataFrame) -> list[Outcome]:
        """See `Side`."""
        states = States(frame)
        filled = self._columns.fill(frame, states)
        find, known, decide, quiet = self.policy.program.find, self._known, self._decide, self._quiet
        settled = SETTLED
        found: list[Outcome] = []
        for values, unknown, pending, parts, waiting, breakers in zip(
            filled.values,
            filled.unknown,
            filled.pending,
            filled.parts,
            states.waiting(),
            frame.get_column("decision.breakers").to_list(),
            strict=True,
        ):
            findings = find(list(values), unknown, pending, parts)
            if waiting is settled and not (findings.fired or findings.undetermined):
                found.append(quiet)
                continue
            left = findings.undetermined
            key: _Key = (
                tuple(findings.fired),
                tuple(left),
                findings.pending if left else 0,
                findings.unknown if left else 0,
                waiting,
                tuple(breakers) if breakers else (),
            )
            outcome = known.get(key)
            if outcome is None:
                if len(known) >= _MEMORY:
                    known.clear()
                outcome = known[key] = decide(findings, waiting, key[5])
            found.append(outcome)
        return found

    def looked_at(self, rules: Iterable[str]) -> list[str]:
        """The names that rules look at, as far as the policy has them."""
        program = self.policy.program
        places = (place for rule in rules if rule in self._places for place in program.looks_at[self._places[rule]])
        return [program.names[place].name for place in dict.fromkeys(places)]

    def _decide(self, findings: Findings, waiting: Waiting, breakers: tuple[str, ...]) -> Outcome:
        policy = self.policy
        count = len(policy.rules)
        stopped = frozenset(breakers)
        judgement = judge(policy, findings, stopped)
        resolution = resolve(policy, judgement, *waiting, stopped)
        acting = [judged for judged in judgement.rules if judged.rank is not None]
        undetermined = [index for index in findings.undetermined if index < count]
        return Outcome(
            SEVERITY[resolution.rank],
            resolution.reasons,
            tuple(policy.rules[judged.rule].id for judged in acting),
            tuple(policy.rules[judged.rule].id for judged in acting if judged.rank == resolution.rank),
            resolution.provisional,
            tuple(policy.rules[index].id for index in undetermined),
            self._lacking(findings),
        )

    def _lacking(self, findings: Findings) -> tuple[str, ...]:
        program = self.policy.program
        places = {
            place
            for index in findings.undetermined
            for place in program.looks_at[index]
            if program.is_base(place) and findings.unknown >> place & 1 and not findings.pending >> place & 1
        }
        return tuple(program.names[place].name for place in sorted(places))
