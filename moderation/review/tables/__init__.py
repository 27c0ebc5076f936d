"""Every table of the review desk, one module per noun. Columns hold UTC; JSON columns hold plain values."""

from moderation.review.tables.accounts import Account, Invitation, Login, Token
from moderation.review.tables.answers import Answer, Exposure, Viewing
from moderation.review.tables.appeals import Appeal
from moderation.review.tables.audit import AuditEntry
from moderation.review.tables.base import Base
from moderation.review.tables.decisions import DecisionRow
from moderation.review.tables.gold import Gold
from moderation.review.tables.inheritance import Inheritance
from moderation.review.tables.items import AuthorKey, Fingerprint, Item, LastDecision
from moderation.review.tables.outbox import Outgoing
from moderation.review.tables.tasks import Task, TaskExclusion

__all__ = [
    "Account",
    "Answer",
    "Appeal",
    "AuditEntry",
    "AuthorKey",
    "Base",
    "DecisionRow",
    "Exposure",
    "Fingerprint",
    "Gold",
    "Inheritance",
    "Invitation",
    "Item",
    "LastDecision",
    "Login",
    "Outgoing",
    "Task",
    "TaskExclusion",
    "Token",
    "Viewing",
]
