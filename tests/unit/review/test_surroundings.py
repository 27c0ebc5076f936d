"""What stands beside an item, and who looked at what."""

from datetime import timedelta

from sqlalchemy import event, select

from moderation.events import Post, ReviewItem, Source
from moderation.review import clusters, surroundings, verdicts, viewings
from moderation.review.database import Database
from moderation.review.rules import DeskRules
from moderation.review.tables import AuditEntry, Inheritance, Item, Viewing
from tests.unit.review.rows import NOW, account, ago, answer, decision, item, task

TEXT = "Win a free phone today, claim it at the address below before midnight"


def _review(number: int, text: str = TEXT) -> ReviewItem:
    return ReviewItem(
        review_id=f"review-{number}",
        decision_id=f"decision-{number}",
        post_id=f"post-{number}",
        post=Post(post_id=f"post-{number}", text=text),
        source=Source(topic="moderation.posts", partition=0, offset=number, time=NOW),
    )


def test_an_authors_past_counts_what_is_in_force_on_other_posts(database: Database) -> None:
    with database.session() as session:
        session.add_all([account(1), item(1, author_id="rex")])
        session.add_all(
            [
                decision(1, author_id="rex"),
                decision(2, author_id="rex", action="remove"),
                decision(3, author_id="rex", action="remove", current=False),
                decision(4, author_id="rex", action="label"),
                decision(5, author_id="rex", action="remove", stage="human"),
                decision(6, author_id="mara", action="remove"),
            ]
        )
        session.flush()
        found = surroundings.past(session, item(1, author_id="rex"))
        assert (found.counts, found.posts) == ({"remove": 2, "label": 1}, 3)
        assert [row.decision_id for row in found.latest] == ["decision-2", "decision-4", "decision-5"]
        assert surroundings.past(session, item(7, author_id=None)).posts == 0


def test_however_much_an_author_posted_no_statement_names_all_of_it(database: Database) -> None:
    with database.session() as session:
        session.add_all([account(1), item(1, author_id="rex")])
        many = [decision(number, author_id="rex", stage="human", verdict_id=f"v-{number}") for number in range(2, 202)]
        session.add_all(many)
        session.flush()
        named: list[int] = []
        count = lambda *given: named.append(len(given[3]))  # noqa: E731
        event.listen(session.connection(), "before_cursor_execute", count)
        assert surroundings.past(session, session.get_one(Item, "review-1"), asked=1).posts == 200
        assert max(named) < 100


def test_who_looks_a_second_time_does_not_see_what_was_answered_on_the_same_cluster(database: Database) -> None:
    with database.session() as session:
        session.add(account(1))
        session.add_all([task(1, size=2, status="done"), task(3)])
        session.flush()
        session.add_all([item(1, author_id="rex", task_id=1), item(2, author_id="rex", task_id=1, status="decided")])
        session.add_all([item(3, author_id="rex", task_id=3)])
        session.add_all([decision(2, author_id="rex", action="remove", stage="human")])
        session.flush()
        own = session.get_one(type(item(1)), "review-1")
        assert surroundings.past(session, own).posts == 0
        other = session.get_one(type(item(1)), "review-3")
        assert surroundings.past(session, other).counts == {"remove": 1}


def test_answers_to_near_duplicates_are_found_but_not_those_of_its_own_cluster(database: Database) -> None:
    rules = DeskRules()
    with database.session() as session:
        session.add(account(1))
        session.add_all([task(1, status="done"), task(2), task(3)])
        session.flush()
        session.add_all([item(1, task_id=1, status="decided"), item(2, task_id=2), item(3, task_id=1)])
        session.flush()
        session.add(answer(1))
        session.flush()
        likeness = clusters.of_item(_review(1), rules.duplicates)
        assert likeness is not None
        clusters.remember(session, "review-1", likeness)
        session.flush()
        verdicts.bequeath(session, session.get_one(type(answer(1)), 1), rules, now=NOW)
        session.flush()
        assert session.scalars(select(Inheritance)).first() is not None
        found = surroundings.alike(session, item(2, task_id=2), _review(2, TEXT + "!"), rules.duplicates)
        assert [(one.item.review_id, one.answer.action) for one in found] == [("review-1", "remove")]
        assert surroundings.alike(session, item(3, task_id=1), _review(3), rules.duplicates) == ()
        assert surroundings.alike(session, item(2, task_id=2), _review(2, "something else"), rules.duplicates) == ()


def test_a_cluster_names_its_other_items(database: Database) -> None:
    with database.session() as session:
        session.add_all([task(1, size=3), task(4)])
        session.flush()
        session.add_all([item(1, task_id=1), item(2, task_id=1), item(3, task_id=1), item(4, task_id=4)])
        session.flush()
        found = surroundings.cluster(session, task(1))
        assert (found.count, {other.review_id for other in found.others}) == (2, {"review-2", "review-3"})
        assert surroundings.cluster(session, task(4)).count == 0


def test_looks_are_noted_once_in_a_while_and_told_to_the_audit(database: Database) -> None:
    with database.session() as session:
        session.add(account(1))
    for at in (ago(minutes=50), ago(minutes=40), ago(minutes=5)):
        with database.session() as session:
            viewings.read(session, account(1), "review-1", now=at)
            viewings.unblurred(session, account(1), "review-1", 0, "picture", now=at)
    with database.session() as session:
        assert len(session.scalars(select(Viewing)).all()) == 4
        told = [(entry.did, entry.actor) for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.number))]
        assert told == [("item.viewed", "account:1"), ("media.unblurred", "account:1")] * 2
        what = viewings.what_of(0, "picture")
        assert viewings.seen(session, account(1), "review-1", now=NOW) == {what}
        assert viewings.seen(session, account(1), "review-1", now=NOW + timedelta(hours=1)) == frozenset()


def test_a_task_is_new_to_its_reviewer_until_they_open_it_after_the_claim(database: Database) -> None:
    with database.session() as session:
        session.add(account(1))
        session.flush()
        claimed = task(1, status="claimed", account_id=1, claimed_at=ago(minutes=5))
        viewings.read(session, account(1), "review-1", now=ago(minutes=10))
        session.flush()
        assert not viewings.has_opened(session, account(1), claimed)
        viewings.opened(session, account(1), claimed, now=NOW)
        session.flush()
        assert viewings.has_opened(session, account(1), claimed)
        assert not viewings.has_opened(session, account(1), task(2))
        assert not viewings.has_opened(session, account(1), task(3, head="review-1", claimed_at=ago(minutes=5)))
        assert viewings.worked_on(session, account(1), claimed, since=NOW)
        assert not viewings.worked_on(session, account(1), claimed, since=NOW + timedelta(seconds=1))
