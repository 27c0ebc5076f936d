"""`python -m moderation.review.migrations`: write the first step anew from the tables, as long as nobody has data."""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from moderation.review.database import Database
from moderation.review.migrations import config

_VERSIONS = Path(__file__).parent / "versions"


def main() -> None:
    """Compare the tables with an empty database."""
    for old in _VERSIONS.glob("0001_*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        with database.engine.begin() as connection:
            command.revision(config(connection), "the tables of the review desk", autogenerate=True, rev_id="0001")
        database.close()
    # Formatting is a matter of those who change tables: ruff is among the packages of development.
    for step in (("check", "--select", "I", "--fix", "--quiet"), ("format", "--quiet")):
        subprocess.run([sys.executable, "-m", "ruff", *step, str(_VERSIONS)], check=True)


if __name__ == "__main__":
    main()
