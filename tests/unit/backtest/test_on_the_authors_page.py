"""The backtest on the page for policy authors is what the command prints."""

import random
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from moderation.cli.main import command
from tests.unit.history.histories import parquet, row

PAGE = (Path(__file__).parents[3] / "docs" / "policy-authors.md").read_text(encoding="utf-8")
FIRST = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[0]
SECTION = re.split(r"^## What would have happened$", PAGE, flags=re.MULTILINE)[1].split("\n## ")[0]
COMMANDS = re.findall(r"^\$ (moderation policy backtest .*)$", SECTION, re.MULTILINE)


def history(file: Path) -> None:
    """Posts as the first policy of the page decided them, some with a reviewer's answer."""
    chance = random.Random(7)
    rows = []
    for number in range(3_000):
        hate = round(chance.betavariate(0.3, 5) if number % 9 else chance.betavariate(4, 1), 3)
        action = "remove" if hate >= 0.95 else "review" if hate >= 0.6 else "allow"
        rules = {"remove": ["hate-remove", "hate-look"], "review": ["hate-look"], "allow": []}[action]
        bad = chance.random() < hate**2
        answered = {"label__action": "remove" if bad else "allow", "label__reasons": ["hate"] if bad else []}
        rows.append(
            row(
                number // 50,
                post_id=f"post-{number}",
                text__hate=hate,
                text__language=chance.choice(["en", "en", "de"]),
                post__surface=chance.choice(["comment", "comment", "profile"]),
                facts__account_age_days=int(chance.expovariate(1 / 200)),
                decision__action=action,
                decision__rules=rules,
                decision__deciding=rules[:1],
                decision__reasons=["hate"] if rules else [],
                **(answered if action == "review" else {}),
            )
        )
    parquet(file, rows)


def test_the_commands_print_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old-policy.yaml").write_text(FIRST)
    Path("my-policy.yaml").write_text(FIRST.replace("0.95", "0.85"))
    history(tmp_path / "history.parquet")
    (shown,) = re.findall(r"^```text backtest\n(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)
    assert len(COMMANDS) > 2
    for line in (line for line in COMMANDS if "--on kafka" not in line):  # tests/broker/test_history.py has that
        result = CliRunner().invoke(command, line.split()[1:])
        assert result.exit_code == 0, f"{line}\n{result.output}"
        if line == COMMANDS[0]:
            text = re.sub(r"\b[0-9a-f]{12}\b", "...", result.stdout)
            parts = shown.split("  [...]\n")
            assert [part for part in parts if part not in text] == [], text


if __name__ == "__main__":
    with CliRunner().isolated_filesystem():
        Path("my-policy.yaml").write_text(FIRST.replace("0.95", "0.85"))
        history(Path("history.parquet"))
        print(CliRunner().invoke(command, COMMANDS[0].split()[1:]).output)
