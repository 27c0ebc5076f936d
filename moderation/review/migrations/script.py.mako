"""${message}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
% if up_revision == "0001":
from moderation.review.migrations import append_only
% endif

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """To this step."""
    ${upgrades if upgrades else "pass"}
% if up_revision == "0001":
    append_only.begin()
% endif
