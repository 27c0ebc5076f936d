"""The page for policy authors: every snippet in it works, and nothing an author can write is missing from it."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from moderation.cli.main import command
from moderation.events import LANES, SEVERITY
from moderation.policy import keys, parse_policy
from moderation.policy.functions import CALLABLE
from moderation.policy.remembered import PLAIN, WINDOWED
from moderation.signals import SIGNALS
from moderation.taxonomy import Category

PAGE = (Path(__file__).parents[3] / "docs" / "policy-authors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\S+)( \w+)?\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
POLICIES = [text for kind, wrong, text in BLOCKS if kind == "yaml" and not wrong]
COMMANDS = [line for kind, _, text in BLOCKS if kind == "sh" for line in text.splitlines()]
FILLER = "rules: [{id: filler, when: text.hate > 0.9, then: label, because: hate}]\n"


@pytest.mark.parametrize("text", POLICIES)
def test_every_policy_on_the_page_is_valid(text: str) -> None:
    head = "" if "policy:" in text else "policy: example\n"
    parse_policy(head + text + ("" if "rules:" in text else FILLER))


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_on_the_page_runs(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my-policy.yaml").write_text(POLICIES[0])
    program, *arguments = line.split()
    assert program == "moderation"
    assert CliRunner().invoke(command, arguments).exit_code == 0


def test_the_wrong_policy_gives_the_errors_on_the_page() -> None:
    (wrong,) = [text for _, kind, text in BLOCKS if kind == " wrong"]
    (shown,) = [text for kind, about, text in BLOCKS if (kind, about) == ("text", "")]
    runner = CliRunner()
    with runner.isolated_filesystem():
        Path("my-policy.yaml").write_text(wrong)
        result = runner.invoke(command, ["policy", "check", "my-policy.yaml"])
    assert result.exit_code == 1
    assert result.stderr.startswith(shown)
    assert result.stderr.endswith("my-policy.yaml: 2 problems\n")


def test_the_explanation_is_the_one_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my-policy.yaml").write_text(POLICIES[0])
    (shown,) = [text for _, about, text in BLOCKS if about == " explained"]
    assert CliRunner().invoke(command, ["policy", "explain", "hate-look", "my-policy.yaml"]).output == shown


def test_the_policy_of_several_files_is_counted_as_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (policy,) = [text for _, about, text in BLOCKS if about == " files"]
    (shown,) = [text for _, about, text in BLOCKS if about == " counts"]
    counts = {"banned": 1204, "phishing": 300, "shorteners": 88}
    for folder in ("lists", "shared"):
        (tmp_path / folder).mkdir()
    for name, count in counts.items():
        terms = "".join(f"{name}{number}.example\n" for number in range(count))
        (tmp_path / "lists" / f"{name}.txt").write_text(f"# Made up.\n\n{terms}")
    (tmp_path / "shared" / "reasons.yaml").write_text("reasons: {off_topic: Not about the subject of the board.}\n")
    (tmp_path / "shared" / "spam.yaml").write_text("queues: {spam: {due: 2d}}\n")
    (tmp_path / "my-policy.yaml").write_text(policy)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(command, ["policy", "check", "my-policy.yaml"])
    assert re.sub(r"hash \w+", "hash ...", result.stdout) == shown


@pytest.mark.parametrize(
    "word",
    [
        *SIGNALS,
        *WINDOWED,
        *PLAIN,
        *SEVERITY,
        *LANES,
        *Category,
        *(f"{name}(" for name in CALLABLE),
        *(
            "variants",
            "for:",
            "name:",
            "thresholds:",
            "low:",
            "moderate:",
            "high:",
            "include:",
            "from:",
            "lines:",
            "lanes:",
            "queues:",
            "reasons:",
            "facts:",
            "lists:",
            "signals:",
            "rules:",
            "policy:",
            "breakers:",
            "audit:",
            "strikes:",
            "weight",
            "expires",
            "per_minute",
            "per_day",
            "share",
            "within",
            "at_least",
            "cool_down",
        ),
        *("id", "when", "then", "because", "queue", "priority", "note", "exempt", "due", "description", "default"),
        *("deadline", "while_pending", "if_missing", "provisional", "final", "revised", "human"),
    ],
)
def test_every_word_of_the_language_is_on_the_page(word: str) -> None:
    assert re.search(rf"(?<![\w.]){re.escape(word)}", PAGE)


@pytest.mark.parametrize("action", SEVERITY)
def test_the_page_explains_each_action_as_the_editor_does(action: str) -> None:
    (meaning,) = re.findall(rf"^\| `{action}` \| (.*) \|$", PAGE, re.MULTILINE)
    assert keys.ACTIONS[action].rstrip(".") == meaning[0].upper() + meaning[1:]
