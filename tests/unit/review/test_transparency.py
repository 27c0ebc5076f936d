"""The transparency report on a fixed set of rows: every figure is known beforehand."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from moderation.review import transparency, transparency_written, verdicts
from moderation.review.database import Database
from moderation.review.tables import Account, Appeal, Gold, Item
from moderation.review.transparency import Line, Report, Tally
from tests.unit.review.accounted import NOW, account, answered, by_person, decided, item

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
BEFORE = SINCE - timedelta(seconds=1)
GOLDEN = Path(__file__).parent / "golden" / "transparency.md"


@pytest.fixture
def report(database: Database) -> Report:
    with database.session() as session:
        account(session, 1)
        account(session, 2)
        session.get_one(Account, 1).languages = ["en-GB", "en", "fr"]
        decided(session, "1")
        decided(session, "2", reasons=("hate", "threat"))
        reported = {"rule": "look", "action": "label", "because": "insult", "values": {"facts.reports": 2}}
        decided(session, "3", "label", reasons=("insult",), rules=(reported,))
        decided(session, "4", "hold", reasons=(), at=SINCE)
        decided(session, "5", "review")  # restricts nobody
        decided(session, "6", stage="provisional")  # replaced within minutes
        decided(session, "7", at=BEFORE)
        decided(session, "8", at=UNTIL)
        # People confirm one removal, take one back, and make one label a removal.
        for name, action, hours in (("1", "remove", 2), ("2", "allow", 4), ("3", "remove", 9)):
            on = item(session, name, at=NOW, verdict_id=f"verdict-{name}")
            given = answered(session, on, action, at=NOW + timedelta(hours=hours))
            on.answer_id = on.first_answer_id = given.answer_id
            by_person(session, name, action, supersedes=f"decision-{name}", at=NOW + timedelta(hours=hours))
        # The random audit: of three posts that nothing had stopped, one should have been.
        for name, action, probability in (("a", "allow", 0.01), ("b", "allow", 0.01), ("c", "remove", 0.02)):
            on = item(session, name, at=NOW, probability=probability)
            on.answer_id = answered(session, on, action, at=NOW + timedelta(hours=1)).answer_id
            on.first_answer_id = on.answer_id
        # ... and of two that were removed, one should not have been.
        for name, action in (("d", "remove"), ("e", "allow")):
            decided(session, name, at=BEFORE)
            on = item(session, name, at=NOW, probability=0.01)
            on.answer_id = answered(session, on, action, at=NOW + timedelta(hours=1)).answer_id
            on.first_answer_id = on.answer_id
        # What an appeal decides, and what was decided anew, say nothing of how long authors wait.
        on = item(session, "f")
        on.answer_id = answered(session, on, "allow", "appeal", at=NOW + timedelta(days=30)).answer_id
        on = item(session, "g", at=NOW - timedelta(days=99))
        on.occasion = "backfill-1"
        on.answer_id = on.first_answer_id = answered(session, on, "allow").answer_id
        # Gold: one right, one wrong. Second looks: two, one the same.
        for name, known in (("g1", "remove"), ("g2", "allow")):
            session.add(Gold(review_id=item(session, name, "gold").review_id, action=known, reasons=[], made_at=NOW))
            session.flush()
            answered(session, _item(session, name), "remove", "gold", counts=False)
        answered(session, _item(session, "1"), "remove", "second", account_id=2, counts=False)
        answered(session, _item(session, "2"), "remove", "second", account_id=2, counts=False)
        # Appeals: upheld after 10 h, overturned after 20 h, withdrawn, open, and one that was filed before.
        for number, (filed, outcome, hours) in enumerate(
            (
                (NOW, "upheld", 10),
                (NOW, "overturned", 20),
                (NOW, "withdrawn", 1),
                (NOW, None, 0),
                (BEFORE, "upheld", 0.5),
            )
        ):
            on = _item(session, "1")
            session.add(
                Appeal(
                    appeal_id=str(number), decision_id=f"appealed-{number}", post_id="post-1", author_id="ann",
                    review_id=on.review_id, action="remove", reasons=[], filed_by="token:1", filed_at=filed,
                    task_id=on.task_id, outcome=outcome, against=1 if number == 4 else None,
                    decided_at=filed + timedelta(hours=hours) if outcome else None,
                )
            )  # fmt: skip
    with database.session() as session:
        return transparency.report(session, SINCE, UNTIL)


def _item(session: Session, name: str) -> Item:
    return session.get_one(Item, f"review-{name}")


def test_restrictions_are_counted_by_reason_action_and_who_decided(report: Report) -> None:
    assert (report.restrictions, report.automated, report.human) == (5, 4, 1)
    assert (report.posts, report.confirmed, report.reported) == (4, 1, 2)
    assert report.lines == (
        Line("(no reason)", "hold", 1, 0),
        Line("hate", "remove", 2, 1),
        Line("insult", "label", 1, 0),
        Line("threat", "remove", 1, 0),
    )


def test_restrictions_are_counted_by_action_and_by_category_of_the_dsas_database(report: Report) -> None:
    assert report.actions == (Tally("label", 1, 0), Tally("hold", 1, 0), Tally("remove", 2, 1))
    assert report.categories == (
        Tally("(no reason)", 1, 0),
        Tally("STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", 3, 1),
        Tally("STATEMENT_CATEGORY_VIOLENCE", 1, 0),
    )


def test_a_final_decision_that_repeats_a_provisional_one_counts(database: Database) -> None:
    with database.session() as session:
        first = decided(session, "1", "hold", stage="provisional", current=False)
        decided(session, "2", "hold", supersedes=first.decision_id)
        decided(session, "3", "hold", supersedes="decision-2")
        found = transparency.report(session, SINCE, UNTIL)
    assert (found.restrictions, found.posts, found.confirmed) == (1, 1, 1)


def test_answers_appeals_and_how_long_they_took(report: Report) -> None:
    assert (report.answers, report.median_answer_s, report.reviewers) == (9, 3600, 2)
    appeals = report.appeals
    assert (appeals.filed, appeals.upheld, appeals.overturned, appeals.withdrawn, appeals.open) == (4, 2, 1, 1, 1)
    assert appeals.median_s == 10 * 3600


@pytest.mark.parametrize("kind", ["appeal", "adjudication"])
def test_what_people_decided_stays_where_it_was_decided_when_it_is_revised_later(database: Database, kind: str) -> None:
    later = UNTIL + timedelta(days=1)
    with database.session() as session:
        account(session, 1)
        account(session, 2)
        on = [item(session, "1"), item(session, "2")]  # the second is a near-duplicate of the first
        first = answered(session, on[0], counts=False, at=NOW + timedelta(hours=1))
        verdicts.send(session, first, on, "posts", now=first.answered_at)
        before = transparency.report(session, SINCE, UNTIL)
        revised = answered(session, on[0], "allow", kind, at=later, account_id=2, counts=False)
        verdicts.send(session, revised, on, "posts", now=later)
        assert transparency.report(session, SINCE, UNTIL) == before
        assert (before.answers, before.median_answer_s) == (2, 3600)
        assert transparency.report(session, UNTIL, later + timedelta(days=1)).answers == 0


def test_each_language_has_what_people_did_in_it(report: Report) -> None:
    english, french = report.languages
    assert (english.language, english.answers, english.median_answer_s, english.reviewers) == ("en", 9, 3600, 1)
    assert (english.appeals_decided, english.appeals_overturned) == (3, 1)
    assert english.automated_stood is not None
    assert (english.automated_stood.value, english.automated_stood.of) == (2 / 3, 3)
    assert (french.language, french.answers, french.automated_stood, french.reviewers) == ("fr", 0, None, 1)


def test_indicators_of_error_have_their_counts_and_intervals(report: Report) -> None:
    shares = report.indicators
    expected = {
        "automated_right": (0.5, 2), "audit_missed": (pytest.approx(50 / 250), 3), "automated_stood": (2 / 3, 3),
        "automated_overturned": (0.5, 2), "human_overturned": (0.0, 1), "gold_right": (0.5, 2),
        "second_agreed": (0.5, 2),
    }  # fmt: skip
    found = {name: getattr(shares, name) for name in expected}
    assert {name: (rate.value, rate.of) for name, rate in found.items()} == expected
    assert shares.automated_overturned is not None
    assert shares.automated_overturned.low < 0.5 < shares.automated_overturned.high


def test_the_random_audit_is_weighted_by_how_likely_each_post_was_to_be_picked(report: Report) -> None:
    missed = report.indicators.audit_missed
    assert missed is not None
    assert missed.value == pytest.approx(50 / (50 + 100 + 100))
    assert missed.of == 3


def test_the_same_rows_make_the_same_report_in_every_form(report: Report, database: Database) -> None:
    with database.session() as session:
        again = transparency.report(session, SINCE, UNTIL)
    for written in (transparency_written.as_json, transparency_written.as_csv, transparency_written.as_markdown):
        assert written(again) == written(report)


def test_json_and_csv_say_the_same(report: Report) -> None:
    values = json.loads(transparency_written.as_json(report))
    assert values["since"] == "2026-11-01T00:00:00+00:00"
    rows = list(csv.DictReader(io.StringIO(transparency_written.as_csv(report))))
    told = {(row["table"], row["name"], row["action"], row["figure"]): row["value"] for row in rows}
    assert len(told) == len(rows)
    assert told["total", "", "", "automated"] == str(values["automated"]) == "4"
    assert told["restrictions", "hate", "remove", "human"] == "1"
    assert told["answers", "", "", "median_s"] == str(values["median_answer_s"])
    assert float(told["indicators", "", "", "audit_missed_value"]) == values["indicators"]["audit_missed"]["value"]


def test_the_report_to_read(report: Report) -> None:
    assert transparency_written.as_markdown(report) == GOLDEN.read_text(encoding="utf-8")


def test_a_period_without_anything_is_a_report_of_zeros(database: Database) -> None:
    with database.session() as session:
        empty = transparency.report(session, SINCE, UNTIL)
    assert (empty.restrictions, empty.lines, empty.median_answer_s) == (0, (), None)
    assert "| | right answers of reviewers" in transparency_written.as_markdown(empty)
    assert "median_s,\n" in transparency_written.as_csv(empty)
