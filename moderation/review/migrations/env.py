"""What Alembic runs: our tables, on the connection that it is given."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON

from moderation.review.tables import Base
from moderation.review.tables.base import Moment


def _written(kind: str, thing: Any, written: Any) -> str | Literal[False]:
    """How column types that Alembic does not write as they are stand in a migration."""
    if kind != "type":
        return False
    if isinstance(thing, Moment):
        written.imports.add("from moderation.review.tables.base import Moment")
        return "Moment()"
    if isinstance(thing, JSON):
        written.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=_written,
    transactional_ddl=True,
)
context.run_migrations()
