"""The steps that bring the tables of a database to this version, by Alembic. There is none back: restore a copy."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection

from moderation.errors import ConfigurationError


def config(connection: Connection) -> Config:
    """Alembic's configuration; everything happens in the transaction of `connection`."""
    found = Config()
    found.set_main_option("script_location", Path(__file__).parent.as_posix().replace("%", "%%"))
    found.set_main_option("path_separator", "os")
    found.attributes["connection"] = connection
    return found


def upgrade(connection: Connection, to: str = "head") -> bool:
    """Apply every step that is missing, up to one. Whether that were all: there were no tables yet.

    Raises `ConfigurationError` for a database that a newer version has changed.
    """
    is_new = MigrationContext.configure(connection).get_current_revision() is None
    try:
        command.upgrade(config(connection), to)
    except CommandError as error:
        raise ConfigurationError(
            f"the desk's database was made by another version of this program ({error}): install the version that "
            "was here before, or a newer one"
        ) from error
    return is_new
