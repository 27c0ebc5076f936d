"""Entries of the audit in words."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import moderation
from moderation.desk.showing.entries import VERBS, EntryShown, Known, Thing, shown, tasks_of
from moderation.review.roles import PERMISSIONS, Permission
from moderation.review.tables import AuditEntry

AT = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
ITEM = "4f0c9a3e-1111-4222-8333-444455556666"


def told(did: str, subject: str, actor: str = "account:3", **details: Any) -> EntryShown:
    entry = AuditEntry(number=1, at=AT, actor=actor, did=did, subject=subject, details=details)
    return shown(entry, Known(lambda _: True, {3: "Kim", 4: "Lea"}, {2: "forum"}, {12: ITEM}, {"7": ITEM}))


def test_every_verb_that_the_desk_writes_has_its_words() -> None:
    kinds = "|".join({verb.partition(".")[0] for verb in VERBS})
    found = {
        verb
        for part in ("review", "desk", "cli")
        for path in (Path(moderation.__file__).parent / part).rglob("*.py")
        for verb in re.findall(rf'"((?:{kinds})\.[a-z_]+)"', path.read_text())
    }
    assert {verb for verb in found if not verb.endswith(".html")} - set(PERMISSIONS) <= set(VERBS)


def test_people_programs_and_shells_are_told_apart() -> None:
    assert told("item.viewed", "item:1").actor.words == "Kim"
    assert told("appeal.filed", "appeal:7", "token:2").actor.words == "program forum"
    assert told("author.erased", "author:ann", "shell:root").actor.words == "root, in a shell"
    assert told("retention.applied", "database", "moderation").actor == Thing("the pipeline")
    assert told("item.viewed", "item:1", "account:99").actor.words == "account 99"


def test_ids_are_short_and_lead_to_what_they_name() -> None:
    assert told("item.viewed", f"item:{ITEM}").subject == Thing("item 4f0c9a3e…", ITEM, f"/items/{ITEM}")
    assert told("task.answered", "task:12").subject.path == f"/items/{ITEM}"
    assert told("appeal.filed", "appeal:7").subject.path == f"/items/{ITEM}"
    assert told("dead-letter.viewed", "dead-letter:2:17").subject.path == "/dead-letters/2:17"
    assert told("author.erased", "author:a/b").subject.path == "/search?id=a%2Fb"
    details = dict(told("task.answered", "task:12", review_id=ITEM, task=12, to="account:4", of=4).details)
    assert details["item"] == Thing("4f0c9a3e…", ITEM, f"/items/{ITEM}")
    assert details["task"].path == f"/items/{ITEM}"
    assert (details["to"].words, details["kept for"].words) == ("Lea", "Lea")


def test_nothing_leads_where_the_reader_may_not_go() -> None:
    def only_the_audit(permission: Permission) -> bool:
        return permission == "audit.see"

    entry = AuditEntry(
        number=1, at=AT, actor="account:3", did="item.viewed", subject=f"item:{ITEM}", details={"task": 12}
    )
    read = shown(entry, Known(only_the_audit, tasks={12: ITEM}))
    assert [read.actor.path, read.subject.path, read.details[0][1].path] == [None, None, None]


def test_details_are_told_in_words_and_what_is_empty_is_left_out() -> None:
    read = told("task.answered", "task:1", reasons=["self_harm", "hate"], active=True, note=None, skills=[], why="")
    assert [(name, value.words) for name, value in read.details] == [("reasons", "self-harm, hate"), ("active", "yes")]
    changed = told("account.changed", "account:4", roles={"from": [], "to": ["lead"]})
    assert changed.details[0][1].words == "from none to lead"


def test_the_tasks_of_an_entry_are_known_before_it_is_told() -> None:
    entry = AuditEntry(number=1, at=AT, actor="moderation", did="x", subject="task:5", details={"task": 9})
    assert list(tasks_of(entry)) == [5, 9]
    odd = AuditEntry(number=1, at=AT, actor="moderation", did="x", subject="task:x", details={"task": "9"})
    assert list(tasks_of(odd)) == []
