"""The transparency report on a fixed set of rows: every figure is known beforehand."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from moderation.review import transparency, transparency_written
from moderation.review.database import Database
from moderation.review.tables import Appeal, Gold, Item
from moderation.review.transparency import Line, Report
from tests.unit.review.accounted import NOW, account, answered, by_person, decided, item

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
BEFORE = SINCE - timedelta(seconds=1)


@pytest.fixture
def report(database: Database) -> Report:
    with database.session() as session:
        account(session, 1)
        account(session, 2)
        decided(session, "1")
        decided(session, "2", reasons=("hate", "threat"))
        decided(session, "3", "label", reasons=("insult",))
        decided(session, "4", "hold", reasons=(), at=SINCE)
        decided(session, "5", "review")  # restricts nobody
        decided(session, "6", stage="provisional")  # replaced within minutes
        decided(session, "7", at=BEFORE)
        decided(session, "8", at=UNTIL)
        # People confirm one removal, take one back, and make one label a removal.
        for name, action, hours in (("1", "remove", 2), ("2", "allow", 4), ("3", "remove", 9)):
            on = item(session, name, at=NOW)
            given = answered(session, on, action, at=NOW + timedelta(hours=hours))
            on.answer_id = given.answer_id
            by_person(session, name, action, supersedes=f"decision-{name}", at=NOW + timedelta(hours=hours))
        # The random audit: of three posts that nothing had stopped, one should have been.
        for name, action, probability in (("a", "allow", 0.01), ("b", "allow", 0.01), ("c", "remove", 0.02)):
            on = item(session, name, at=NOW, probability=probability)
            on.answer_id = answered(session, on, action, at=NOW + timedelta(hours=1)).answer_id
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
                    task_id=on.task_id, outcome=outcome,
                    decided_at=filed + timedelta(hours=hours) if outcome else None,
                )
            )  # fmt: skip
    with database.session() as session:
        return transparency.report(session, SINCE, UNTIL)


def _item(session: Session, name: str) -> Item:
    return session.get_one(Item, f"review-{name}")


def test_restrictions_are_counted_by_reason_action_and_who_decided(report: Report) -> None:
    assert (report.restrictions, report.automated, report.human) == (6, 4, 2)
    assert report.lines == (
        Line("(no reason)", "hold", 1, 0),
        Line("hate", "remove", 2, 2),
        Line("insult", "label", 1, 0),
        Line("threat", "remove", 1, 0),
    )


def test_answers_appeals_and_how_long_they_took(report: Report) -> None:
    assert (report.answers, report.median_answer_s) == (6, 1.5 * 3600)
    appeals = report.appeals
    assert (appeals.filed, appeals.upheld, appeals.overturned, appeals.withdrawn) == (4, 2, 1, 1)
    assert appeals.median_s == 10 * 3600


def test_indicators_of_error_have_their_counts_and_intervals(report: Report) -> None:
    shares = report.indicators
    assert shares.automated_stood is not None
    assert (shares.automated_stood.value, shares.automated_stood.of) == (2 / 3, 3)
    assert shares.gold_right is not None
    assert (shares.gold_right.value, shares.gold_right.of) == (0.5, 2)
    assert shares.second_agreed is not None
    assert (shares.second_agreed.value, shares.second_agreed.of) == (0.5, 2)
    assert shares.appeals_overturned is not None
    assert (shares.appeals_overturned.value, shares.appeals_overturned.of) == (1 / 3, 3)
    assert shares.appeals_overturned.low < 1 / 3 < shares.appeals_overturned.high


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
    told = {(row["table"], row["reason"], row["action"], row["figure"]): row["value"] for row in rows}
    assert len(told) == len(rows)
    assert told["total", "", "", "automated"] == str(values["automated"]) == "4"
    assert told["restrictions", "hate", "remove", "human"] == "2"
    assert told["answers", "", "", "median_s"] == str(values["median_answer_s"])
    assert float(told["indicators", "", "", "audit_missed_value"]) == values["indicators"]["audit_missed"]["value"]


def test_the_report_to_read(report: Report) -> None:
    assert transparency_written.as_markdown(report).startswith(
        "# Transparency report, 2026-11-01 to 2026-12-01\n"
        "\n"
        "The last day is not included. Times are UTC.\n"
        "\n"
        "## Restrictions\n"
        "\n"
        "6 decisions restricted a post: 4 by automated means alone, 2 by a person.\n"
        "\n"
        "| reason | action | automated | by a person |\n"
        "|---|---|---:|---:|\n"
        "| (no reason) | hold | 1 | 0 |\n"
        "| Hate | remove | 2 | 2 |\n"
        "| Insult | label | 1 | 0 |\n"
        "| Threat | remove | 1 | 0 |\n"
        "\n"
        "A decision for two reasons stands in both lines.\n"
        "\n"
        "## Decisions by people\n"
        "\n"
        "People decided on 6 posts, in the median 1 h 30 min after the post.\n"
        "\n"
        "## Appeals\n"
        "\n"
        "4 filed. 3 decided, in the median 10 h after they were filed: 2 stood, 1 overturned. "
        "1 ended without a decision.\n"
        "\n"
        "## How right it was\n"
    )


def test_a_period_without_anything_is_a_report_of_zeros(database: Database) -> None:
    with database.session() as session:
        empty = transparency.report(session, SINCE, UNTIL)
    assert (empty.restrictions, empty.lines, empty.median_answer_s) == (0, (), None)
    assert "| | right answers of reviewers" in transparency_written.as_markdown(empty)
    assert "median_s,\n" in transparency_written.as_csv(empty)
