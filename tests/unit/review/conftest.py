"""What tests of the review desk's domain share: `database` runs each of them on SQLite and on PostgreSQL."""

from tests.databases import address, database, empty, postgresql, sqlite

__all__ = ["address", "database", "empty", "postgresql", "sqlite"]
