"""What Kafka tells becomes what waits: in any order, any number of times, the same in the end."""

import contextlib
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from moderation import ids
from moderation.errors import ItemChanged
from moderation.events import Decision, Media, Post, ReviewItem
from moderation.review import answering, claims, content, intake, queue
from moderation.review.database import Database
from moderation.review.rules import DeskRules, parse
from moderation.review.tables import AuthorKey, Fingerprint, Item, LastDecision, Outgoing, Task
from tests.unit.review.arriving import RULES, decision_of, item_of, made_post
from tests.unit.review.rows import NOW, account, ago

HOUR = timedelta(hours=1)
PICTURE = Media(media_id="m", kind="image", url="https://media.example/1.jpg")
Arrival = ReviewItem | Decision


def arrive(database: Database, *events: Arrival, rules: DeskRules = RULES, now: Any = NOW) -> None:
    with database.session() as session:
        for event in events:
            if isinstance(event, ReviewItem):
                intake.review_item(session, event, rules, now=now)
            else:
                intake.decision(session, event, NOW, rules, now=now)


def standing(database: Database) -> dict[str, str]:
    """review_id -> hidden, open, closed: what a reviewer could meet."""
    with database.session() as session:
        rows = session.execute(select(Item, Task).outerjoin(Task, Task.task_id == Item.task_id)).all()
        return {item.review_id: task.status if task else item.status for item, task in rows}


def state(database: Database) -> list[Any]:
    """All that events decide: items, what they look like, and their tasks."""
    with database.session() as session:
        items = session.scalars(select(Item).order_by(Item.review_id)).all()
        tasks = {task.task_id: task for task in session.scalars(select(Task).where(Task.status != "closed"))}
        left = {task.task_id for task in tasks.values()} - {item.task_id for item in items}
        assert left == set(), "a task without items"
        found = []
        for item in items:
            unsealed = content.unseal(session, item) if item.status == "open" else None
            task = tasks.get(item.task_id or 0)
            own = task and (
                task.status, task.queue, task.head, task.size, task.rank, task.terms, task.opened_at, task.visible_from,
                task.due_at, task.language, task.modality, task.severity,
            )  # fmt: skip
            known = (item.queue, item.reasons, item.terms, item.digest) if item.status == "open" else None
            found.append((item.review_id, item.status, unsealed, known, own))
        return found


def test_an_item_becomes_a_task_and_a_redelivery_changes_nothing(database: Database) -> None:
    item = item_of(made_post(), queue="hate", due_at=NOW + HOUR)
    arrive(database, item)
    before = state(database)
    arrive(database, item, item)
    assert state(database) == before
    with database.session() as session:
        row = session.scalars(select(Item)).one()
        task = session.scalars(select(Task)).one()
        assert content.unseal(session, row) == item
        assert (row.partition, row.offset, row.probability) == (1, 7, 1.0)
        assert (task.status, task.queue, task.head, task.size) == ("open", "hate", item.review_id, 1)
        assert (task.due_at, task.opened_at) == (NOW + HOUR, item.source.time)


def test_a_revised_decision_changes_its_item_and_ranks_it_anew(database: Database) -> None:
    post = made_post(media=(PICTURE,))
    arrive(database, item_of(post, ["text"], score=0.3))
    with database.session() as session:
        before = session.scalars(select(Task)).one()
    arrive(database, decision_of(post, "review"), item_of(post, score=0.9, priority={"rule": 8.0}))
    with database.session() as session:
        after = session.scalars(select(Task)).one()
        assert after.rank > before.rank
        assert after.terms["policy: rule"]["factor"] == 8.0
        assert session.scalars(select(Item.decision_id)).one() == decision_of(post, "review").decision_id


def test_what_somebody_works_on_stays_theirs_when_its_decision_is_revised(database: Database) -> None:
    post = made_post(media=(PICTURE,))
    arrive(database, item_of(post, ["text"]))
    with database.session() as session:
        session.add(account(1))
    with database.session() as session:
        task = claims.claim(session, account(1), RULES, now=NOW)
        assert task is not None
    arrive(database, item_of(post, reasons=["threat"], queue="urgent"))
    with database.session() as session:
        own = claims.own(session, task.task_id, account(1), now=NOW)
        assert (own.queue, own.status) == ("urgent", "claimed")


