"""Precision and recall from answers: they speak for all posts, not for those that rules happened to send here."""

import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.review.database import Database
from moderation.review.quality.estimates import Drawn, estimates, tallies
from moderation.shares import place_of
from tests.unit.review import rows
from tests.unit.review.quality.waiting import people
from tests.unit.review.rows import NOW, ago

_FIRED = {"look": ["review", "hate"]}


def post(bad: bool, fired: bool, probability: float = 1.0) -> Drawn:
    """An answered post that is hate or not, on which the rule fired or not, weighted by its probability."""
    return Drawn(_FIRED if fired else {}, "remove" if bad else "allow", ("hate",) if bad else (), 1.0 / probability)


posts = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=7)


@given(posts, st.floats(0.05, 0.95))
def test_over_every_audit_that_might_have_been_the_expected_totals_are_the_true_ones(
    population: list[tuple[bool, bool]], share: float
) -> None:
    expected: dict[str, float] = dict.fromkeys(("caught", "missed"), 0.0)
    unsent = [bad for bad, fired in population if not fired]
    sent = [post(bad, fired=True) for bad, fired in population if fired]
    for picked in itertools.product([False, True], repeat=len(unsent)):
        chance = share ** sum(picked) * (1 - share) ** (len(picked) - sum(picked))
        audited = [post(bad, False, share) for bad, own in zip(unsent, picked, strict=True) if own]
        _, reasons = tallies([*sent, *audited])
        tally = reasons.get("hate")
        if tally is not None:
            expected["caught"] += chance * sum(weight * count for weight, count in tally.caught.items())
            expected["missed"] += chance * sum(weight * count for weight, count in tally.missed.items())
    assert expected["caught"] == pytest.approx(sum(bad and fired for bad, fired in population))
    assert expected["missed"] == pytest.approx(sum(unsent))


def test_recall_from_a_random_audit_is_that_of_all_posts_and_its_interval_holds_it() -> None:
    chance = random.Random(0)
    population = [(chance.random() < 0.1, chance.random()) for _ in range(2_000)]
    marked = [(bad, score < (0.6 if bad else 0.05)) for bad, score in population]
    true = sum(bad and fired for bad, fired in marked) / sum(bad for bad, _ in marked)
    found, held = [], 0
    for audit in range(60):
        drawn = [
            post(bad, fired, 1.0 if fired else 0.1)
            for number, (bad, fired) in enumerate(marked)
            if fired or place_of(f"{audit}:{number}") < 0.1
        ]
        rules, _ = tallies(drawn)
        recall = rules["look"].recall
        assert recall is not None
        found.append(recall.value)
        held += recall.low <= true <= recall.high
    assert sum(found) / len(found) == pytest.approx(true, abs=0.03)
    naive = sum(bad and fired for bad, fired in marked) / sum(
        bad for number, (bad, fired) in enumerate(marked) if fired or place_of(f"0:{number}") < 0.1
    )
    assert naive > true + 0.2  # what counting answers without their weights would say
    assert held >= 0.93 * 60


def test_a_rule_is_right_when_people_acted_for_its_reason_or_none_and_an_allow_rule_when_they_allowed() -> None:
    fired = {"look": ["review", "hate"], "fine": ["allow", None]}
    cases = [("remove", ("hate",)), ("remove", ()), ("remove", ("spam",)), ("allow", ())]
    rules, reasons = tallies(Drawn(fired, action, given_) for action, given_ in cases)
    assert (rules["look"].right.total(), rules["look"].wrong.total()) == (2, 2)
    assert (rules["fine"].right.total(), rules["fine"].wrong.total()) == (1, 3)
    assert rules["fine"].recall is None
    assert (reasons["spam"].missed.total(), reasons["hate"].caught.total()) == (1, 1)


def test_estimates_leave_out_what_was_not_drawn_and_stand_for_what_still_waits(database: Database) -> None:
    with database.session() as session:
        people(session, "kim")
        cases: list[tuple[str, float, str, dict[str, Any]]] = [
            ("decided", 1.0, "d", _FIRED),  # a rule sent it
            ("decided", 0.1, "d", {}),  # of the audit
            ("open", 0.1, "d", {}),  # of the audit, and waits
            ("closed", 0.1, "d", {}),  # of the audit, and its author deleted it
            ("decided", 1.0, "", {}),  # only appealed
            ("gold", 1.0, "", {}),
        ]
        for number, (status, probability, digest, fired) in enumerate(cases, 1001):
            session.add(rows.task(number))
            session.flush()
            session.add(
                rows.item(
                    number, status=status, probability=probability, digest=digest, fired=fired, posted_at=ago(hours=1),
                    answer_id=number if status in ("decided", "gold") else None,
                )
            )  # fmt: skip
            session.flush()
            if status in ("decided", "gold"):
                session.add(rows.answer(number, 1000))
        session.flush()
        found = estimates(session, since=ago(days=1), until=NOW)
        assert (found.answered, found.audited, found.waiting) == (2, 1, 1)
        assert found.reasons["hate"].caught == {1.0: 1}
        assert found.reasons["hate"].missed == {20.0: 1}
        recall = found.rules["look"].recall
        assert recall is not None
        assert recall.value == pytest.approx(1 / 21)
        assert estimates(session, since=ago(minutes=5), until=NOW).rules == {}
