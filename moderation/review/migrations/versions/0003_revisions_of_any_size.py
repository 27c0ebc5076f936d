"""revisions of any size: platforms also count them by the clock, in milliseconds."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this step."""
    if op.get_bind().dialect.name == "sqlite":  # whose integers have 64 bits anyway
        return
    for table in ("decisions", "items", "last_decisions"):
        op.alter_column(table, "revision", existing_type=sa.Integer(), type_=sa.BigInteger(), existing_nullable=False)
