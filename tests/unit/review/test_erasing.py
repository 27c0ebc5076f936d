"""An erased author: nothing of what they wrote can be read, in the database's own files neither."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from moderation.events import Decision, FiredRule, Media, Post, ReviewItem, Source, UndeterminedRule, Verdict
from moderation.review import audit, claims, content, erasing, intake, orders, priority, shredding, viewings
from moderation.review.database import Database
from moderation.review.rules import DeskRules, parse
from moderation.review.tables import (
    Account,
    Answer,
    Appeal,
    AuditEntry,
    AuthorKey,
    DecisionRow,
    Fingerprint,
    Gold,
    Inheritance,
    Item,
    Outgoing,
    Task,
    TaskExclusion,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
QUOTE = "calls his neighbours a pack of marker-vermin"
FACT = "marker-fact-of-the-platform"
FOLLOWERS = "1,234,567 marker-followers"
TERMS = {"harm": {"factor": 4.0, "why": "hate"}, "reach: followers": {"factor": 2.5, "why": FOLLOWERS}}
ALONE = {"product": {"factor": 10.0, "why": "its author was erased"}}


PICTURE = Media(media_id="marker-name-of-a-file", kind="image", url="https://media.example/marker-name-of-a-file")


def review(name: str, author: str | None, words: str = "marker-text: you are vermin") -> ReviewItem:
    return ReviewItem(
        review_id=f"review-{name}",
        decision_id=f"decision-{name}",
        post_id=f"post-{name}",
        author_id=author,
        post=Post(post_id=f"post-{name}", author_id=author, text=words, media=(PICTURE,)),
        source=Source(topic="moderation.posts", partition=0, offset=1, time=NOW),
    )


def put(session: Session, name: str, author: str, status: str = "open", task: Task | None = None) -> Item:
    """An item with its task (or in another's cluster), fingerprint and decision."""
    item = review(name, author)
    if task is None:
        task = Task(
            queue="hate", status="open" if status == "open" else "done", head=item.review_id, modality="text",
            rank=0.0, terms=TERMS, opened_at=NOW,
        )  # fmt: skip
        session.add(task)
        session.flush()
    row = Item(
        review_id=item.review_id, task_id=task.task_id, status=status, post_id=item.post_id, revision=0,
        occasion="live", author_id=author, decision_id=item.decision_id, queue="hate", surface="post",
        modality="text", partition=0, offset=1, posted_at=NOW, received_at=NOW, content=content.seal(session, item),
        terms=TERMS, digest=sha256(item.to_json()).hexdigest(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add(Fingerprint(review_id=item.review_id, kind="text", place=0, band="b", digest=f"digest-{name}"))
    decision = Decision(
        decision_id=item.decision_id, post_id=item.post_id, author_id=author, stage="final", action="hold",
        reasons=("hate",), rules=(FiredRule(rule="hate-hold", action="hold", values={"fact": FACT, "text.hate": 0.9}),),
        undetermined=(UndeterminedRule(rule="clip", action="remove", missing=("video.hate",), values={"fact": FACT}),),
        state={"author.posts(10m)": 12},
    )  # fmt: skip
    session.add(
        DecisionRow(
            decision_id=decision.decision_id, post_id=decision.post_id, author_id=author, revision=0, stage="final",
            action="hold", reasons=["hate"], partition=0, at=NOW, current=True,
            record=json.loads(decision.to_json()),
        )
    )  # fmt: skip
    return row


def answer(session: Session, item: Item, sent: datetime | None) -> None:
    made = Answer(
        task_id=item.task_id, review_id=item.review_id, account_id=1, kind="review", queue="hate", action="remove",
        reasons=["hate"], note=QUOTE, seconds=9.0, answered_at=NOW, verdict_id=f"verdict-{item.review_id}",
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(Inheritance(answer_id=made.answer_id, kind="text", place=0, band="b", digest="digest", ends_at=LATER))
    verdict = Verdict(
        verdict_id=f"verdict-{item.review_id}", post_id=item.post_id, action="remove", reviewer="account:1", note=QUOTE,
        decided_at=NOW,
    )  # fmt: skip
    session.add(
        Outgoing(topic="verdicts", key=item.post_id, partition=0, value=verdict.to_json(), made_at=NOW, sent_at=sent)
    )


@pytest.fixture
def full(database: Database) -> Database:
    fill(database)
    return database


def fill(database: Database) -> None:
    """A desk with three posts of ann's (open, answered, answered and sent), one of bob's, an appeal and gold."""
    with database.session() as session:
        session.add(
            Account(
                account_id=1, login="kim", name="Kim", roles=[], skills=[], languages=[], preferences={}, created_at=NOW
            )
        )
        put(session, "1", "ann")
        answer(session, put(session, "2", "ann", "decided"), None)
        answer(session, put(session, "3", "ann", "decided"), NOW)
        answer(session, put(session, "4", "bob", "decided"), NOW)
        gold = put(session, "gold", "ann", "gold")
        session.add(Gold(review_id=gold.review_id, action="remove", reasons=["hate"], explanation=QUOTE, made_at=NOW))
        statement = content.seal_text(
            session, "marker-statement", author_id="ann", post_id="post-2", place="appeal:1", at=NOW
        )
        session.add(
            Appeal(
                appeal_id="1", decision_id="decision-2", post_id="post-2", author_id="ann", review_id="review-2",
                action="hold", reasons=["hate"], statement=statement, filed_by="token:1", filed_at=NOW,
                task_id=session.get_one(Item, "review-2").task_id,
            )
        )  # fmt: skip


def erase(database: Database, author: str = "ann") -> erasing.Erased:
    with database.session() as session:
        return erasing.erase(session, author, "account:7", DeskRules(), now=LATER)


def test_nothing_that_the_author_wrote_can_be_read_through_the_desk(full: Database) -> None:
    with full.session() as session:
        copies = [(one.review_id, one.content) for one in session.scalars(select(Item).where(Item.author_id == "ann"))]
        assert all(content.unseal(session, one) for one in session.scalars(select(Item)))
    found = erase(full)
    assert (found.items, found.statements, found.notes, found.decisions, found.closed) == (4, 1, 2, 4, 1)
    with full.session() as session:
        for one in session.scalars(select(Item).where(Item.author_id == "ann")):
            assert one.content is None
            assert content.unseal(session, one) is None
        for review_id, copy in copies:  # as a backup of the table would have it
            row = session.get_one(Item, review_id)
            with session.no_autoflush:
                row.content = copy
                assert content.unseal(session, row) is None
        session.rollback()


def test_what_quotes_or_describes_a_post_goes_too(full: Database) -> None:
    erase(full)
    with full.session() as session:
        assert [one.statement for one in session.scalars(select(Appeal))] == [None]
        assert {one.review_id: one.note for one in session.scalars(select(Answer))} == {
            "review-2": None, "review-3": None, "review-4": QUOTE,
        }  # fmt: skip
        assert [one.review_id for one in session.scalars(select(Fingerprint))] == ["review-4"]
        assert len(session.scalars(select(Inheritance)).all()) == 1
        [gold] = session.scalars(select(Gold))
        assert (gold.active, gold.explanation) == (False, None)
        ann = session.get_one(DecisionRow, "decision-2")
        decision = Decision.model_validate(ann.record)
        assert (decision.action, decision.reasons, decision.rules[0].rule) == ("hold", ("hate",), "hate-hold")
        assert decision.undetermined[0].missing == ("video.hate",)
        assert FACT not in json.dumps(ann.record)
        assert decision.state is None
        assert FACT in json.dumps(session.get_one(DecisionRow, "decision-4").record)


def test_what_somebody_wrote_when_they_skipped_goes_and_never_stood_in_the_audit(full: Database) -> None:
    with full.session() as session:
        task = session.scalars(
            select(Task).join(Item, Item.task_id == Task.task_id).where(Task.status == "open")
        ).first()
        assert task is not None
        task.status, task.account_id, task.lease_until = "claimed", 1, LATER
        claims.skip(session, task.task_id, session.get_one(Account, 1), QUOTE, now=NOW)
    with full.session() as session:
        erasing.erase(session, "ann", "shell:root", DeskRules(), now=LATER)
    with full.session() as session:
        assert session.scalars(select(TaskExclusion.why)).all() == ["skipped: "]
        assert QUOTE not in str([entry.details for entry in session.scalars(select(AuditEntry))])


def test_a_verdict_that_kafka_has_not_got_yet_still_goes_out_without_its_note(full: Database) -> None:
    erase(full)
    with full.session() as session:
        waiting = {one.key: Verdict.model_validate_json(one.value) for one in session.scalars(select(Outgoing))}
    assert {post: (verdict.action, verdict.note) for post, verdict in waiting.items()} == {
        "post-2": ("remove", None), "post-4": ("remove", QUOTE),
    }  # fmt: skip


def test_open_items_and_appeals_are_closed_as_there_is_nothing_to_look_at(full: Database) -> None:
    erase(full)
    with full.session() as session:
        item = session.get_one(Item, "review-1")
        assert item.status == "closed"
        assert session.scalars(select(Task.status).where(Task.head == "review-1")).all() == ["closed"]
        assert session.get_one(Item, "review-2").status == "decided"
        assert session.get_one(Appeal, "1").outcome == "withdrawn"


def test_near_duplicates_by_others_stay_to_be_looked_at(database: Database) -> None:
    with database.session() as session:
        first = put(session, "1", "ann")
        task = session.get_one(Task, first.task_id)
        put(session, "2", "bob", task=task)
        put(session, "3", "ann", task=task)
        task.size = 3
    erase(database)
    with database.session() as session:
        task = session.scalars(select(Task)).one()
        assert (task.status, task.head, task.size) == ("open", "review-2", 1)


def test_the_audit_says_who_erased_whom_and_stays_whole(full: Database) -> None:
    erase(full)
    with full.session() as session:
        [entry] = session.scalars(select(AuditEntry))
        assert (entry.actor, entry.did, entry.subject) == ("account:7", "author.erased", "author:ann")
        assert entry.details == {"items": 4, "appeals": 1, "notes": 2, "decisions": 4}
        assert audit.verify(session) == []


def test_erasing_again_finds_nothing_more_and_does_no_harm(full: Database) -> None:
    erase(full)
    again = erase(full)
    assert again.nothing
    assert (again.items, again.statements, again.notes, again.decisions, again.closed) == (0, 0, 0, 0, 0)
    with full.session() as session:
        item = session.get_one(Item, "review-2")
        assert item.terms == ALONE
        told = session.scalars(select(AuditEntry.details).order_by(AuditEntry.number)).all()
    assert told == [{"items": 4, "appeals": 1, "notes": 2, "decisions": 4},
                    {"items": 0, "appeals": 0, "notes": 0, "decisions": 0}]  # fmt: skip


def test_of_a_priority_only_the_product_stays_as_its_terms_tell_facts_of_the_author(full: Database) -> None:
    erase(full)
    with full.session() as session:
        told = [item.terms for item in session.scalars(select(Item).where(Item.author_id == "ann"))]
        told += session.scalars(select(Task.terms).where(Task.head.in_(["review-1", "review-2", "review-3"]))).all()
        assert told == [ALONE] * 7
        assert priority.only_product(ALONE) == ALONE
        assert session.get_one(Item, "review-4").terms == TERMS


def test_an_event_that_kafka_brings_again_brings_no_fact_back(full: Database) -> None:
    rules = parse("priority: {reach: [{fact: followers}]}", "test")
    for name in ("1", "new"):
        erase(full)
        item = review(name, "ann")
        post = item.post.model_copy(update={"facts": {"followers": 1_234_567}})
        with full.session() as session:
            intake.review_item(session, item.model_copy(update={"post": post}), rules, now=LATER)
    with full.session() as session:
        for name in ("1", "new"):
            found = session.get_one(Item, f"review-{name}")
            assert (found.status, found.content, list(found.terms)) == ("closed", None, ["product"])
            assert "1,234,567" not in json.dumps(found.terms)
            assert found.digest == orders.LAST


def test_an_author_the_desk_never_heard_of_is_remembered_as_erased(database: Database) -> None:
    assert erase(database).key is None
    with database.session() as session:
        assert content.seal(session, review("1", "ann")) is None  # Kafka brings it an hour late
        assert erasing.holdings(session, "ann").erased_at == LATER


def test_more_posts_than_one_statement_can_name(database: Database) -> None:
    with database.session() as session:
        for number in range(503):
            put(session, str(number), "ann")
    assert erase(database).items == 503
    with database.session() as session:
        assert session.scalars(select(Item).where(Item.content.is_not(None))).all() == []


def files(database: Database) -> bytes:
    """Everything that lies in the database's files; of PostgreSQL all but its write-ahead log."""
    if database.sqlite:
        path = Path(database.engine.url.database or "")
        return b"".join(file.read_bytes() for file in sorted(path.parent.glob(path.name + "*")))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        folder = Path(str(connection.execute(text("SHOW data_directory")).scalar()))
        number = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar()
    return b"".join(file.read_bytes() for file in sorted((folder / "base" / str(number)).iterdir()))


def test_the_key_and_what_stood_in_clear_are_in_no_file_of_the_database(full: Database) -> None:
    with full.session() as session:
        stored = session.get_one(AuthorKey, "author:ann").key
        others = session.get_one(AuthorKey, "author:bob").key
    assert stored is not None
    assert others is not None
    with full.session() as session:
        viewings.unblurred(session, session.get_one(Account, 1), "review-2", 0, "faces", now=NOW)
    before = files(full)
    assert stored[1:] in before
    assert b"marker-vermin" in before
    assert b"marker-followers" in before
    assert b"marker-name-of-a-file" not in before  # media are noted by their place
    assert b"marker-text" not in before  # content and statements never lay in clear
    assert b"marker-statement" not in before
    full.engine.dispose()
    with full.session() as session:
        session.execute(text("UPDATE answers SET note = NULL WHERE review_id = 'review-4'"))
        session.execute(text("DELETE FROM outbox WHERE key = 'post-4'"))
        session.execute(text("UPDATE items SET terms = '{}' WHERE review_id = 'review-4'"))
        session.execute(text("UPDATE tasks SET terms = '{}' WHERE head = 'review-4'"))
        session.execute(text("UPDATE decisions SET record = '{}' WHERE decision_id = 'decision-4'"))
    found = erase(full)
    assert stored[1:] in files(full)  # deleted is not yet gone
    result = shredding.shred(full, found.key or b"")
    assert result.complete
    after = files(full)
    assert stored[1:] not in after
    assert others[1:] in after
    if full.sqlite:
        assert b"marker-" not in after
        assert result.what == "nothing is left in desk.db and its log"
    else:
        assert "write-ahead log" in result.what


def test_remains_that_are_still_there_are_said_to_be(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/desk.db")
    database.upgrade()
    fill(database)
    with database.session() as session:
        stored = session.get_one(AuthorKey, "author:ann").key
    result = shredding.shred(database, stored or b"")  # not erased at all
    assert not result.complete
    assert "remains are still in desk.db" in result.what
    database.close()


def test_a_role_that_may_not_rewrite_tables_is_told_so_and_cannot_switch_off_the_audits_triggers(
    postgresql: URL,
) -> None:
    def run(on: str, *statements: str) -> None:
        engine = create_engine(postgresql.set(database=on), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    run("postgres", "CREATE DATABASE lent TEMPLATE template", "CREATE ROLE desk LOGIN PASSWORD 'secret'")
    run("lent", "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO desk",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO desk")  # fmt: skip
    lent = postgresql.set(database="lent", username="desk", password="secret")
    database = Database(lent.render_as_string(hide_password=False))
    try:
        database.upgrade()  # nothing to do
        fill(database)
        found = erase(database)
        assert shredding.shred(database, found.key or b"") == shredding.Shredded(
            False, "author_keys could not be rewritten: run this again as the owner of the tables"
        )
        with pytest.raises(ProgrammingError, match="must be owner"), database.engine.begin() as connection:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
    finally:
        database.close()
        run("postgres", "DROP DATABASE lent WITH (FORCE)", "DROP ROLE desk")
