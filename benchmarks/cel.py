"""The same 200 rules as CEL expressions, in the Rust package and in cel-python, over the same records; and the check.

CEL knows no unknown values, so only records with everything known are compared. Derived signals, which CEL would
compute again in every rule, are given to it computed. All sides must name the same rules for every record.
"""

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT
from benchmarks.processes import BenchmarkError
from benchmarks.result import Goal, Result, row
from benchmarks.rules import RULES, records
from benchmarks.stand import Stand, say
from moderation.events import Scored
from moderation.policy import Policy, evaluate, load_policy
from moderation.policy.lint import lint

_ROUNDS = 5
_LIMIT_S = 600
_PACKAGES = {
    "rust": "CEL in Rust, one context for all rules",
    "rust-dict": "CEL in Rust, values handed to each rule",
    "python": "cel-python",
}
_WORDS = {"and": "&&", "or": "||", "not ": "!"}
_SECTIONS = ("text", "facts", "post")


def run(stand: Stand) -> Result:
    """Each round: ours, then every contender in a process of its own."""
    policy = load_policy(stand.policy)
    known = [record for record in records(stand.size(3_000, 60)) if all_known(record)]
    few = known[: stand.size(200, 5)]
    counts = {"rust": len(known), "rust-dict": len(few), "python": len(few)}
    expected = [sorted(fired.rule for fired in evaluate(record, policy).decision.rules) for record in known]
    files = {package: _cases(stand.folder, package, policy, known[:count]) for package, count in counts.items()}
    ours: list[float] = []
    whole: list[float] = []
    theirs: dict[str, list[float]] = {package: [] for package in counts}
    for _ in range(stand.size(_ROUNDS, 1)):
        ours.append(_microseconds(policy.program.run, known))
        whole.append(_microseconds(lambda record: evaluate(record, policy), known))
        for package, file in files.items():
            found = _contender(stand, package, file)
            _compare(package, found["fired"], expected)
            theirs[package].append(found["microseconds"])
            say(f"  ours {ours[-1]:.1f} us, {_PACKAGES[package]} {theirs[package][-1]:.0f} us")
    rows = [row(f"{RULES} rules, ours", ours, "us", note=f"{len(known)} records, everything known")]
    rows.append(row("the whole decision with its reasons, ours", whole, "us"))
    for package, times in theirs.items():
        ratios = [other / own for other, own in zip(times, ours, strict=True)]
        goal = None if package == "python" else Goal("at least", 100.0)
        note = f"{counts[package]} records, the same rules fired in each"
        rows.append(row(f"{RULES} rules, {_PACKAGES[package]}", times, "us", note=note))
        rows.append(row(f"{_PACKAGES[package]} / ours", ratios, "ratio", goal))
    rows.append(row(f"check of {RULES} rules: read, compile, lint", _checks(stand), "ms"))
    details = {
        "records": counts,
        "fired": sum(map(len, expected)),
        "ours_us": ours,
        "theirs_us": theirs,
        "rounds": len(ours),
    }
    return Result("Against CEL", rows, details)


def expression(condition: str) -> str:
    """A condition of the benchmark's policy as a CEL expression. Its texts hold none of the words that differ."""
    return re.sub(r"\b(and|or)\b|\bnot ", lambda match: _WORDS[match.group()], condition)


def context(record: Scored, policy: Policy) -> dict[str, Any]:
    """What the expressions look at, as plain values."""
    values: dict[str, Any] = {section: {} for section in _SECTIONS}
    for name, value in {**record.signals, **record.attributes}.items():
        section, _, rest = name.partition(".")
        values[section][rest] = value
    values["post"] = {"surface": record.post.surface}
    given = {fact.name.removeprefix("facts."): fact.default for fact in policy.facts.values()}
    values["facts"] = given | record.post.facts
    text = values["text"]
    values["hostility"] = max(text["hate"], text["insult"], text["threat"])
    values["abuse"] = 1 - (1 - text["toxicity"]) * (1 - text["insult"])
    return values | {name: list(terms) for name, terms in policy.lists.items()}


def all_known(record: Scored) -> bool:
    """Whether every name that the policy looks at has a value."""
    return not record.lanes_in("pending") and "account_age_days" in record.post.facts


def _cases(folder: Path, package: str, policy: Policy, these: list[Scored]) -> Path:
    rules = {rule.id: expression(rule.when) for rule in policy.rules}
    file = folder / f"cel-{package}.json"
    contexts = [context(record, policy) for record in these]
    file.write_text(json.dumps({"rules": rules, "contexts": contexts}), encoding="utf-8")
    return file


def _contender(stand: Stand, package: str, file: Path) -> dict[str, Any]:
    command = [
        str(stand.bench_python),
        "-m",
        "benchmarks.against.cel_rules",
        "--package",
        package,
        "--cases",
        str(file),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    if done.returncode:
        raise BenchmarkError(f"{_PACKAGES[package]} ended with exit code {done.returncode}:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _compare(package: str, fired: list[list[str]], expected: list[list[str]]) -> None:
    for place, (theirs, ours) in enumerate(zip(fired, expected, strict=False)):
        if sorted(theirs) != ours:
            apart = ", ".join(sorted(set(theirs) ^ set(ours)))
            raise BenchmarkError(f"{_PACKAGES[package]} and we differ on record {place}: {apart}")


def _microseconds(deed: Callable[[Scored], object], these: list[Scored]) -> float:
    """Mean time of a record: its values are read, every rule is decided."""
    began = time.perf_counter()
    for record in these:
        deed(record)
    return (time.perf_counter() - began) / len(these) * 1e6


def _checks(stand: Stand) -> list[float]:
    """Milliseconds of what `moderation policy check` does, without starting Python."""
    found = []
    for _ in range(stand.size(_ROUNDS, 1)):
        began = time.perf_counter()
        policy = load_policy(stand.policy)
        lint(policy, {str(stand.policy): policy.source})
        found.append((time.perf_counter() - began) * 1e3)
    return found
