"""Who may do what: one table. Every page, action and API call of the desk asks for one of these permissions.

To add a permission, add its name to `Permission` and its line to `TABLE`; docs/desk.md has the same table, tested.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

Role = Literal["reviewer", "lead", "policy author", "releaser", "auditor", "admin", "platform"]

Permission = Literal[
    "own.settings",
    "queue.see",
    "item.see",
    "item.answer",
    "item.pick",
    "item.reassign",
    "media.see",
    "author.see",
    "search.use",
    "work.see",
    "appeal.see",
    "appeal.file",
    "quality.see",
    "gold.change",
    "policy.see",
    "models.see",
    "dead-letters.see",
    "dead-letters.replay",
    "audit.see",
    "notices.see",
    "users.change",
]

ROLES: tuple[Role, ...] = get_args(Role)
PEOPLE: tuple[Role, ...] = ("reviewer", "lead", "policy author", "releaser", "auditor", "admin")
PROGRAMS: tuple[Role, ...] = ("platform", "policy author", "auditor")  # what a token may have; an answer is a person's
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

MEANING: dict[Role, str] = {
    "reviewer": "answers review items",
    "lead": "answers items, and looks after queues, people's work and quality",
    "policy author": "reads what the policy did, and why",
    "releaser": "puts policies into force (moderation policy release), and sees here how they do",
    "auditor": "reads everything but known answers and accounts, changes nothing",
    "admin": "manages accounts, tokens and dead letters; sees no posts",
    "platform": "a program of the platform's: files appeals, fetches notices",
}


class Line(NamedTuple):
    """What a permission allows, in words, and the roles that have it."""

    allows: str
    roles: frozenset[Role]


def _line(allows: str, *roles: Role) -> Line:
    return Line(allows, frozenset(roles))


TABLE: dict[Permission, Line] = {
    "own.settings": _line("their own settings, password and sessions", *PEOPLE),
    "queue.see": _line("queues, their counts and ages", "reviewer", "lead", "policy author", "auditor", "admin"),
    "item.see": _line("a review item with its post", "reviewer", "lead", "policy author", "auditor"),
    "item.answer": _line("claim, answer, skip and release items", "reviewer", "lead"),
    "item.pick": _line("take a certain item, out of turn", "lead"),
    "item.reassign": _line("hand an item to somebody else", "lead"),
    "media.see": _line("media of an item, and un-blurring them", "reviewer", "lead", "policy author", "auditor"),
    "author.see": _line("what else an author posted, and strikes", "reviewer", "lead", "policy author", "auditor"),
    "search.use": _line("search items and decisions", "reviewer", "lead", "policy author", "auditor"),
    "work.see": _line("their own answers and exposure", "reviewer", "lead"),
    "appeal.see": _line("appeals and what became of them", "reviewer", "lead", "auditor"),
    "appeal.file": _line("file an appeal for an author (API)", "platform"),
    "quality.see": _line("agreement, accuracy, time and exposure of everybody", "lead", "auditor"),
    "gold.change": _line("gold items and their right answers", "lead"),
    "policy.see": _line("the policy, what fired, shadow and canary", *PEOPLE),
    "models.see": _line("models and their cards", "lead", "policy author", "releaser", "auditor", "admin"),
    "dead-letters.see": _line("dead letters, and why they are there", "lead", "auditor", "admin"),
    "dead-letters.replay": _line("send dead letters again", "lead", "admin"),
    "audit.see": _line("who saw and did what", "auditor"),
    "notices.see": _line("statements of reasons", "lead", "auditor", "platform"),
    "users.change": _line("accounts, roles, invitations and tokens", "admin"),
}


def may(roles: Iterable[str], permission: Permission) -> bool:
    """True where one of the roles has the permission. A role that does not exist (any more) allows nothing."""
    return not TABLE[permission].roles.isdisjoint(roles)


def is_asked(roles: Iterable[str]) -> bool:
    """Whether somebody answers items, and no page may tell them what others said, or which items are tests."""
    held = frozenset(roles)
    return may(held, "item.answer") and not may(held, "quality.see")


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Everything that the roles allow together."""
    held = frozenset(roles)
    return frozenset(permission for permission in PERMISSIONS if may(held, permission))
