import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.review import search
from moderation.review.database import Database
from moderation.review.search import AnswerQuery, BadPlace, Between, DecisionQuery, ItemQuery, Page
from moderation.review.tables import Item
from tests.unit.review.rows import account, ago, answer, decision, item, task
from tests.unit.review.test_overview import put


def ids(page: Page[Item]) -> list[str]:
    return [row.review_id for row in page.rows]


def test_one_id_finds_items_by_post_author_decision_and_item(database: Database) -> None:
    put(database, item(1), item(2, author_id="author-1"), item(3))
    with database.session() as session:
        for name, expected in (
            ("review-1", ["review-1"]),
            ("post-2", ["review-2"]),
            ("author-1", ["review-1", "review-2"]),
            ("decision-3", ["review-3"]),
            ("post-", []),
        ):
            assert ids(search.items(session, ItemQuery(id=name))) == expected


def test_items_are_found_by_what_they_are(database: Database) -> None:
    put(
        database,
        item(1, queue="hate", language="de", modality="image", surface="comment", reasons=["spam", "hate"]),
        item(2, queue="hate", status="decided", reasons=["hateful"]),
        item(3, queue="spam", status="closed", reasons=["hate"]),
    )
    with database.session() as session:
        for query, expected in (
            (ItemQuery(), [1, 2, 3]),
            (ItemQuery(queue="hate"), [1, 2]),
            (ItemQuery(status="decided"), [2]),
            (ItemQuery(status="open", queue="spam"), []),
            (ItemQuery(status="decided", queue="hate"), [2]),
            (ItemQuery(language="de", modality="image", surface="comment"), [1]),
            (ItemQuery(reason="hate"), [1, 3]),
            (ItemQuery(reason='h"%'), []),
            (ItemQuery(when=Between(since=ago(minutes=2))), [1, 2]),
            (ItemQuery(when=Between(until=ago(minutes=2))), [3]),
            (ItemQuery(id="post-1", queue="spam"), []),
        ):
            assert ids(search.items(session, query)) == [f"review-{number}" for number in expected], query


def test_answers_are_found_by_who_gave_them_and_what_they_say(database: Database) -> None:
    put(
        database,
        account(1, "kim"),
        account(2, "lou"),
        *(row for number in (1, 2, 3) for row in (item(number, author_id="anna"), task(number))),
        answer(1, 1, reasons=["hate", "spam"]),
        answer(2, 2, action="allow", reasons=[], queue="spam"),
        answer(3, 1, action="allow", reasons=["spam"]),
    )
    with database.session() as session:
        for query, expected in (
            (AnswerQuery(), [1, 2, 3]),
            (AnswerQuery(reviewer="kim"), [1, 3]),
            (AnswerQuery(reviewer="kim", action="allow"), [3]),
            (AnswerQuery(reviewer="nobody"), []),
            (AnswerQuery(queue="spam"), [2]),
            (AnswerQuery(reason="spam"), [1, 3]),
            (AnswerQuery(id="post-2"), [2]),
            (AnswerQuery(id="anna", reviewer="lou"), [2]),
            (AnswerQuery(id="verdict-3"), [3]),
            (AnswerQuery(when=Between(ago(minutes=2), ago(minutes=1))), [2]),
        ):
            assert [row.answer_id for row in search.answers(session, query).rows] == expected, query


def test_decisions_are_found_also_where_no_person_was_asked(database: Database) -> None:
    put(
        database,
        item(1, decision_id="decision-1"),
        decision(1),
        decision(2, post_id="post-1", stage="human", action="remove", reasons=[]),
        decision(3, action="restrict", reasons=["spam"]),
    )
    with database.session() as session:
        for query, expected in (
            (DecisionQuery(), [1, 2, 3]),
            (DecisionQuery(id="post-1"), [1, 2]),
            (DecisionQuery(id="review-1"), [1, 2]),
            (DecisionQuery(id="decision-3"), [3]),
            (DecisionQuery(id="author-3"), [3]),
            (DecisionQuery(stage="human"), [2]),
            (DecisionQuery(action="restrict", reason="spam"), [3]),
        ):
            found = search.decisions(session, query).rows
            assert [row.decision_id for row in found] == [f"decision-{number}" for number in expected], query


def test_items_and_answers_with_a_known_answer_are_found_only_where_it_is_asked_for(database: Database) -> None:
    put(database, account(1), item(1), item(2, status="gold"), task(1), task(2), answer(1), answer(2, kind="gold"))
    with database.session() as session:
        assert ids(search.items(session, ItemQuery())) == ["review-1"]
        assert ids(search.items(session, ItemQuery(gold=True))) == ["review-1", "review-2"]
        assert [row.answer_id for row in search.answers(session, AnswerQuery()).rows] == [1]
        assert [row.answer_id for row in search.answers(session, AnswerQuery(gold=True)).rows] == [1, 2]


def test_a_page_that_looked_far_for_little_says_how_far_and_goes_on_there(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "LOOKED_AT", 3)
    put(database, *(item(number, language="de" if number == 7 else "en") for number in range(1, 9)))
    with database.session() as session:
        first = search.items(session, ItemQuery(language="de"))
        assert (ids(first), first.back_to) == ([], ago(minutes=3))
        second = search.items(session, ItemQuery(language="de"), after=first.after)
        assert (ids(second), second.back_to) == ([], ago(minutes=6))
        third = search.items(session, ItemQuery(language="de"), after=second.after)
        assert (ids(third), third.after, third.back_to) == (["review-7"], None, None)


@pytest.mark.parametrize("place", ["", "~", "yesterday~review-1", "2026-11-21T12:00:00~review-1"])
def test_a_place_that_no_page_has_given_is_refused(database: Database, place: str) -> None:
    with database.session() as session, pytest.raises(BadPlace, match="is no place in this list"):
        search.items(session, ItemQuery(), after=place)
    with database.session() as session, pytest.raises(BadPlace, match="is no place in this list"):
        search.answers(session, AnswerQuery(), after="2026-11-21T12:00:00+00:00~review-1")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=st.lists(st.integers(0, 4), max_size=12),
    size=st.integers(1, 5),
    looked_at=st.integers(1, 6),
    wanted=st.sampled_from([None, "even", "odd"]),
)
def test_pages_of_any_size_hold_every_item_once_in_order(
    database: Database, minutes: list[int], size: int, looked_at: int, wanted: str | None
) -> None:
    rows = [
        item(number, received_at=ago(minutes=own), surface=("even", "odd")[number % 2])
        for number, own in enumerate(minutes)
    ]
    expected = sorted(((row.received_at, row.review_id) for row in rows if wanted in (None, row.surface)), reverse=True)
    seen = []
    with pytest.MonkeyPatch.context() as patch, database.session() as session:
        patch.setattr(search, "LOOKED_AT", looked_at)
        session.query(Item).delete()
        session.add_all(rows)
        session.flush()
        after = None
        while True:
            page = search.items(session, ItemQuery(surface=wanted), after=after, size=size)
            assert len(page.rows) <= size
            seen += [(row.received_at, row.review_id) for row in page.rows]
            if (after := page.after) is None:
                break
    assert seen == expected
