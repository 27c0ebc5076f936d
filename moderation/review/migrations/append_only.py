"""Triggers by which the database itself takes nothing into the audit but its next entry.

Part of step 0001: a later step that wants other triggers brings its own.
"""

from alembic import op

_APPEND_ONLY: dict[str, tuple[str, ...]] = {
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
        # Number and hash are made here, under a lock until the commit: from the client it took three journeys more, in
        # which everybody else had to wait. A query in a function sees what was committed while it waited.
        "CREATE FUNCTION audit_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_advisory_xact_lock(7236114590281337); "
        'SELECT number + 1, hash INTO NEW.number, NEW."before" FROM audit ORDER BY number DESC LIMIT 1; '
        "IF NOT FOUND THEN NEW.number := 1; NEW.\"before\" := repeat('0', 64); END IF; "
        "NEW.hash := "
        "encode(sha256(convert_to(NEW.number || ':' || NEW.\"before\" || ':' || NEW.digest, 'UTF8')), 'hex'); "
        "RETURN NEW; END $$",
        "CREATE TRIGGER audit_goes_on BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_goes_on()",
    ),
}


def begin() -> None:
    """Once the table is there."""
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