@pytest.mark.parametrize("order", [1, -1], ids=["item first", "decision first"])
@pytest.mark.parametrize(
    ("later", "left"),
    [
        ({"action": "allow"}, "closed"),
        ({"action": "remove"}, "closed"),
        ({"action": "withdrawn"}, "closed"),
        ({"action": "allow", "stage": "human"}, "closed"),
        ({"action": "review"}, "open"),
        ({"action": "hold"}, "open"),
        ({"action": "allow", "stage": "provisional", "settled": ["text"]}, "open"),
    ],
    ids=str,
)
def test_a_later_decision_takes_back_what_it_does_not_ask_for(
    database: Database, later: dict[str, Any], left: str, order: int
) -> None:
    post = made_post(media=(PICTURE,))
    item = item_of(post, ["text"])
    arrive(database, *[item, decision_of(post, **later)][::order])
    assert standing(database) == {item.review_id: left}


@pytest.mark.parametrize("order", [1, -1], ids=["item first", "edit first"])
def test_an_edit_takes_back_what_asked_about_the_post_before(database: Database, order: int) -> None:
    item = item_of(made_post())
    edit = decision_of(made_post(revision=1, change="edited"), "review")
    arrive(database, *[item, edit][::order])
    assert standing(database) == {item.review_id: "closed"}


def test_an_earlier_decision_that_comes_late_does_not_stand_for_the_latest(database: Database) -> None:
    post = made_post(media=(PICTURE,))
    arrive(database, decision_of(post, "remove", "human"), decision_of(post, "review"), item_of(post))
    assert standing(database) == {item_of(post).review_id: "closed"}


@pytest.mark.parametrize("order", [1, -1])
def test_an_item_that_is_taken_back_by_an_item_closes(database: Database, order: int) -> None:
    post = made_post(media=(PICTURE,))
    item = item_of(post, ["text"])
    arrive(database, *[item, item_of(post, status="closed")][::order])
    assert standing(database) == {item.review_id: "closed"}


def test_a_task_that_is_taken_back_is_nobodys_any_more(database: Database) -> None:
    post = made_post()
    arrive(database, item_of(post))
    with database.session() as session:
        session.add(account(1))
    with database.session() as session:
        assert claims.claim(session, account(1), RULES, now=NOW) is not None
    arrive(database, decision_of(post, "withdrawn"))
    with database.session() as session:
        assert claims.held(session, account(1), now=NOW) == []
        assert session.scalars(select(Task.status)).all() == ["closed"]


@pytest.mark.parametrize("order", [1, -1], ids=["item first", "decision first"])
@pytest.mark.parametrize("action", ["allow", "remove", "review"])
def test_a_hidden_item_never_shows_when_a_later_decision_came_first(
    database: Database, action: str, order: int
) -> None:
    post = made_post(media=(PICTURE,))
    hidden = item_of(post, ["text"], visible_from=NOW + HOUR)
    arrive(database, *[hidden, decision_of(post, action)][::order])
    with database.session() as session:
        queue.reveal(session, RULES, now=NOW + HOUR)
    assert standing(database) == {hidden.review_id: "closed"}


def test_a_hidden_item_shows_from_its_time_on(database: Database) -> None:
    post = made_post(media=(PICTURE,))
    hidden = item_of(post, ["text"], visible_from=NOW + HOUR)
    arrive(database, hidden, decision_of(post, "hold", "provisional", ["text"]))
    with database.session() as session:
        session.add(account(1))
        assert queue.reveal(session, RULES, now=NOW + HOUR - timedelta(seconds=1)) == 0
    with database.session() as session:
        assert claims.claim(session, account(1), RULES, now=NOW + HOUR) is None
    assert standing(database) == {hidden.review_id: "hidden"}
    with database.session() as session:
        assert queue.reveal(session, RULES, now=NOW + HOUR) == 1
    with database.session() as session:
        task = claims.claim(session, account(1), RULES, now=NOW + HOUR)
        assert task is not None
        assert (task.head, task.opened_at) == (hidden.review_id, NOW + HOUR)


