"""Entries of the audit as auditors read them: people by name, verbs in words, ids short and leading somewhere."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from moderation.desk.showing import reasons
from moderation.desk.showing.characters import line
from moderation.desk.showing.ids import short
from moderation.review.roles import Permission
from moderation.review.tables import AuditEntry

VERBS: dict[str, str] = {
    "account.changed": "changed an account",
    "account.created": "created an account",
    "account.invited": "made an invitation link",
    "account.password": "set a password",
    "account.preferred": "changed their settings",
    "account.sessions_ended": "ended sessions",
    "account.signed_in": "signed in",
    "account.signed_out": "signed out",
    "adjudication.opened": "asked a third person, as two disagree",
    "appeal.filed": "filed an appeal",
    "appeal.withdrawn": "withdrew an appeal",
    "audit.verified": "verified the audit",
    "author.erased": "erased an author",
    "dead-letter.left_alone": "could not send a dead letter back",
    "dead-letter.replay_asked": "asked to send a dead letter back",
    "dead-letter.replayed": "sent a dead letter back",
    "dead-letter.viewed": "looked at a dead letter",
    "gold.made": "made a known answer",
    "gold.retired": "retired a known answer",
    "item.inherited": "answered like a near-duplicate",
    "item.viewed": "looked at an item",
    "keys.rewrapped": "put keys of authors under the master key of now",
    "media.unblurred": "asked to see more of media",
    "retention.applied": "removed what was past its time",
    "rules.changed": "took up new rules of the desk:",
    "rules.ranked": "ranked all that waits by the",
    "task.answered": "answered",
    "task.claimed": "took",
    "task.closed": "closed: nothing to answer any more",
    "task.expired": "took back, as its time was over",
    "task.extended": "took more time for",
    "task.freed": "freed a task for anybody",
    "task.moved": "moved to another queue",
    "task.reassigned": "gave to somebody",
    "task.released": "gave back",
    "task.skipped": "skipped",
    "token.issued": "made a token",
    "token.revoked": "revoked a token",
}
"""What an entry's `did` means; who is always named before."""

_LABELS = {
    "review_id": "item",
    "verdict_id": "verdict",
    "decision_id": "decision",
    "ends_at": "ends",
    "of": "kept for",
    "beside": "others held",
}


@dataclass(frozen=True, slots=True)
class Thing:
    """What an entry names. `whole` is its id where `words` are not all of it, `path` the page that shows it."""

    words: str
    whole: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class EntryShown:
    """One entry. `did` and `name` are what was done, and to what, as the audit has them; `details` names and values."""

    number: int
    at: datetime
    actor: Thing
    did: str
    verb: str
    name: str
    subject: Thing
    details: tuple[tuple[str, Thing], ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What ids stand for: accounts and tokens by name, tasks and appeals by their item; and what the reader may see."""

    may: Callable[[Permission], bool]
    people: Mapping[int, str] = field(default_factory=dict)
    programs: Mapping[int, str] = field(default_factory=dict)
    tasks: Mapping[int, str] = field(default_factory=dict)
    appeals: Mapping[str, str] = field(default_factory=dict)


def shown(entry: AuditEntry, known: Known) -> EntryShown:
    """The entry in words."""
    return EntryShown(
        entry.number,
        entry.at,
        thing(entry.actor, known),
        entry.did,
        VERBS.get(entry.did) or line(entry.did.replace("_", " ")),
        entry.subject,
        thing(entry.subject, known),
        tuple(_details(entry, known)),
    )


def thing(name: str, known: Known) -> Thing:
    """What a name such as `account:3`, `item:4f0c...` or `moderation` stands for."""
    kind, colon, own = name.partition(":")
    number = int(own) if own.isascii() and own.isdigit() and len(own) < 19 else 0
    if name == "moderation":
        return Thing("the pipeline")
    if not colon:
        return Thing(line(name))
    if kind == "account":
        return Thing(
            known.people.get(number, f"account {line(own)}"), name, _path(known, "users.change", "/users/", own)
        )
    if kind == "token":
        program = known.programs.get(number, line(own))
        return Thing(f"program {program}", name, _path(known, "users.change", "/users/tokens", ""))
    if kind == "shell":
        return Thing(f"{line(own)}, in a shell", name)
    if kind == "item":
        return Thing(f"item {short(own)}", own, _item(known, own))
    if kind == "task":
        return Thing(f"task {line(own)}", name, _item(known, known.tasks.get(number)))
    if kind == "appeal":
        return Thing(f"appeal {short(own)}", own, _item(known, known.appeals.get(own)))
    if kind == "dead-letter":
        return Thing(f"dead letter {line(own)}", name, _path(known, "dead-letters.see", "/dead-letters/", own))
    if kind == "author":
        return Thing(f"author {short(own)}", own, _path(known, "search.use", "/search?id=", own))
    return Thing(short(name), name)


def tasks_of(entry: AuditEntry) -> Iterator[int]:
    """The tasks that an entry names."""
    kind, _, own = entry.subject.partition(":")
    if kind == "task" and own.isascii() and own.isdigit() and len(own) < 19:
        yield int(own)
    if isinstance(entry.details.get("task"), int):
        yield entry.details["task"]


def _details(entry: AuditEntry, known: Known) -> Iterator[tuple[str, Thing]]:
    for name, value in entry.details.items():
        if value is None or value in ("", [], {}):
            continue
        yield _LABELS.get(name, name.replace("_", " ")), _value(name, value, known)


def _value(name: str, value: Any, known: Known) -> Thing:
    if name == "review_id":
        return Thing(short(str(value)), str(value), _item(known, str(value)))
    if name == "decision_id":
        return Thing(short(str(value)), str(value), _path(known, "search.use", "/search?in=decisions&id=", str(value)))
    if name == "verdict_id":
        return Thing(short(str(value)), str(value), _path(known, "search.use", "/search?in=answers&id=", str(value)))
    if name == "task" and isinstance(value, int):
        return thing(f"task:{value}", known)
    if name == "of" and isinstance(value, int):
        return thing(f"account:{value}", known)
    if isinstance(value, str) and value.partition(":")[0] in ("account", "token") and value.partition(":")[2].isdigit():
        return thing(value, known)
    return Thing(_told(name, value))


def _told(name: str, value: Any) -> str:
    if isinstance(value, Mapping) and value.keys() == {"from", "to"}:
        return f"from {_told(name, value['from'])} to {_told(name, value['to'])}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", []):
        return "none"
    if isinstance(value, list):
        return reasons.listed(map(str, value)) if name == "reasons" else ", ".join(line(str(each)) for each in value)
    return line(str(value))


def _item(known: Known, review_id: str | None) -> str | None:
    return None if review_id is None else _path(known, "item.see", "/items/", review_id)


def _path(known: Known, permission: Permission, where: str, own: str) -> str | None:
    return where + quote(own, safe=":" if where == "/dead-letters/" else "") if known.may(permission) else None
