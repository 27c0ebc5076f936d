"""What the verbs that talk to Kafka refuse before they connect, and how they show events."""

from collections.abc import Callable
from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner

from moderation.cli import dead_letters, decisions, post, reviews, schemas
from moderation.errors import ModerationError
from moderation.events import Decision, FiredRule, LaneName, Post, ReviewItem, Source


def refusal(command: click.Command, *arguments: str) -> str:
    result = CliRunner().invoke(command, arguments)
    if isinstance(result.exception, ModerationError):
        return str(result.exception)
    assert result.exit_code == 2, result.output
    return result.output


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        (post.command, [], "give a TEXT, an --image or --video, or --file POSTS.jsonl"),
        (post.command, ["text", "--file", "-"], "--file takes whole posts"),
        (post.command, ["text", "--fact", "age"], "write NAME=VALUE"),
        (post.command, ["--file", "/nonexistent.jsonl"], "does not exist"),
        (reviews.command, ["answer", "--action", "allow", "--reviewer", "me"], "either a REVIEW_ID or --post"),
        (reviews.command, ["answer", "r", "--action", "shout", "--reviewer", "me"], "'shout' is not one of"),
        (dead_letters.command, ["replay"], "name letters as PARTITION:OFFSET, or use --all"),
        (dead_letters.command, ["replay", "--all", "0:1"], "name letters as PARTITION:OFFSET, or use --all"),
        (dead_letters.command, ["replay", "0:1", "--stage", "text"], "choose among --all"),
        (dead_letters.command, ["replay", "\x1b[2J"], r"'\x1b[2J' is not PARTITION:OFFSET"),
        (dead_letters.command, ["replay", "--all", "--fix", "'"], "No closing quotation"),
        (dead_letters.command, ["replay", "--all", "--fix", " "], "give a command"),
        (schemas.command, [], "name one of post, scored"),
        (schemas.command, ["post", "--write", "folder"], "leave the name out"),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(
    command: click.Command, arguments: list[str], message: str
) -> None:
    said = refusal(command, *arguments)
    assert message in " ".join(said.split())
    assert "\x1b" not in said


def test_a_schema_is_printed_by_name() -> None:
    result = CliRunner().invoke(schemas.command, ["verdict"])
    assert result.exit_code == 0
    assert '"$id": "verdict/1"' in result.output


HOSTILE = "\x1b]0;owned\x07\u202e\n"


def lines_of() -> list[Callable[[], str]]:
    decision = Decision(
        decision_id="d",
        post_id=HOSTILE,
        stage="provisional",
        action="remove",
        reasons=(HOSTILE,),
        rules=(FiredRule(rule=HOSTILE, action="remove"),),
        lanes={"text": "scored", "video": "pending"},
    )
    item = ReviewItem(
        review_id=HOSTILE,
        decision_id="d",
        post_id=HOSTILE,
        queue=HOSTILE,
        post=Post(post_id=HOSTILE, text=HOSTILE * 100),
        source=Source(topic="posts", partition=0, offset=0, time=datetime(2026, 1, 1, tzinfo=UTC)),
    )
    return [lambda: decisions.line(decision), lambda: reviews.line(item)]


@pytest.mark.parametrize("line", lines_of())
def test_a_strangers_words_stay_in_one_line_and_act_on_no_terminal(line: Callable[[], str]) -> None:
    shown = line()
    assert shown.isprintable()
    assert len(shown) < 2_000


def test_a_decision_is_shown_with_its_rules_reasons_and_what_it_waits_for() -> None:
    decision = Decision(
        decision_id="d",
        post_id="p1",
        stage="provisional",
        action="hold",
        reasons=("hate",),
        rules=(
            FiredRule(rule="hate-hold", action="hold"),
            FiredRule(rule="spam", action="remove", silenced_by="trusted"),
        ),
        lanes={"text": "scored", "video": "pending"},
    )
    assert decisions.line(decision) == "hold      provisional p1  hate-hold  because hate  waits for video"


def test_a_decision_without_a_lane_is_shown_with_why_it_failed() -> None:
    lanes: dict[LaneName, str] = {"text": "scored", "image": "failed: not found"}
    decision = Decision(decision_id="d", post_id="p1", stage="final", action="review", lanes=lanes)
    assert decisions.line(decision) == "review    final       p1  no rule  image failed: not found"