def test_a_hidden_item_shows_at_once_when_its_final_decision_asks(database: Database) -> None:
    post = made_post(media=(PICTURE,))
    hidden = item_of(post, ["text"], visible_from=NOW + HOUR)
    arrive(database, hidden, decision_of(post, "review"), item_of(post))
    assert standing(database) == {hidden.review_id: "open"}


def test_an_item_of_an_author_who_was_erased_never_opens(database: Database) -> None:
    item = item_of(made_post())
    with database.session() as session:
        session.add(AuthorKey(author="author:author-1", key=None, shredded_at=NOW))
    arrive(database, item)
    assert standing(database) == {item.review_id: "closed"}


def test_rules_send_items_to_other_queues_by_what_they_are(database: Database) -> None:
    rules = parse(
        """
queues: {urgent: , german: , clips: , old: }
routing:
  - {to: urgent, reasons: [threat]}
  - {to: old, backfills: true}
  - {to: german, languages: [de], queues: [default]}
  - {to: clips, modalities: [video], surfaces: [post]}
""",
        "desk.yaml",
    )
    clip = Media(media_id="c", kind="video", url="https://media.example/1.mp4")
    items = [
        item_of(made_post("1", language="de-AT"), reasons=["hate", "threat"]),
        item_of(made_post("2"), attributes={"text.language": "de"}),
        item_of(made_post("3", language="de"), queue="hate"),
        item_of(made_post("4", media=(PICTURE, clip))),
        item_of(made_post("5", surface="comment", media=(clip,))),
        item_of(made_post("6", language="de", occasion="backfill-1")),
    ]
    arrive(database, *items, rules=rules)
    with database.session() as session:
        rows = dict(session.execute(select(Item.post_id, Task.queue).join(Task, Task.task_id == Item.task_id)).all())
    queues = ["urgent", "german", "hate", "clips", "default", "old"]
    assert rows == {f"post-{number}": name for number, name in enumerate(queues, 1)}


def test_a_queue_says_when_its_work_is_due_where_the_policy_does_not(database: Database) -> None:
    rules = parse("queues: {hate: {due: 4h}}", "desk.yaml")
    promised = NOW + timedelta(days=2)
    arrive(database, item_of(made_post("1"), queue="hate"), rules=rules)
    arrive(database, item_of(made_post("2"), queue="hate", due_at=promised), rules=rules)
    with database.session() as session:
        assert session.scalars(select(Task.due_at).order_by(Task.due_at)).all() == [ago(hours=1) + 4 * HOUR, promised]


def test_decisions_that_nothing_waits_for_leave_nothing_behind(database: Database) -> None:
    arrive(database, decision_of(made_post("1"), "allow"), decision_of(made_post("2"), "remove"))
    arrive(database, decision_of(made_post("3", revision=1, change="edited"), "allow"))
    with database.session() as session:
        assert session.scalars(select(LastDecision.post_id)).all() == ["post-3"]
        assert intake.forget_decisions(session, NOW) == 0
        assert intake.forget_decisions(session, NOW + HOUR) == 1


