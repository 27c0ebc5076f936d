"""Known answers: made of answered items or imported, met like any other, and unknown to Kafka."""

import json
import re
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.errors import AlreadyDone, NotPermitted, ReviewError
from moderation.events import Evidence, Media
from moderation.review import claims, content, moving, retention, surroundings, viewings
from moderation.review.database import Database
from moderation.review.priority import rank_of
from moderation.review.quality import claiming, gold, gold_tasks
from moderation.review.quality.disguise import beside, disguised, renamed
from moderation.review.quality.rules import KnownAnswers
from moderation.review.routing import Queue
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, Answer, AuthorKey, Exposure, Gold, Item, Task
from tests.unit.review import rows
from tests.unit.review.quality.waiting import ONCE, answered, claimed, kept, people, review_item, sent
from tests.unit.review.rows import NOW

ALWAYS = DeskRules.model_validate(
    {"quality": {"second": {"share": 0.0}, "gold": {"share": 0.5}}, "exposure": {"benign": 0.0}}
)


SURE = ALWAYS.model_copy(
    update={"quality": ALWAYS.quality.model_copy(update={"gold": KnownAnswers.model_construct(share=1.0)})}
)
NEVER = DeskRules.model_validate({"quality": {"gold": {"share": 0.0}}, "exposure": {"benign": 0.0}})


def made(session: Session, by: Account, answerer: Account, number: int = 1, action: str = "remove") -> Gold:
    """A known answer of an item that somebody answered."""
    task = claimed(session, answerer, number)
    answered(session, task, answerer, action, ONCE)
    return gold.make(session, session.get_one(Item, f"review-{number}"), by, ONCE, "a slur", now=NOW)


def drawn(session: Session, account: Account, rules: DeskRules = ALWAYS, tries: int = 40) -> Task | None:
    """The known answer that the person gets sooner or later: each answer draws again."""
    if session.get(Item, "review-500") is None:
        session.add_all([kept(session, 500), rows.task(500, status="done")])
        session.flush()
    for _ in range(tries):
        task = claiming.next_task(session, account, rules, now=NOW)
        if isinstance(task, Task):
            if task.kind == "gold":
                return task
            claims.release(session, task.task_id, account, now=NOW)
        session.add(
            rows.answer(
                500, account.account_id, answer_id=None, task_id=500, review_id="review-500", verdict_id=None,
                answered_at=NOW,
            )
        )  # fmt: skip
        session.flush()
    return None


def test_a_gold_item_is_a_copy_that_looks_like_another_post(database: Database) -> None:
    with database.session() as session:
        kim, lead = people(session, "kim", "lead")
        row = made(session, lead, kim)
        assert (row.action, row.reasons, row.explanation, row.copied_from) == ("remove", ["hate"], "a slur", "review-1")
        copy, original = session.get_one(Item, row.review_id), session.get_one(Item, "review-1")
        assert (copy.status, copy.queue, copy.modality, copy.severity) == (
            "gold", original.queue, original.modality, copy.severity,
        )  # fmt: skip
        assert copy.post_id != original.post_id
        shown, was = content.unseal(session, copy), content.unseal(session, original)
        assert shown is not None
        assert was is not None
        assert shown.post.text == was.post.text
        assert shown.post.post_id == shown.post_id == copy.post_id
        assert len(copy.review_id) == 36


def test_only_an_answered_item_becomes_gold_and_only_once(database: Database) -> None:
    with database.session() as session:
        kim, lead = people(session, "kim", "lead")
        made(session, lead, kim)
        with pytest.raises(AlreadyDone, match="gold already"):
            gold.make(session, session.get_one(Item, "review-1"), lead, ONCE, now=NOW)
        backfill = claimed(session, kim, 3)
        answered(session, backfill, kim, "remove", ONCE)
        _same_post(session)
        with pytest.raises(AlreadyDone, match="post post-1 is gold already"):
            gold.make(session, session.get_one(Item, "review-3"), lead, ONCE, now=NOW)
        task = claimed(session, kim, 2)
        with pytest.raises(ReviewError, match="only an item that was answered"):
            gold.make(session, session.get_one(Item, task.head), lead, ONCE, now=NOW)


