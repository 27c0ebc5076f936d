# mypy: disable-error-code="import-not-found"
"""The rules of the benchmark in CEL: `common-expression-language` (in Rust) or `cel-python` (in Python).

Every expression is compiled once. `rust` and `python` make the context once for a record, from plain values, and run
all expressions in it: the fastest way that either package has. `rust-dict` hands the plain values to every expression,
which converts them each time: what the first page of the package shows. Reads the rules and the contexts from a JSON
file, prints which rules were true, record by record, and the mean time of a record in a second pass, in microseconds.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Contexts = list[dict[str, Any]]
Decide = Callable[[dict[str, Any]], list[str]]


def main() -> None:
    """One warm pass for the answers, one timed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--package", choices=("rust", "rust-dict", "python"), required=True)
    parser.add_argument("--cases", type=Path, required=True)
    given = parser.parse_args()
    cases = json.loads(given.cases.read_text(encoding="utf-8"))
    decide = {"rust": _rust, "rust-dict": _rust_dict, "python": _python}[given.package](cases["rules"])
    contexts: Contexts = cases["contexts"]
    fired = [decide(context) for context in contexts]
    began = time.perf_counter()
    for context in contexts:
        decide(context)
    microseconds = (time.perf_counter() - began) / len(contexts) * 1e6
    print(json.dumps({"fired": fired, "microseconds": microseconds}))


def _rust(rules: dict[str, str]) -> Decide:
    import cel

    programs = [(name, cel.compile(text)) for name, text in rules.items()]

    def decide(values: dict[str, Any]) -> list[str]:
        context = cel.Context(variables=values)
        return [name for name, program in programs if program.execute(context)]

    return decide


def _rust_dict(rules: dict[str, str]) -> Decide:
    import cel

    programs = [(name, cel.compile(text)) for name, text in rules.items()]
    return lambda values: [name for name, program in programs if program.execute(values)]


def _python(rules: dict[str, str]) -> Decide:
    import celpy

    environment = celpy.Environment()
    programs = [(name, environment.program(environment.compile(text))) for name, text in rules.items()]

    def decide(values: dict[str, Any]) -> list[str]:
        context = celpy.json_to_cel(values)
        return [name for name, program in programs if program.evaluate(context)]

    return decide


if __name__ == "__main__":
    main()
