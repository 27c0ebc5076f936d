"""What people see of a backtest: the report on the terminal, the page, the JSON, and messages.

`python -m tests.unit.backtest.test_report` writes the golden files anew.
"""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from moderation.cli.main import command as moderation
from tests.unit.history.histories import jsonl, parquet, row

GOLDEN = Path(__file__).absolute().parent / "golden"
NEW = """
policy: my-board
facts: {account_age_days: number}
lists: {rivals: [zoomer]}
rules:
  - {id: hate-remove, when: text.hate >= 0.90, then: remove, because: hate}
  - {id: hate-look, when: text.hate >= 0.50, then: review, because: hate}
  - {id: spam-new, when: text.spam >= 0.8 and facts.account_age_days < 7, then: restrict, because: spam}
  - {id: rivals, when: "any_word(post.text, rivals)", then: label, because: spam}
"""
HOSTILE = "<script>alert(1)</script>\x1b[2J\u202eevil"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small history, and two policies, in the current folder."""
    monkeypatch.chdir(tmp_path)
    made(tmp_path)
    return tmp_path


def made(folder: Path) -> None:
    (folder / "new.yaml").write_text(NEW)
    (folder / "old.yaml").write_text(NEW.replace("0.90", "0.95").replace("0.50", "0.60"))
    rows = []
    for number in range(48):
        hate = round(number / 48, 3)
        action = "remove" if hate >= 0.95 else "review" if hate >= 0.6 else "allow"
        rule = {"remove": ["hate-remove"], "review": ["hate-look"], "allow": []}[action]
        answer = {"label__action": "remove" if hate > 0.7 else "allow", "label__reasons": ["hate"]}
        rows.append(
            row(
                number,
                text__hate=hate,
                text__spam=0.9 if number % 9 == 0 else 0.1,
                text__language=("en", "de", "fr")[number % 3],
                post__surface=("comment", "profile")[number % 2],
                facts__account_age_days=None if number % 9 == 0 and number > 9 else number * 3,
                decision__action=action,
                decision__rules=rule,
                decision__reasons=["hate"] if rule else [],
                text="Hello." if number % 2 else None,
                **(answer if number % 4 == 0 else {}),
            )
        )
    rows.append(row(48, text__hate=0.97, post_id=HOSTILE, text=HOSTILE, post__surface=HOSTILE, text__language=HOSTILE))
    jsonl(folder / "history.jsonl", rows)
    parquet(folder / "history.parquet", rows)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(moderation, ["policy", "backtest", *arguments, "--processes", "1"])


REPORTS = {"decided": ["--minutes-per-item", "3"], "against": ["--against", "old.yaml"]}


def shown(name: str) -> str:
    result = run("new.yaml", "--on", "history.parquet", "--examples", "1", *REPORTS[name])
    assert result.exit_code == 0, result.output
    return re.sub(r"\b[0-9a-f]{12}\b", "HASH", result.stdout)


@pytest.mark.parametrize("name", REPORTS)
def test_the_report_reads_as_in_the_golden_file(folder: Path, name: str) -> None:
    assert shown(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_both_formats_read_alike(folder: Path) -> None:
    reports = [run("new.yaml", "--on", file).stdout for file in ("history.jsonl", "history.parquet")]
    assert reports[0] == reports[1] != ""


def test_nothing_of_a_post_acts_on_the_terminal(folder: Path) -> None:
    shown = run("new.yaml", "--on", "history.parquet").stdout
    assert "\\x1b[2J\\u202eevil" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in run("new.yaml", "--on", "history.parquet", "--json", "-").stdout


def test_the_json_has_all_figures(folder: Path) -> None:
    result = run("new.yaml", "--on", "history.parquet", "--json", "-")
    found = json.loads(result.stdout)
    assert (found["posts"], found["policy"]) == (49, "my-board")
    assert found["matrix"]["allow"]["review"] == found["moved"]["to"]["review"] > 0
    assert {line["rule"] for line in found["rules"]} == {"hate-remove", "hate-look", "spam-new", "rivals"}
    assert found["examples"][0]["kind"] == "remove"
    assert run("new.yaml", "--on", "history.parquet", "--json", "figures.json").stdout.startswith("my-board")
    assert json.loads((folder / "figures.json").read_text()) == found


class Page(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_one_file_that_fetches_nothing_runs_nothing_and_shows_posts_as_text(folder: Path) -> None:
    result = run("new.yaml", "--on", "history.parquet", "--html", "report.html", "--minutes-per-item", "2")
    assert result.exit_code == 0, result.output
    written = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(written)
    assert page.open == []
    names = {name for name, _ in page.tags}
    assert names.isdisjoint({"script", "link", "img", "iframe", "object", "a", "form"})
    assert {"svg", "table", "title"} <= names
    attributes = {key for _, own in page.tags for key in own}
    assert attributes.isdisjoint({"src", "href", "onclick", "onload"})
    assert "url(" not in written
    assert "@import" not in written
    policy = next(own["content"] for name, own in page.tags if own.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert "<script>alert(1)</script><1B>[2J<202E>evil" in page.text
    assert "\u202e" not in written
    assert all(own.get("role") == "img" and own.get("aria-label") for name, own in page.tags if name == "svg")
    assert "prefers-color-scheme: dark" in written


def test_against_itself_nothing_changes(folder: Path) -> None:
    result = run("new.yaml", "--on", "history.parquet", "--against", "new.yaml", "--html", "same.html")
    assert "0 posts decided otherwise (0.00 %)\n\n  Nothing changes.\n" in result.stdout
    assert "newly" not in result.stdout
    assert Page((folder / "same.html").read_text(encoding="utf-8")).open == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["new.yaml", "--on", "nowhere"], "nowhere: there is no such file or folder"),
        (["new.yaml", "--on", "bare.jsonl"], "none of 1 posts has a 'decision.action' to compare with: name a policy"),
        (["new.yaml", "--on", "empty.jsonl"], "the history has no posts"),
        (["new.yaml", "--on", "history.jsonl", "--since", "7d"], "--since and --until go with --on kafka"),
        (["new.yaml", "--on", "kafka", "--since", "soon"], "'soon' is no time: write 2026-03-01"),
        (["new.yaml", "--on", "history.jsonl", "--cohorts", "facts.age:9,1"], "rising edges, such as facts.account"),
        (["new.yaml", "--on", "history.jsonl", "--ray"], "--ray needs the package ray: pip install"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    folder: Path, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    jsonl(folder / "bare.jsonl", [row(0, decision__action=None)])
    jsonl(folder / "empty.jsonl", [])
    result = run(*arguments)
    assert result.exit_code != 0
    assert message in f"{result.exception}{result.output}"


if __name__ == "__main__":
    with CliRunner().isolated_filesystem():
        made(Path())
        for name in REPORTS:
            (GOLDEN / f"{name}.txt").write_text(shown(name), encoding="utf-8")