@pytest.mark.parametrize("way", ["the same item", "another item of the post", "a file"])
def test_who_makes_gold_of_one_post_at_the_same_moment_is_told_that_it_is_gold(database: Database, way: str) -> None:
    with database.session() as session:
        kim, lead = people(session, "kim", "lead")
        for number in (1, 3):
            answered(session, claimed(session, kim, number), kim, "remove", ONCE)
        if way != "the same item":
            _same_post(session)
    other = "review-1" if way == "the same item" else "review-3"

    def make(review_id: str) -> None:
        with database.session() as session:
            if way == "a file":
                gold.imported(session, [_line(post={"post_id": "post-1"}, reasons=["hate"])], lead, ONCE, now=NOW)
            else:
                gold.make(session, session.get_one(Item, review_id), lead, ONCE, now=NOW)

    with ThreadPoolExecutor() as pool:
        with database.session() as session:
            gold.make(session, session.get_one(Item, "review-1"), lead, ONCE, now=NOW)
            late = pool.submit(make, other)
            wait([late], timeout=0.5)  # as long as it may take where it does not wait
        with pytest.raises(AlreadyDone, match="gold already"):
            late.result()
    with database.session() as session:
        assert session.scalars(select(Gold.copied_from)).all() == ["review-1"]


def _same_post(session: Session) -> None:
    """Item 3 is on the post of item 1."""
    of_backfill = session.get_one(Item, "review-3")
    same_post = {"post_id": "post-1", "author_id": "author-1", "post": review_item(1).post}
    of_backfill.post_id, of_backfill.author_id = "post-1", "author-1"
    of_backfill.content = content.seal(session, review_item(3).model_copy(update=same_post))
    session.flush()


def test_an_answer_to_a_gold_item_reaches_nobody_and_weighs_like_any_other(database: Database) -> None:
    with database.session() as session:
        kim, lee, lead = people(session, "kim", "lee", "lead")
        made(session, lead, kim)
        before = len(sent(session))
        task = drawn(session, lee)
        assert task is not None
        answer = answered(session, task, lee, "allow", ALWAYS)
        assert (answer.kind, answer.verdict_id, task.status) == ("gold", None, "done")
        assert len(sent(session)) == before
        assert session.get_one(Item, task.head).status == "gold"
        assert session.scalars(select(Exposure.task_id).where(Exposure.account_id == lee.account_id)).all() == [
            task.task_id
        ]


def test_a_gold_item_waits_as_long_and_is_as_fresh_as_the_others_in_its_queue(database: Database) -> None:
    with database.session() as session:
        kim, lee, lead = people(session, "kim", "lee", "lead")
        row = made(session, lead, kim)
        month = NOW + timedelta(days=30)
        copy = session.get_one(Item, row.review_id)
        opened_at, half_life = month - timedelta(minutes=7), ALWAYS.queue(copy.queue).half_life
        rank = rank_of(copy.terms, opened_at, half_life)
        other = rows.task(2000, opened_at=opened_at, terms=copy.terms, rank=rank)
        session.add_all([kept(session, 2000, task_id=None), other])
        session.flush()
        task = None
        while not (isinstance(task, Task) and task.kind == "gold"):
            task = claiming.next_task(session, lee, ALWAYS, now=month)
            assert isinstance(task, Task)
            if task.kind != "gold":
                answered_then(session, task, lee)
                other.status = "open"
        assert timedelta() < other.opened_at - task.opened_at < timedelta(minutes=1)  # nobody else's very moment
        assert task.rank > other.rank
        shown = content.unseal(session, copy)
        assert shown is not None
        assert copy.posted_at == shown.source.time == task.opened_at
        assert copy.posted_at.microsecond % 1000 == 0


@pytest.mark.parametrize(("weight", "hours"), [(64.0, 0.0), (0.01, 9.0), (1.0, 2.0)])
def test_a_gold_item_is_the_next_of_its_queue_where_the_ages_of_others_allow_it(
    database: Database, weight: float, hours: float
) -> None:
    with database.session() as session:
        kim, lee, lead = people(session, "kim", "lee", "lead")
        copy = session.get_one(Item, made(session, lead, kim).review_id)
        half_life = ALWAYS.queue(copy.queue).half_life
        factor = copy.terms["harm"]["factor"] / weight
        terms = {**copy.terms, "harm": {"factor": factor, "why": "hate"}}
        for number, age in ((3001, 2), (3002, 9)):
            opened_at = NOW - timedelta(hours=age)
            lower = {**terms, "harm": {"factor": factor / 1e3, "why": "spam"}} if age == 9 else terms
            rank = rank_of(lower, opened_at, half_life)
            session.add(rows.task(number, opened_at=opened_at, terms=lower, rank=rank, status="open"))
        session.flush()
        task = gold_tasks.claim(session, lee, SURE, now=NOW)
        assert task is not None
        waited = NOW - task.opened_at
        assert timedelta(hours=hours) <= waited <= timedelta(hours=hours, minutes=1)


