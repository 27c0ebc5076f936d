"""`moderation desk`: what cannot work is said in a sentence."""

import socket
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from moderation.cli.main import command as moderation
from moderation.errors import ConfigurationError
from moderation.review import content
from moderation.review.database import Database
from moderation.review.wrapping import MasterKeys


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def desk(*arguments: str, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(moderation, ["desk", *arguments])


def test_a_port_that_is_taken_is_named_with_its_setting(tmp_path: Path, taken: int) -> None:
    result = desk("--port", str(taken), "--database", f"sqlite:///{tmp_path / 'desk.db'}")
    assert isinstance(result.exception, ConfigurationError)
    assert f"cannot be served at 127.0.0.1, port {taken}" in str(result.exception)
    assert "MODERATION_DESK_PORT" in str(result.exception)


def test_a_database_that_is_new_is_told_as_its_name_may_be_misspelt(tmp_path: Path, taken: int) -> None:
    url = f"sqlite:///{tmp_path / 'dsek' / 'desk.db'}"
    assert f"new database, with nothing in it: {url}\n" in desk("--port", str(taken), "--database", url).stdout
    assert "new database" not in desk("--port", str(taken), "--database", url).output


def test_rules_with_a_mistake_are_told_before_anything_is_made(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("queus: {}\n")
    result = desk("--database", f"sqlite:///{tmp_path / 'desk.db'}", MODERATION_DESK_RULES=str(rules))
    assert isinstance(result.exception, ConfigurationError)
    assert "did you mean 'queues'" in str(result.exception)
    assert not (tmp_path / "desk.db").exists() or (tmp_path / "desk.db").stat().st_size == 0


def test_a_master_key_that_opens_nothing_is_told_before_anybody_comes(tmp_path: Path, taken: int) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    database = Database(url, MasterKeys(bytes([1]) * 32))
    database.upgrade()
    with database.session() as session:
        content.desk_key(session, "task numbers")
    database.close()
    result = desk("--port", str(taken), "--database", url, MODERATION_DESK_KEY=b64encode(bytes([2]) * 32).decode())
    assert isinstance(result.exception, ConfigurationError)
    assert "add that one to MODERATION_DESK_OLD_KEYS" in str(result.exception)


def test_a_database_that_is_away_is_worth_starting_again_for() -> None:
    result = desk("--database", "postgresql://nobody@127.0.0.1:1/desk", PGCONNECT_TIMEOUT="2")
    assert result.exit_code == 75
    assert "error: the desk's database" in result.stderr


def test_health_of_a_desk_that_does_not_run() -> None:
    result = desk("--health", "--port", "1")
    assert result.exit_code == 1
    assert "no desk answers at http://127.0.0.1:1/healthz" in result.stderr


def test_rekey_puts_the_keys_of_authors_under_the_new_master_key_and_says_what_is_left_to_do(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    first, second, third = (b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3))
    database = Database(url, MasterKeys(bytes([1]) * 32))
    database.upgrade()
    with database.session() as session:
        content.seal_text(session, "but", author_id="ann", post_id="1", place="appeal:1", at=datetime.now(UTC))
    database.close()

    missing = desk("--rekey", "--database", url)
    assert isinstance(missing.exception, ConfigurationError)
    assert "set MODERATION_DESK_KEY to the new one" in str(missing.exception)
    wrong = desk("--rekey", "--database", url, MODERATION_DESK_KEY=second, MODERATION_DESK_OLD_KEYS=third)
    assert (wrong.exit_code, wrong.stderr) == (
        1,
        "no master key opens 1 keys, of author:ann: add the one that they were made with to MODERATION_DESK_OLD_KEYS, "
        "and run this again\n",
    )
    done = desk("--rekey", "--database", url, MODERATION_DESK_KEY=second, MODERATION_DESK_OLD_KEYS=f"{third},{first}")
    assert (done.exit_code, done.stdout) == (
        0,
        "1 keys are under MODERATION_DESK_KEY now; 0 were before\n"
        "database: nothing is left in desk.db and its log\n"
        "nothing needs MODERATION_DESK_OLD_KEYS any more but backups that were made before\n",
    )
    again = desk("--rekey", "--database", url, MODERATION_DESK_KEY=second)
    assert again.stdout.startswith("0 keys are under MODERATION_DESK_KEY now; 1 were before\n")
