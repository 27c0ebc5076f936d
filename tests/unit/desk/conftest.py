"""What tests of the desk share where a real PostgreSQL matters."""

from tests.databases import address, database, empty, postgresql, sqlite

__all__ = ["address", "database", "empty", "postgresql", "sqlite"]