def story(number: int) -> list[Arrival]:
    """Everything that happens to one post: provisional and final decisions, an edit, a deletion, a verdict."""
    text = "the same words as many others have, more than enough of them" if number % 3 else ""
    post = made_post(str(number), text, media=(PICTURE,))
    edited = post.model_copy(update={"revision": 1, "change": "edited"})
    hidden = NOW + HOUR if number % 2 else None
    told: list[Arrival] = [
        item_of(post, ["text"], visible_from=hidden),
        decision_of(post, "hold", "provisional", ["text"]),
    ]
    ends: list[list[Arrival]] = [
        [],
        [decision_of(post, "review"), item_of(post, reasons=["threat"], score=0.8)],
        [decision_of(post, "allow"), item_of(post, status="closed")],
        [decision_of(post, "review"), item_of(post), decision_of(post, "remove", "human")],
        [decision_of(edited, "hold", "provisional", ["text"]), item_of(edited, ["text"])],
        [
            decision_of(post, "review"), item_of(post), decision_of(edited, "allow"), item_of(edited, status="closed"),
            decision_of(edited, "withdrawn"), item_of(edited, status="closed"),
        ],
    ]  # fmt: skip
    return told + ends[number % len(ends)]


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Arrival], list[Arrival]]:
    """The events of some posts in their order, and the same in another order, some of them again."""
    numbers = draw(st.lists(st.integers(0, 11), min_size=1, max_size=4, unique=True))
    ordered = [event for number in numbers for event in story(number)]
    again = draw(st.lists(st.sampled_from(ordered), max_size=6))
    return ordered, draw(st.permutations(ordered + again))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=arrivals())
def test_any_order_and_any_repetition_of_the_same_events_ends_the_same(
    database: Database, told: tuple[list[Arrival], list[Arrival]]
) -> None:
    ended = [_ended(database, events) for events in told]
    assert ended[1] == ended[0]


def _ended(database: Database, events: Sequence[Arrival]) -> list[Any]:
    with database.session() as session:
        for table in (Fingerprint, Item, Task, LastDecision):
            session.execute(delete(table))
    arrive(database, *events)
    return state(database)


def test_an_item_tells_which_decision_is_behind_it() -> None:
    from moderation.review import orders

    post: Post = made_post(media=(PICTURE, Media(media_id="c", kind="video", url="https://media.example/1.mp4")))
    for settled in (["text"], ["text", "image"]):
        made = decision_of(post, "hold", "provisional", settled)  # type: ignore[arg-type]
        assert orders.of_item(item_of(post, settled)) == made.order()  # type: ignore[arg-type]
    assert orders.of_item(item_of(post)) == decision_of(post, "review").order()
    withdrawn = ids.decision_id(post.post_id, 0, "live", ("withdrawn",))
    taken_back = item_of(post).model_copy(update={"decision_id": withdrawn})
    assert orders.of_item(taken_back)[:2] == decision_of(post, "withdrawn").order()[:2]
    again = made_post(occasion="backfill-1")
    assert orders.of_item(item_of(again)) == decision_of(again, "review", "revised").order()


def test_answers_and_revised_decisions_of_the_same_items_never_stop_each_other(database: Database) -> None:
    posts = [made_post(str(number), media=(PICTURE,)) for number in range(12)]
    plain = parse("quality: {second: {share: 0}, gold: {share: 0}}\nclaims: {held: 100}", "desk.yaml")
    arrive(database, *[item_of(post, ["text"]) for post in posts], rules=plain)
    with database.session() as session:
        kim = session.merge(account(1))
        tasks = [claims.claim(session, kim, plain, now=NOW) for _ in posts]
    together, failed = threading.Barrier(2), []

    def answer() -> None:
        for task in tasks:
            assert task is not None
            answered = False
            while not answered:
                with contextlib.suppress(ItemChanged), database.session() as session:
                    to = answering.seen(session.get_one(Item, task.head))
                    answering.submit(session, task, kim, "allow", [], None, plain, to=to, now=NOW)
                    answered = True

    def revise() -> None:
        for post in posts:
            arrive(database, decision_of(post, "review"), item_of(post, score=0.9), rules=plain)

    def run(work: Callable[[], None]) -> None:
        try:
            together.wait()
            work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in (answer, revise)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with database.session() as session:
        assert set(session.scalars(select(Item.status))) == {"decided"}
        assert session.scalar(select(func.count()).select_from(Outgoing)) == len(posts)


def test_items_are_counted_once_where_they_were_closed_and_come_again(database: Database) -> None:
    post = made_post()
    arrive(database, item_of(post), decision_of(post, "withdrawn"), item_of(post), decision_of(post, "withdrawn"))
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Item)) == 1
        assert session.scalars(select(Task.status)).all() == ["closed"]