def test_who_looks_at_a_gold_item_does_not_see_it_change_when_another_is_given_it(database: Database) -> None:
    with database.session() as session:
        kim, lee, sam, max_, lead = people(session, "kim", "lee", "sam", "max", "lead")
        made(session, lead, kim)
        first = gold_tasks.claim(session, lee, SURE, now=NOW)
        assert first is not None
        later = NOW + timedelta(minutes=9)
        second = gold_tasks.claim(session, sam, SURE, now=later)
        assert second is not None
        assert second.opened_at == first.opened_at
        claims.release(session, first.task_id, lee, now=later)
        claims.release(session, second.task_id, sam, now=later)
        again = gold_tasks.claim(session, max_, SURE, now=NOW + timedelta(days=3))
        assert again is not None
        assert again.opened_at > NOW + timedelta(days=2)


def test_who_is_given_a_gold_item_at_the_same_moment_sees_the_same_item(database: Database) -> None:
    with database.session() as session:
        kim, lee, sam, lead = people(session, "kim", "lee", "sam", "lead")
        made(session, lead, kim)

    def given_to(account: Account, now: datetime) -> Item:
        with database.session() as session:
            task = gold_tasks.claim(session, account, SURE, now=now)
            assert task is not None
            return session.get_one(Item, task.head)

    with ThreadPoolExecutor() as pool:
        with database.session() as session:
            first = gold_tasks.claim(session, lee, SURE, now=NOW)
            assert first is not None
            other = pool.submit(given_to, sam, NOW + timedelta(minutes=9))
            wait([other], timeout=0.5)  # as long as it may take where it does not wait
        assert other.result().opened_at == first.opened_at


def test_a_gold_item_that_is_given_back_comes_again_and_not_another(database: Database) -> None:
    with database.session() as session:
        kim, lee, lead = people(session, "kim", "lee", "lead")
        for number in (1, 2, 3):
            made(session, lead, kim, number)
        first = gold_tasks.claim(session, lee, SURE, now=NOW)
        assert first is not None
        for _ in range(3):
            claims.release(session, first.task_id, lee, now=NOW)
            again = gold_tasks.claim(session, lee, SURE, now=NOW)
            assert again is not None
            assert again.task_id == first.task_id
        other = gold_tasks.claim(session, lee, SURE, now=NOW)
        assert other is not None
        assert other.task_id != first.task_id


def test_who_may_not_have_a_gold_item_any_more_that_they_gave_back_gets_something_else(database: Database) -> None:
    with database.session() as session:
        kim, lee, lead = people(session, "kim", "lee", "lead")
        made(session, lead, kim)
        task = gold_tasks.claim(session, lee, SURE, now=NOW)
        assert task is not None
        claims.release(session, task.task_id, lee, now=NOW)
        skilled = SURE.model_copy(update={"queues": {task.queue: Queue(skill="minors")}})
        assert claiming.next_task(session, lee, skilled, now=NOW) is None
        again = gold_tasks.claim(session, lee, SURE, now=NOW)
        assert again is not None
        assert again.task_id == task.task_id


def test_a_gold_item_that_is_skipped_is_over_and_comes_to_nobody_else(database: Database) -> None:
    with database.session() as session:
        kim, lee, sam, lead = people(session, "kim", "lee", "sam", "lead")
        made(session, lead, kim)
        task = gold_tasks.claim(session, lee, SURE, now=NOW)
        assert task is not None
        claims.skip(session, task.task_id, lee, "no", now=NOW)
        assert (task.status, task.assigned_to) == ("closed", lee.account_id)
        assert gold_tasks.claim(session, lee, SURE, now=NOW) is None
        assert claiming.next_task(session, sam, NEVER, now=NOW) is None


@pytest.mark.parametrize("held", [True, False])
def test_a_gold_item_is_given_to_nobody_else(database: Database, held: bool) -> None:
    with database.session() as session:
        kim, lee, lead = people(session, "kim", "lee", "lead")
        made(session, lead, kim)
        task = gold_tasks.claim(session, lee, SURE, now=NOW)
        assert task is not None
        if not held:
            claims.release(session, task.task_id, lee, now=NOW)
        for to in (kim, lead, None):
            with pytest.raises(NotPermitted, match="is a test that was made for one person"):
                claims.reassign(session, task.task_id, to, SURE, by=lead, now=NOW)
        assert (task.status, task.assigned_to) == ("claimed" if held else "open", lee.account_id)


