"""What people read of breakers: the page's example, and the lines of the verbs."""

from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from moderation.breakers import BreakerState
from moderation.cli import alarms
from moderation.cli.policy import command
from moderation.cli.policy.breakers import line
from moderation.events import Alarm
from moderation.policy import parse_policy
from tests.unit.policy.test_authors_page import BLOCKS, POLICIES

UNTIL = datetime(2026, 3, 1, 12, 10, tzinfo=UTC)


def test_the_states_on_the_authors_page_are_those_that_the_verb_shows() -> None:
    (source,) = [text for text in POLICIES if "breakers:" in text]
    (shown,) = [text for _, about, text in BLOCKS if about == " breakers"]
    breakers = parse_policy(f"policy: example\n{source}").breakers
    states = [
        BreakerState(breakers["removals"], "open", UNTIL, {"per_minute": 100, "per_day": 412, "share": 100}, 1310),
        BreakerState(breakers["hate"], "closed", None, {"per_minute": 3}, 0),
    ]
    assert "\n".join(map(line, states)) + "\n" == shown


def test_an_alarm_is_one_line_whatever_it_says() -> None:
    alarm = Alarm(alarm_id="a", kind="breaker_open", subject="b", message="It is open.\x1b[2J\n", at=UNTIL)
    assert alarms.line(alarm) == r"2026-03-01 12:10:00  breaker_open       It is open.\x1b[2J\n"


def test_check_and_explain_show_the_breakers(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    (source,) = [text for text in POLICIES if "breakers:" in text]
    file.write_text(f"policy: example\n{source}")
    run = CliRunner()
    told = (
        "breaker removals: remove, "
        "at most 100 posts a minute or 5,000 posts a day or 2% of the posts in 10m once there are 200"
    )
    assert told in run.invoke(command, ["check", str(file)]).output
    explained = run.invoke(command, ["explain", "hate-remove", str(file)]).output
    assert (
        "Guarded by breaker hate (rule hate-remove, at most 20 posts a minute): while it is open, a human looks"
        in explained
    )
