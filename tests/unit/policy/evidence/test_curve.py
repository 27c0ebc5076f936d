"""The trade-off as a picture."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from moderation.cli.policy import command
from tests.unit.policy.evidence.files import judged

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(("costs", "lines"), [([], 2), (["--cost-of-miss", "2", "--per-day", "100"], 3)])
def test_precision_and_recall_are_drawn_and_the_cost_where_there_is_one(
    costs: list[str], lines: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    judged(tmp_path / "posts.csv", 1_000)
    Path("p.yaml").write_text("policy: p\nrules: [{id: a, when: text.hate >= 0.9, then: remove, because: hate}]\n")
    done = CliRunner().invoke(
        command, ["tune", "text.hate", "p.yaml", "--labels", "posts.csv", "--plot", "c.svg", *costs]
    )
    assert done.exit_code == 0
    root = ElementTree.parse("c.svg").getroot()
    drawn = [line.attrib["points"].split() for line in root.iter(f"{SVG}polyline")]
    assert [len(points) for points in drawn] == [99] * lines
    told = {text.text for text in root.iter(f"{SVG}text")}
    assert {"precision", "recall", "0.9 now: a"} <= told
    assert ("cost a day" in told) == bool(costs)
    first, last = drawn[1][0].split(","), drawn[1][-1].split(",")
    assert float(first[1]) < float(last[1])  # recall falls


def test_a_picture_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    judged(tmp_path / "posts.csv", 100)
    Path("p.yaml").write_text("policy: p\nrules: [{id: a, when: text.hate >= 0.9, then: remove, because: hate}]\n")
    done = CliRunner().invoke(command, ["tune", "a", "p.yaml", "--labels", "posts.csv", "--plot", "none/c.svg"])
    assert "none/c.svg: cannot be written: No such file or directory" in str(done.exception)