def test_a_gold_item_of_who_left_comes_to_nobody_else(database: Database) -> None:
    with database.session() as session:
        kim, lee, sam, lead = people(session, "kim", "lee", "sam", "lead")
        made(session, lead, kim)
        task = gold_tasks.claim(session, lee, SURE, now=NOW)
        assert task is not None
        claims.release(session, task.task_id, lee, now=NOW)
        lee.active = False
        session.flush()
        assert moving.free_of_absent(session, now=NOW) == 0
        for other in (kim, sam):
            assert claiming.next_task(session, other, NEVER, now=NOW) is None


def test_who_skips_a_gold_item_is_given_no_other_before_their_next_answer(database: Database) -> None:
    with database.session() as session:
        kim, lee, lead = people(session, "kim", "lee", "lead")
        for number in (1, 2):
            made(session, lead, kim, number)
        task = gold_tasks.claim(session, lee, SURE, now=NOW)
        assert task is not None
        viewings.opened(session, lee, task, now=NOW)
        claims.skip(session, task.task_id, lee, "no", now=NOW)
        retention.apply(session, SURE.retention, now=NOW)
        assert gold_tasks.claim(session, lee, SURE, now=NOW) is None
        later = NOW + timedelta(minutes=1)
        session.add_all([kept(session, 500), rows.task(500, status="done")])
        session.flush()
        session.add(rows.answer(500, lee.account_id, answered_at=later))
        session.flush()
        assert gold_tasks.claim(session, lee, SURE, now=later) is not None


def test_nobody_is_given_gold_of_a_near_duplicate_that_their_own_answer_decided(database: Database) -> None:
    with database.session() as session:
        kim, lee, lead = people(session, "kim", "lee", "lead")
        answered(session, claimed(session, kim, 1, 2), kim, "remove", ONCE)
        gold.make(session, session.get_one(Item, "review-2"), lead, ONCE, now=NOW)
        assert gold_tasks.claim(session, kim, SURE, now=NOW) is None
        assert gold_tasks.claim(session, lee, SURE, now=NOW) is not None


def answered_then(session: Session, task: Task, by: Account) -> None:
    """Draw again: the person has answered something."""
    session.add(rows.answer(9000 + (task.size or 0), by.account_id, task_id=task.task_id, review_id=task.head,
                            verdict_id=None, answered_at=NOW))  # fmt: skip
    task.size += 1
    task.status, task.account_id = "open", None
    session.flush()


def test_nobody_gets_the_same_gold_item_twice_nor_their_own_answer(database: Database) -> None:
    with database.session() as session:
        kim, lee, lead = people(session, "kim", "lee", "lead")
        made(session, lead, kim)
        assert drawn(session, kim) is None
        task = drawn(session, lee)
        assert task is not None
        claims.release(session, task.task_id, lee, now=NOW)
        answered(session, claims.take(session, task.task_id, lee, ALWAYS, now=NOW), lee, "remove", ALWAYS)
        assert drawn(session, lee) is None


def test_what_was_answered_on_the_original_is_not_shown_beside_the_copy(database: Database) -> None:
    with database.session() as session:
        kim, lead = people(session, "kim", "lead")
        row = made(session, lead, kim)
        names = {"post_id": "post-1", "author_id": "author-1"}
        session.add(rows.decision(1, stage="human", action="remove", **names))
        session.add(rows.decision(2, post_id="post-77", author_id="author-1", action="remove"))
        session.flush()
        copy = session.get_one(Item, row.review_id)
        assert [each.post_id for each in surroundings.past(session, copy).latest] == ["post-77"]
        assert gold.original_of(session, copy) == "review-1"


def test_retired_gold_and_gold_whose_author_was_erased_is_shown_to_nobody(database: Database) -> None:
    with database.session() as session:
        kim, lee, sam, max_, lead = people(session, "kim", "lee", "sam", "max", "lead")
        row = made(session, lead, kim)
        given_back = gold_tasks.claim(session, sam, SURE, now=NOW)
        assert given_back is not None
        claims.release(session, given_back.task_id, sam, now=NOW)
        gold.retire(session, row.review_id, lead, now=NOW)
        assert drawn(session, lee) is None
        assert claiming.next_task(session, sam, SURE, now=NOW) is None
        row.active = True
        session.get_one(AuthorKey, "author:author-1").key = None
        session.flush()
        assert drawn(session, max_) is None


def test_without_a_share_nobody_meets_gold(database: Database) -> None:
    with database.session() as session:
        kim, lee, lead = people(session, "kim", "lee", "lead")
        made(session, lead, kim)
        assert drawn(session, lee, NEVER) is None


