"""Decisions a second with 200 rules: the rules alone, and the whole way from record to bytes of a decision."""

import time
from collections.abc import Callable

from benchmarks.result import Result, row
from benchmarks.rules import RULES, records
from benchmarks.stand import Stand, say
from moderation.events import Scored
from moderation.policy import evaluate, parse_policy

_ROUNDS = 7


def run(stand: Stand) -> Result:
    """Each round passes over all records once per contender, in turn."""
    policy = parse_policy(stand.policy.read_text(encoding="utf-8"))
    cases = records(stand.size(10_000, 200))
    kinds: dict[str, list[Scored]] = {"everything known": [], "something unknown": []}
    for record in cases:
        whole = not record.lanes_in("pending") and "account_age_days" in record.post.facts
        kinds["everything known" if whole else "something unknown"].append(record)
    say(f"  {len(policy.rules)} rules, {len(cases)} records")

    def decide(record: Scored) -> bytes:
        return evaluate(record, policy).decision.to_json()

    rules: dict[str, list[float]] = {kind: [] for kind in kinds}
    whole_way: dict[str, list[float]] = {kind: [] for kind in kinds}
    every: list[float] = []
    for _ in range(_ROUNDS):
        for kind, these in kinds.items():
            rules[kind].append(_microseconds(policy.program.run, these))
            whole_way[kind].append(_microseconds(decide, these))
        every.append(1e6 / _microseconds(decide, cases))
    actions: dict[str, int] = {}
    for record in cases:
        action = evaluate(record, policy).decision.action
        actions[action] = actions.get(action, 0) + 1
    rows = [row("decisions, record to JSON, one core", every, "1/s")]
    for kind, these in kinds.items():
        rows.append(row(f"{RULES} rules alone, {kind}", rules[kind], "us", note=f"{len(these)} records"))
        rows.append(row(f"evaluate and to_json, {kind}", whole_way[kind], "us"))
    return Result(f"Policy of {RULES} rules", rows, {"records": len(cases), "rounds": _ROUNDS, "actions": actions})


def _microseconds(deed: Callable[[Scored], object], cases: list[Scored]) -> float:
    """Mean time of one deed."""
    began = time.perf_counter()
    for record in cases:
        deed(record)
    return (time.perf_counter() - began) / len(cases) * 1e6
