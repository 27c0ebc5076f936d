"""what was seen: a reading counts as exposure, too, and media are named by their place."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this step."""
    with op.batch_alter_table("exposures") as exposures:  # SQLite makes such a table anew
        exposures.alter_column("task_id", existing_type=sa.Integer(), nullable=True)
        exposures.add_column(sa.Column("review_id", sa.String(), nullable=True))
    # Viewings named media by their ids, which may be names of files: what was asked for is kept, of which is not.
    ends = "instr(what, ':') - 1" if op.get_bind().dialect.name == "sqlite" else "strpos(what, ':') - 1"
    op.execute(
        "UPDATE viewings SET what = substr(what, 1, "
        f"{ends}) WHERE what LIKE 'picture: %' OR what LIKE 'colour: %' OR what LIKE 'faces: %'"
    )
