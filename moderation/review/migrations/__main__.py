"""`python -m moderation.review.migrations TITLE`: write the next step, from the tables as they are and as they were.

It does not see what happens to rows, and SQLite changes columns only in `op.batch_alter_table`: complete it.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from moderation.review.database import Database
from moderation.review.migrations import config

_VERSIONS = Path(__file__).parent / "versions"


def main(title: str) -> None:
    """Compare the tables with a database that has every step so far."""
    last = max(int(step.name[:4]) for step in _VERSIONS.glob("[0-9]*.py"))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/last.db")
        database.upgrade()
        with database.engine.begin() as connection:
            command.revision(config(connection), title, autogenerate=True, rev_id=f"{last + 1:04}")
        database.close()
    # Formatting is a matter of those who change tables: ruff is among the packages of development.
    for step in (("check", "--select", "I", "--fix", "--quiet"), ("format", "--quiet")):
        subprocess.run([sys.executable, "-m", "ruff", *step, str(_VERSIONS)], check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("say in a few words what the step changes: python -m moderation.review.migrations 'what was seen'")
    main(sys.argv[1])
