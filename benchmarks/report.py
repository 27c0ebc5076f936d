"""Results as files: JSON per benchmark, one page of tables, a block in the top-level README."""

import json
import re
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT
from moderation.errors import ConfigurationError

RESULTS = ROOT / "benchmarks" / "results"
QUICK = RESULTS / "local"
"""Where smoke tests write: ignored by git, never mistaken for a measurement."""

START, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
_ORDER = ("policy", "cel", "backtest", "lane", "stub", "latency", "worker", "against")


def write(name: str, result: dict[str, Any], folder: Path = RESULTS) -> Path:
    """One benchmark's JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read(folder: Path = RESULTS) -> dict[str, dict[str, Any]]:
    """Every benchmark's JSON by name, in the order of the page."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    return {name: found[name] for name in sorted(found, key=lambda name: (_rank(name), name))}


def write_page(folder: Path = RESULTS) -> Path:
    """`README.md` beside the JSON files, from all of them."""
    path = folder / "README.md"
    path.write_text(page(read(folder)), encoding="utf-8")
    return path


def update_readme(readme: Path = ROOT / "README.md", folder: Path = RESULTS) -> None:
    """Put the figures that have a goal between the markers of the README; appends the block where it has none.

    Raises `ConfigurationError` without results, or where a marker stands alone.
    """
    results = read(folder)
    if not results:
        raise ConfigurationError(f"no results in {folder}: run `make bench` first")
    text = readme.read_text(encoding="utf-8")
    if (START in text) != (END in text):
        raise ConfigurationError(f"{readme}: has only one of the markers {START} and {END}")
    block = f"{START}\n{summary(results)}\n{END}"
    if START in text:
        text = re.sub(f"{re.escape(START)}.*?{re.escape(END)}", lambda _: block, text, flags=re.DOTALL)
    else:
        text = f"{text.rstrip()}\n\n{block}\n"
    readme.write_text(text, encoding="utf-8")


def page(results: dict[str, dict[str, Any]]) -> str:
    """Tables of all rows, under the machine they were measured on."""
    parts = [
        "# Benchmark results",
        "Written by `make bench`; how each is measured: [docs/benchmarks.md](../../docs/benchmarks.md).",
    ]
    machines = {json.dumps(result["machine"], sort_keys=True): result["machine"] for result in results.values()}
    for key, machine in machines.items():
        parts.append(f"## {_named(machine)}\n\n{_facts(machine)}")
        for name, result in results.items():
            if json.dumps(result["machine"], sort_keys=True) == key:
                parts.append(f"### {result['title']}\n\n{_about(name, result)}\n\n{table(result['rows'])}")
    return "\n\n".join(parts) + "\n"


def summary(results: dict[str, dict[str, Any]]) -> str:
    """The figures with a goal and the first figure of every benchmark, under its title, each machine named."""
    lines = []
    for result in results.values():
        rows = [row for place, row in enumerate(result["rows"]) if row["goal"] or place == 0]
        lines += [(result["machine"], row | {"measure": f"{result['title']}: {row['measure']}"}) for row in rows]
    parts = []
    for machine in {json.dumps(machine, sort_keys=True): machine for machine, _ in lines}.values():
        rows = [row for own, row in lines if own == machine]
        parts.append(f"Measured on {_named(machine)}:\n\n{table(rows, notes=False)}")
    parts.append("All figures, and how they were measured: [benchmarks/results](benchmarks/results/README.md).")
    return "\n\n".join(parts)


def table(rows: list[dict[str, Any]], notes: bool = True) -> str:
    """Rows as a Markdown table: the median, the extremes of the rounds, the goal and whether it is met."""
    head = ["", "median", "lowest to highest", "goal", *(["note"] if notes else [])]
    lines = [_line(head), _line([":--", "--:", "--:", "--:", *([":--"] if notes else [])])]
    for row in rows:
        spread = "" if row["low"] is None else f"{number(row['low'])} to {number(row['high'])}"
        figure = f"{number(row['value'])} {'' if row['unit'] == 'ratio' else row['unit']}".strip()
        cells = [row["measure"], f"**{figure}**", spread, _goal(row["goal"]), *([row["note"]] if notes else [])]
        lines.append(_line(cells))
    return "\n".join(lines)


def number(value: float) -> str:
    """Three significant digits, whole numbers from 100 on with separators."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _goal(goal: dict[str, Any] | None) -> str:
    if goal is None:
        return ""
    return f"{goal['bound']} {number(goal['value'])}: {'met' if goal['met'] else '**missed**'}"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _named(machine: dict[str, Any]) -> str:
    return f"{machine['processor']}, {machine['cores']} cores, {number(machine['memory_gb'])} GB"


def _facts(machine: dict[str, Any]) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    return (
        f"{machine['system']}; Python {machine['python']}; Kafka {machine['kafka']} on {machine['java']}; {packages}."
    )


def _about(name: str, result: dict[str, Any]) -> str:
    quick = " Smoke test with tiny sizes: the figures mean nothing." if result["quick"] else ""
    return (
        f"`--only {name}`, commit {result['commit']}, {result['date']}, took {number(result['took_s'])} s; "
        f"posts: {result['posts']['origin']}.{quick}"
    )


def _rank(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)
