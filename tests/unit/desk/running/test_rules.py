"""A desk that runs takes up changed rules, and keeps its own where they have a mistake."""

import logging
import os
import time
from pathlib import Path

import pytest

from moderation.client.reading import Record
from moderation.desk.running.rules import RulesInForce
from moderation.desk.running.service import Parts, app_of
from moderation.review.rules import load
from moderation.review.tables import Item
from moderation.settings import DeskSettings, KafkaSettings
from tests.unit.desk.desks import browser, desk_in
from tests.unit.review.arriving import item_of, made_post

FIRST = "queues: {hate: {due: 4h}}\n"
OTHER = "queues: {hate: {due: 4h}, german: {due: 1h}}\nrouting: [{to: german, languages: [de]}]\n"
WRONG = "queues: {hate: {due: soon}}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(FIRST)
    return path


def written(file: Path, text: str) -> None:
    """As another version: two within one tick of a file system's clock are told apart, too."""
    before = file.stat().st_mtime_ns if file.exists() else time.time_ns()
    file.write_text(text)
    os.utime(file, ns=(before + 1_000_000, before + 1_000_000))


def followed(file: Path) -> RulesInForce:
    rules = RulesInForce(load(file), file)
    rules.look()
    rules.look()
    return rules


def test_a_changed_file_counts_once_it_has_stood_still(file: Path) -> None:
    rules = followed(file)
    told: list[object] = []
    rules.tell(told.append)
    written(file, "queues: {hate: {due: 4h}, german: {}}\n")
    rules.look()
    written(file, OTHER)  # it was still being written
    rules.look()
    assert set(rules.now.queues) == {"hate"}
    rules.look()
    assert set(rules().queues) == {"hate", "german"}
    assert told == [rules.now]
    rules.look()
    assert len(told) == 1


def test_a_file_with_a_mistake_changes_nothing_and_each_mistake_is_told_until_it_is_mended(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = followed(file)
    for mistake, told in [
        (WRONG, "write 90s, 15m, 2h or 30d"),
        ("queue: {}\n", "unknown key 'queue'"),
        ("", "the file is empty"),
    ]:
        caplog.clear()
        written(file, mistake)
        for _ in range(4):
            rules.look()
        assert set(rules.now.queues) == {"hate"}
        assert rules.trouble is not None
        assert f"{file}:1:" in rules.trouble.message
        [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
        assert told in record.getMessage()
    written(file, OTHER)
    rules.look()
    rules.look()
    assert rules.trouble is None
    assert set(rules.now.queues) == {"hate", "german"}


def test_rules_whose_file_is_gone_stay(file: Path) -> None:
    rules = followed(file)
    file.unlink()
    rules.look()
    rules.look()
    assert rules.trouble is not None
    assert "cannot be read" in rules.trouble.message
    written(file, FIRST)
    rules.look()
    rules.look()
    assert rules.trouble is None


def test_pages_and_feeds_go_by_the_rules_that_count_and_a_mistake_stands_on_the_page_of_queues(
    file: Path, tmp_path: Path
) -> None:
    desk = desk_in(tmp_path, rules=load(file), settings=DeskSettings(rules=file))
    parts = Parts.of(desk, KafkaSettings())
    lead = browser(app_of(desk, parts), "lead")
    assert "german" not in lead.get("/queues").text
    written(file, OTHER)
    for _ in range(3):
        parts.rules.look()
    assert "german" in lead.get("/queues").text

    item = item_of(made_post(language="de"))
    parts.reviews.take([Record("reviews", 0, 0, time.time(), None, item.to_json(), ())])
    with desk.database.session() as session:
        assert session.get_one(Item, item.review_id).queue == "german"

    written(file, WRONG)
    for _ in range(3):
        parts.rules.look()
    page = lead.get("/queues").text
    assert "german" in page
    assert "the rules stay as they were" in page
    assert "rules.yaml:1:" in page
