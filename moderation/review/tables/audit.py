"""Who saw and did what, each entry chained to the one before by its hash."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from moderation.review.tables.base import Base


class AuditEntry(Base):
    """An entry; never changed and never removed. `number` counts from 1 without holes."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]  # `account:ID`, `token:ID` or `moderation`
    did: Mapped[str]  # such as `item.viewed`, `task.answered`, `account.changed`
    subject: Mapped[str] = mapped_column(index=True)
    details: Mapped[dict[str, Any]]  # no content and no secrets
    before: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)


APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "sqlite": (
        "CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only: entries are never changed'); END",
        "CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only: entries are never removed'); END",
        # INSERT OR REPLACE removes rows without the trigger above, so a row must be the next one, with a new hash.
        "CREATE TRIGGER audit_goes_on BEFORE INSERT ON audit "
        "WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM audit) "
        'OR NEW."before" IS NOT coalesce((SELECT hash FROM audit WHERE number = NEW.number - 1), '
        "'0000000000000000000000000000000000000000000000000000000000000000') "
        "OR EXISTS (SELECT 1 FROM audit WHERE hash = NEW.hash) "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only: this is not its next entry'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is append-only: entries are never changed or removed'; END $$",
        "CREATE TRIGGER audit_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()",
        "CREATE FUNCTION audit_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit) "
        "OR NEW.\"before\" <> coalesce((SELECT hash FROM audit WHERE number = NEW.number - 1), repeat('0', 64)) "
        "THEN RAISE EXCEPTION 'the audit is append-only: this is not its next entry'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER audit_goes_on BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_goes_on()",
    ),
}
"""Dialect -> what a migration executes once the table is there: the database itself refuses all but the next entry."""
