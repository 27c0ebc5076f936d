"""Records, decisions and verdicts are joined to one row per revision of a post, whatever came twice."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from moderation.events import Decision, LaneName, LaneState, Scored, Verdict
from moderation.history.staging import Staging
from moderation.policy import Policy, evaluate
from tests.unit.policy.builders import policy, record

RULES = """
{id: hate-remove, when: text.hate >= 0.9, then: remove, because: hate}
{id: hate-look, when: text.hate >= 0.5, then: review, because: hate}
{id: trusted, when: facts.trusted, exempt: [hate-look]}
"""
HEAD = "facts: {trusted: {type: boolean, default: false}}"
AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def decider() -> Policy:
    return policy(RULES, HEAD)


def made(hate: float, lanes: dict[LaneName, LaneState] | None = None, **post: Any) -> Scored:
    return record({"text.hate": hate}, lanes=lanes, **post)


def verdict(action: str, reasons: tuple[str, ...] = (), at: datetime = AT) -> Verdict:
    return Verdict.model_validate(
        {
            "verdict_id": f"v-{action}",
            "post_id": "p1",
            "action": action,
            "reasons": reasons,
            "reviewer": "kim",
            "decided_at": at,
        }
    )


def joined(
    records: Sequence[Scored], decisions: Sequence[Decision] = (), verdicts: Sequence[Verdict] = (), text: bool = True
) -> list[dict[str, Any]]:
    with Staging(with_text=text) as staging:
        staging.add_records(own.to_json() for own in records)
        staging.add_decisions(own.to_json() for own in decisions)
        staging.add_verdicts(own.to_json() for own in verdicts)
        rows = list(staging.rows())
        assert len(staging) == len(rows)
        return rows


def test_a_row_has_the_post_what_was_found_decided_and_answered(decider: Policy) -> None:
    scored = made(0.95, text="You.", surface="comment", facts={"trusted": True, "karma": 3, "empty": None})
    decision = evaluate(scored, decider).decision
    (row,) = joined([scored], [decision], [verdict("remove", ("hate",))])
    assert row["post_id"] == "p1"
    assert row["time"] == "2026-03-01T12:00:00+00:00"
    assert (row["text"], row["post.surface"], row["post.revision"]) == ("You.", "comment", 0)
    assert (row["text.hate"], row["text.language"], row["facts.karma"]) == (0.95, "en", 3)
    assert "facts.empty" not in row
    assert row["lanes.text"] == "scored"
    assert row["decision.action"] == "remove"
    assert row["decision.rules"] == ["hate-remove"]  # hate-look was silenced, and the exemption is no rule
    assert row["decision.deciding"] == ["hate-remove"]
    assert (row["label.action"], row["label.reasons"]) == ("remove", ["hate"])
    assert "kim" not in str(row)


def test_the_record_in_which_most_lanes_had_reported_counts_with_its_decision(decider: Policy) -> None:
    early = made(0.2, {"text": "scored", "image": "pending"})
    late = made(0.2, {"text": "scored", "image": "failed"})
    decisions = [evaluate(own, decider).decision for own in (early, late)]
    for order in ([early, late], [late, early], [early, late, early]):  # the last: a redelivery
        (row,) = joined(order, decisions)
        assert row["lanes.image"] == "failed: deadline"
        assert (row["decision.action"], row["decision.reasons"]) == ("review", ["image_missing"])


def test_what_a_redelivery_finds_anew_is_not_what_was_acted_on(decider: Policy) -> None:
    first, again = made(0.95), made(0.1)
    decisions = [evaluate(own, decider).decision for own in (first, again)]
    (row,) = joined([first, again], decisions)
    assert (row["text.hate"], row["decision.action"]) == (0.95, "remove")


def test_a_post_whose_decision_is_missing_keeps_its_row() -> None:
    (row,) = joined([made(0.95)])
    assert "decision.action" not in row


def test_a_backfill_takes_the_place_of_what_was_live(decider: Policy) -> None:
    live, backfill = made(0.1), made(0.95, occasion="backfill-1")
    decisions = [evaluate(own, decider).decision for own in (live, backfill)]
    (row,) = joined([live, backfill, live], decisions)
    assert (row["occasion"], row["decision.action"], row["decision.stage"]) == ("backfill-1", "remove", "revised")


def test_revisions_are_rows_of_their_own_and_the_last_answer_on_each_counts() -> None:
    verdicts = [verdict("remove"), verdict("allow", at=AT - timedelta(hours=1))]
    first, second = joined([made(0.1), made(0.2, revision=1)], [], verdicts)
    assert (first["post.revision"], first["label.action"]) == (0, "remove")
    assert (second["post.revision"], second.get("label.action")) == (1, None)


@pytest.mark.parametrize("told_by", ["record", "decision"])
def test_a_deleted_post_keeps_its_row_without_its_text(decider: Policy, told_by: str) -> None:
    deletion = made(0.0, {"text": "nothing_to_score"}, change="deleted", revision=1)
    records = [made(0.95, text="secret"), *([deletion] if told_by == "record" else [])]
    (row,) = joined(records, [evaluate(deletion, decider).decision] if told_by == "decision" else [])
    assert row["text.hate"] == 0.95
    assert "text" not in row


def test_without_text_no_text_is_written() -> None:
    (row,) = joined([made(0.1, text="secret")], text=False)
    assert "secret" not in str(row)


def test_what_people_decided_is_a_label_and_not_the_policys_decision(decider: Policy) -> None:
    from moderation.policy import human_decision

    scored = made(0.6)
    decisions = [evaluate(scored, decider).decision, human_decision(verdict("remove"))]
    (row,) = joined([scored], decisions)
    assert row["decision.action"] == "review"


def test_what_is_no_event_is_counted_and_passed_over() -> None:
    with Staging(with_text=True) as staging:
        staging.add_records([b"no", made(0.1).to_json(), b"{}"])
        staging.add_decisions([b"[]"])
        assert (len(staging), staging.unreadable) == (1, 3)
