"""Answers as labelled data that backtests and thresholds read."""

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from moderation.cli.main import command
from moderation.errors import ConfigurationError
from moderation.events import FiredRule, ReviewItem
from moderation.review import content
from moderation.review.database import Database
from moderation.review.labels import Answered, fired_of
from moderation.review.tables import AuthorKey, Item
from tests.unit.review.quality.waiting import ONCE, answered, claimed, kept, people, review_item
from tests.unit.review.rows import ago

_POLICY = """
policy: labels
rules:
  - {id: look, when: text.hate >= 0.6, then: review, because: hate}
"""


def drawn(database: Database, *numbers: int) -> None:
    """Answered items: even ones allowed and of an audit of a tenth, odd ones removed and sent by a rule."""
    with database.session() as session:
        (kim,) = people(session, "kim")
        for number in numbers:
            task = claimed(session, kim, number)
            item = session.get_one(Item, f"review-{number}")
            item.digest, item.probability = "d", 1.0 if number % 2 else 0.1
            session.flush()
            answered(session, task, kim, "remove" if number % 2 else "allow", ONCE)


def test_a_label_is_a_row_of_a_history_with_the_probability_of_its_post(database: Database) -> None:
    drawn(database, 1, 2)
    answered_ = Answered(database)
    second, first = list(answered_)  # in the order of posting
    assert first == {
        "schema": "history/1", "post_id": "post-1", "time": ago(minutes=1).isoformat(), "author_id": "author-1",
        "occasion": "live", "partition": 1, "offset": 1, "post.surface": "post", "post.change": "created",
        "post.revision": 0, "post.images": 0, "post.videos": 0, "text.hate": 0.8,
        "decision.action": "review", "decision.rules": [], "decision.reasons": ["hate"],
        "label.action": "remove", "label.reasons": ["hate"],
        "label.time": "2026-11-21T12:00:00+00:00", "sampling_probability": 1.0,
    }  # fmt: skip
    assert (second["label.action"], second["label.reasons"], second["sampling_probability"]) == ("allow", [], 0.1)
    assert (answered_.posts, answered_.lost) == (2, 0)


def test_only_with_text_is_the_text_written_and_never_of_an_erased_author(database: Database) -> None:
    drawn(database, 1, 2)
    with database.session() as session:
        session.get_one(AuthorKey, "author:author-2").key = None
    answered_ = Answered(database, with_text=True)
    assert [row["text"] for row in answered_] == ["they are vermin"]
    assert (answered_.posts, answered_.lost) == (1, 1)


def test_a_range_is_of_times_of_posting(database: Database) -> None:
    drawn(database, 1, 2, 3)
    found = Answered(database, since=ago(minutes=2), until=ago(minutes=1))
    assert [row["post_id"] for row in found] == ["post-2"]


def test_what_only_an_appeal_or_nobody_brought_here_has_no_probability_and_no_label(database: Database) -> None:
    drawn(database, 1)
    with database.session() as session:
        session.get_one(Item, "review-1").digest = ""
        session.add(kept(session, 5))
    (row,) = Answered(database)
    assert "sampling_probability" not in row


def test_many_labels_come_in_pieces_and_each_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moderation.review.labels._AT_ONCE", 2)
    drawn(database, *range(1, 6))
    assert [row["post_id"] for row in Answered(database)] == [f"post-{number}" for number in range(5, 0, -1)]


def test_rules_that_had_no_say_did_not_fire() -> None:
    rules = (
        FiredRule(rule="look", action="review", because="hate"),
        FiredRule(rule="quiet", action="remove", because="hate", silenced_by="quote"),
        FiredRule(rule="quote", action="allow"),
    )
    item = ReviewItem.model_validate({**review_item(1).model_dump(by_alias=True), "rules": rules})
    assert fired_of(item) == {"look": ["review", "hate"]}


def test_the_command_writes_what_backtest_and_tune_read(
    database: Database, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn(database, *range(1, 41))
    monkeypatch.setenv("MODERATION_DESK_DATABASE", address)
    run = CliRunner()
    for name in ("labels.parquet", "labels.jsonl"):
        done = run.invoke(command, ["history", "labels", "--to", str(tmp_path / name)])
        assert done.exit_code == 0, done.output
        assert "40 posts with what people decided, without text" in done.output
    first = json.loads((tmp_path / "labels.jsonl").read_text().splitlines()[0])
    assert first["label.action"] == "allow"
    assert pl.read_parquet(tmp_path / "labels.parquet").height == 40
    (tmp_path / "policy.yaml").write_text(_POLICY)
    policy = str(tmp_path / "policy.yaml")
    tested = run.invoke(command, ["policy", "backtest", policy, "--on", str(tmp_path / "labels.parquet")])
    assert tested.exit_code == 0, tested.output
    # 20 of weight 1 are hate, 20 of weight 10 are not.
    assert "9.1 %" in tested.output or "9.1%" in tested.output, tested.output
    tuned = run.invoke(command, ["policy", "tune", "look", policy, "--labels", str(tmp_path / "labels.jsonl")])
    assert tuned.exit_code == 0, tuned.output
    assert "40 judged posts" in tuned.output


def test_without_answers_the_command_says_so_and_fails(
    database: Database, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODERATION_DESK_DATABASE", address)
    done = CliRunner().invoke(command, ["history", "labels", "--to", str(tmp_path / "labels.jsonl")])
    told = ["0 posts with what people decided, without text", "nobody decided on a post of that time"]
    assert (done.exit_code, done.output.splitlines()[-2:]) == (1, told)


def test_a_label_survives_only_as_long_as_its_content(database: Database) -> None:
    drawn(database, 1)
    with database.session() as session:
        item = session.get_one(Item, "review-1")
        assert content.unseal(session, item) is not None
        item.content = None
    found = Answered(database)
    assert list(found) == []
    assert found.lost == 1


def test_without_a_database_the_command_says_so_and_makes_none(tmp_path: Path) -> None:
    missing = tmp_path / "desk.db"
    done = CliRunner().invoke(
        command, ["history", "labels", "--to", "labels.jsonl", "--database", f"sqlite:///{missing}"]
    )
    assert isinstance(done.exception, ConfigurationError)
    assert str(done.exception).startswith(f"there is no desk's database at {missing}")
    assert not missing.exists()