def _line(**fields: Any) -> str:
    return json.dumps({"post": {"post_id": "p-1", "text": "you vermin"}, "action": "remove", **fields})


def test_known_answers_are_imported_from_json_lines(database: Database) -> None:
    with database.session() as session:
        (lead,) = people(session, "lead")
        lines = [
            _line(reasons=["hate"], queue="hate", explanation="dehumanises", signals={"text.hate": 0.9}),
            "",
            json.dumps({"post": {"post_id": "p-2", "text": "hello"}, "action": "allow"}),
        ]
        found = gold.imported(session, lines, lead, ONCE, now=NOW)
        assert [(row.action, row.copied_from) for row in found] == [("remove", None), ("allow", None)]
        item = session.get_one(Item, found[0].review_id)
        assert (item.queue, item.status, item.severity) == ("hate", "gold", 0.9)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 1: no JSON object"),
        (_line(reasons=["hat"]), "line 1: 'hat' is no category"),
        (_line(), "line 1: 'allow' has no reasons, everything else has one at least"),
        (
            json.dumps({"post": {"post_id": "p"}, "action": "hold"}),
            "line 1: action: 'hold' is none; one of: allow, label, restrict, remove",
        ),
        (_line(reasons=["hate"], reason="hate"), "line 1: reason: Extra inputs"),
        ("", "the file has no lines"),
    ],
)
def test_a_line_that_cannot_be_gold_is_named_and_nothing_is_imported(database: Database, line: str, said: str) -> None:
    with database.session() as session:
        (lead,) = people(session, "lead")
        with pytest.raises(ReviewError) as refused:
            gold.imported(session, [line], lead, ONCE, now=NOW)
        assert str(refused.value).startswith(said)
        assert session.scalars(select(Gold)).all() == []
        assert session.scalars(select(Answer)).all() == []


@given(st.text(min_size=1, max_size=30))
def test_a_disguised_id_has_the_form_of_the_other(post_id: str) -> None:
    other = disguised(post_id)
    assert len(other) == len(post_id)
    for was, character in zip(post_id, other, strict=True):
        if was in "0123456789":
            assert character in "0123456789".replace(was, "")
        elif was.isascii() and was.isalpha():
            assert character.isalpha()
            assert character.isupper() == was.isupper()
        else:
            assert character == was


def test_where_ids_count_up_a_copy_has_one_among_the_latest() -> None:
    found = {beside("t3_10442", "t3_98713456", number) for number in range(9)} | {
        beside("t3_10442317", "t3_98713456", number) for number in range(9)
    }
    assert len(found - {None}) > 5
    for post_id in found - {None}:
        assert post_id is not None
        assert re.fullmatch(r"t3_987134\d\d", post_id)
        assert post_id != "t3_98713456"
    for own, other in (("a81f-4411", "77c0-9120"), ("post-1", "post-2"), ("abc", "abd"), ("12345", "1234567890")):
        assert beside(own, other) is None


def test_a_copy_is_renamed_wherever_its_id_stands_and_given_among_the_latest_posts(database: Database) -> None:
    with database.session() as session:
        kim, lee, lead = people(session, "kim", "lee", "lead")
        copy = session.get_one(Item, made(session, lead, kim).review_id)
        shown = content.unseal(session, copy)
        assert shown is not None
        media = Media(media_id=f"{shown.post_id}/1.png", kind="image", url="https://example.org/1.png")
        shown = shown.model_copy(
            update={
                "post": shown.post.model_copy(update={"media": (media,)}),
                "evidence": (Evidence(signal="image.nsfw", value=0.9, media_id=media.media_id),),
                "failures": {media.media_id: "too large"},
            }
        )
        shown = renamed(shown, "p10442317")
        assert shown.post.media[0].media_id == shown.evidence[0].media_id == "p10442317/1.png"
        assert shown.failures == {"p10442317/1.png": "too large"}
        copy.post_id, copy.content = shown.post_id, content.seal(session, shown)
        session.add(rows.item(700, post_id="p98713456", received_at=NOW))
        session.flush()
        assert gold_tasks.claim(session, lee, SURE, now=NOW) is not None
        now_ = content.unseal(session, copy)
        assert now_ is not None
        assert copy.post_id == now_.post_id == now_.post.post_id
        assert re.fullmatch(r"p987134\d\d", copy.post_id)
        assert now_.post.media[0].media_id == f"{copy.post_id}/1.png"
