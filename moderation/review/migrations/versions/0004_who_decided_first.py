"""who decided first: an appeal or a third person may revise it, and reports tell what was decided when."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this step."""
    op.add_column("items", sa.Column("first_answer_id", sa.Integer(), nullable=True))
    # A near-duplicate that was revised does not know its first answer: it has the one that stands, unless an appeal's.
    op.execute(
        "UPDATE items SET first_answer_id = coalesce("
        "(SELECT min(answers.answer_id) FROM answers WHERE answers.review_id = items.review_id"
        " AND answers.verdict_id IS NOT NULL AND answers.kind <> 'appeal'), "
        "(SELECT answers.answer_id FROM answers WHERE answers.answer_id = items.answer_id"
        " AND answers.kind <> 'appeal')) WHERE answer_id IS NOT NULL"
    )
