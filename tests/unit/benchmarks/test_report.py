"""Results become tables that can be read, and the README gets them between its markers only."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import report
from benchmarks.result import Goal, Result, row
from moderation.errors import ConfigurationError

_MACHINE = {
    "processor": "A | B",
    "cores": 2,
    "memory_gb": 23.5,
    "system": "Linux",
    "python": "3.11",
    "java": "17",
    "kafka": "4.1",
    "packages": {"numpy": "2"},
}


def _result(ratio: float, quick: bool = False) -> dict[str, Any]:
    rows = [
        row("posts", [700.0, 650.4, 712.0], "posts/s", note="2 x 1"),
        row("lane / bare", ratio, "ratio", Goal("at least", 0.95)),
        row("p95", 12.34, "ms", Goal("below", 250.0)),
        row("memory", 200.0, "MB"),
    ]
    return {
        "quick": quick,
        "commit": "abc",
        "date": "2026-01-01",
        "took_s": 12.0,
        "posts": {"origin": "made up"},
        "machine": _MACHINE,
        **Result("Lane", rows).to_dict(),
    }


def test_a_table_shows_median_spread_goal_and_whether_it_is_met() -> None:
    lines = report.table(_result(0.9)["rows"]).splitlines()
    assert lines[2] == "| posts | **700 posts/s** | 650 to 712 |  | 2 x 1 |"
    assert lines[3] == "| lane / bare | **0.9** |  | at least 0.95: **missed** |  |"
    assert lines[4] == "| p95 | **12.3 ms** |  | below 250: met |  |"


@pytest.mark.parametrize(
    ("bound", "value", "met"),
    [("at least", 0.95, True), ("at least", 0.9499, False), ("below", 250.0, False), ("below", 249.9, True)],
)
def test_a_goal_is_met_at_its_bound_and_missed_beyond(bound: Any, value: float, met: bool) -> None:
    assert Goal(bound, 0.95 if bound == "at least" else 250.0).met(value) is met


def test_the_page_names_the_machine_once_and_every_benchmark_with_its_commit() -> None:
    page = report.page({"policy": _result(1.0), "lane": _result(1.0, quick=True)})
    assert page.count("## A | B, 2 cores, 23.5 GB\n") == 1
    assert page.count("commit abc") == 2
    assert page.count("the figures mean nothing") == 1


def test_written_results_are_read_back_in_the_order_of_the_page(tmp_path: Path) -> None:
    for name in ("against", "lane", "policy"):
        report.write(name, _result(1.0), tmp_path)
    assert list(report.read(tmp_path)) == ["policy", "lane", "against"]
    assert report.read(tmp_path)["lane"] == _result(1.0)


def test_the_readme_gets_figures_with_a_goal_and_keeps_everything_else(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Title\n\nbefore\n", encoding="utf-8")
    report.write("lane", _result(0.9), tmp_path)
    report.update_readme(readme, tmp_path)
    first = readme.read_text(encoding="utf-8")
    assert first.startswith("# Title\n\nbefore\n\n<!-- benchmarks -->\n")
    assert "| Lane: lane / bare |" in first
    assert "memory" not in first

    readme.write_text(f"{first}\nafter\n", encoding="utf-8")
    report.write("lane", _result(0.99), tmp_path)
    report.update_readme(readme, tmp_path)
    second = readme.read_text(encoding="utf-8")
    assert second == first.replace("**0.9**", "**0.99**").replace("**missed**", "met") + "\nafter\n"


def test_without_results_or_with_half_a_block_the_readme_is_left_alone(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("text\n<!-- benchmarks -->\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="make bench"):
        report.update_readme(readme, tmp_path)
    report.write("lane", _result(1.0), tmp_path)
    with pytest.raises(ConfigurationError, match="only one of the markers"):
        report.update_readme(readme, tmp_path)
    assert readme.read_text(encoding="utf-8") == "text\n<!-- benchmarks -->\n"
