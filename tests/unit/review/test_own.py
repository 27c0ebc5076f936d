from moderation.review import own
from moderation.review.database import Database
from moderation.review.tables import Appeal, Gold
from tests.unit.review.rows import NOW, account, ago, answer, decision, item, task
from tests.unit.review.test_overview import put


def test_a_person_sees_what_waits_for_them_and_nobody_else(database: Database) -> None:
    kim, lou = account(1, "kim"), account(2, "lou")
    put(
        database,
        kim,
        lou,
        task(4, assigned_to=1),
        task(5, status="done", assigned_to=1),
        task(6, assigned_to=2),
        task(7),
    )
    with database.session() as session:
        assert [found.task_id for found in own.waiting_for(session, kim)] == [4]


def test_pace_is_the_count_since_a_moment_and_the_median_time_of_late(database: Database) -> None:
    kim = account(1, "kim")
    rows = [row for number in (1, 2, 3) for row in (item(number), task(number))]
    times = [(1, 5.0), (2, 400.0), (3, 9.0)]
    put(database, kim, *rows, *(answer(number, seconds=seconds) for number, seconds in times))
    with database.session() as session:
        assert own.pace(session, kim, since=ago(minutes=2)) == own.Pace(2, 9.0)
        assert own.pace(session, account(2), since=ago(days=1)) == own.Pace(0, None)


def test_what_came_of_an_answer_is_told(database: Database) -> None:
    put(
        database,
        account(1, "kim"),
        account(2, "lou"),
        *(row for number in range(1, 8) for row in (item(number), task(number))),
        *(answer(number) for number in range(1, 8)),
        answer(13, 2, task_id=3, review_id="review-3", action="remove"),
        answer(14, 2, task_id=4, review_id="review-4", action="allow"),
        Gold(review_id="review-6", action="allow", reasons=[], explanation="A quotation.", made_at=NOW),
        Gold(review_id="review-7", action="remove", reasons=[], made_at=NOW),
        decision(5, verdict_id="verdict-5"),
        Appeal(
            appeal_id="appeal",
            decision_id="decision-5",
            post_id="post-5",
            review_id="review-5",
            action="remove",
            reasons=["hate"],
            filed_by="token:1",
            filed_at=NOW,
            task_id=5,
            outcome="overturned",
        ),
    )
    with database.session() as session:
        for number, stands in ((1, 1), (3, 13), (4, 14), (5, 5)):
            session.get_one(type(item(1)), f"review-{number}").answer_id = stands
        for number in (6, 7):
            session.get_one(type(answer(1)), number).kind = "gold"
        session.flush()
        answers = [session.get_one(type(answer(1)), number) for number in range(1, 8)]
        found = own.outcomes(session, answers)
    assert [(each.outcome, each.instead, each.explanation) for each in found] == [
        ("in force", None, None),
        ("waits", None, None),
        ("confirmed", None, None),
        ("decided otherwise", "allow", None),
        ("overturned on appeal", None, None),
        ("wrong", "allow", "A quotation."),
        ("right", None, None),
    ]
