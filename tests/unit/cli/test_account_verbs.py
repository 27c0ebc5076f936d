"""`moderation audit`, `report` and `erase`, as an operator types them."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from moderation.cli.main import command
from moderation.errors import ConfigurationError
from moderation.review import audit
from moderation.review.database import Database
from moderation.review.tables import AuthorKey
from tests.unit.history.histories import jsonl, row
from tests.unit.review.accounted import NOW, decided, item


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A desk's database as the settings name it, with a decision and two audit entries."""
    monkeypatch.setenv("MODERATION_DESK_DATABASE", f"sqlite:///{tmp_path}/desk.db")
    monkeypatch.setenv("MODERATION_KAFKA_BOOTSTRAP", "localhost:1")
    database = Database(f"sqlite:///{tmp_path}/desk.db")
    database.upgrade()
    with database.session() as session:
        audit.note(session, "account:1", "item.viewed", "item:1", now=NOW)
        audit.note(session, "account:1", "task.answered", "task:1", now=NOW)
        decided(session, "1")
        item(session, "1")
    return database


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(command, arguments, input=typed)


def test_a_head_that_was_kept_elsewhere_is_verified_later(desk: Database) -> None:
    head = run("audit", "head").output.strip()
    assert head.endswith("@2")
    with desk.session() as session:
        audit.note(session, "account:2", "item.viewed", "item:1", now=NOW)
    result = run("audit", "verify", "--head", head)
    assert result.exit_code == 0
    assert result.output.startswith("3 entries, whole, ending with ")
    assert result.output.endswith("@3; the head that was published stands in it\n")


def test_an_audit_that_was_tampered_with_is_named_and_exits_with_1(desk: Database) -> None:
    with desk.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_never_changes"))
        connection.execute(text("UPDATE audit SET actor = 'account:9' WHERE number = 1"))
    result = run("audit", "verify")
    assert result.exit_code == 1
    assert result.stdout == "entry 1: was changed after it was written\n"
    assert result.stderr == "1 problem: the audit is not whole\n"


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+pysqlite"])
@pytest.mark.parametrize(
    "asked",
    [
        ("audit", "head"),
        ("audit", "verify"),
        ("erase", "author", "ann", "--yes"),
        ("report", "notice", "decision-1"),
        ("report", "transparency", "--from", "2026-11-01", "--to", "2026-12-01"),
    ],
)
def test_a_database_that_is_not_there_is_not_made_by_looking_for_it(
    tmp_path: Path, asked: tuple[str, ...], scheme: str
) -> None:
    missing = tmp_path / "dsek" / "desk.db"
    with pytest.raises(ConfigurationError, match="no desk's database at"):
        CliRunner().invoke(command, [*asked, "--database", f"{scheme}:///{missing}"], catch_exceptions=False)
    assert not missing.parent.exists()


def test_a_transparency_report_in_each_format(desk: Database, tmp_path: Path) -> None:
    period = ("report", "transparency", "--from", "2026-11-01", "--to", "2026-12-01")
    assert "1 decision restricted 1 post" in run(*period).output
    assert json.loads(run(*period, "--format", "json").output)["restrictions"] == 1
    file = tmp_path / "report.csv"
    assert run(*period, "--format", "csv", "--output", str(file)).output == ""
    assert "total,,,restrictions,1" in file.read_text()


def test_a_period_that_ends_before_it_begins_is_refused(desk: Database) -> None:
    result = run("report", "transparency", "--from", "2026-12-01", "--to", "2026-11-01")
    assert result.exit_code == 2
    assert "--to must be later than --from" in result.output


def test_a_notice_is_there_although_kafka_is_away(desk: Database) -> None:
    result = run("report", "notice", "decision-1")
    assert result.exit_code == 0
    assert result.stdout.startswith("Your comment was removed: nobody can see it any more.\n")
    assert json.loads(run("report", "notice", "decision-1", "--json").stdout)["puid"] == "decision-1"


def test_a_notice_is_in_the_language_that_is_asked_for_and_says_where_there_is_none(desk: Database) -> None:
    assert run("report", "notice", "decision-1", "--language", "fr").stdout.startswith("Nous avons supprimé")
    other = run("report", "notice", "decision-1", "--language", "xx")
    assert other.stdout.startswith("Your comment was removed")
    assert other.stderr == "there are no words in language 'xx': this is in 'en'\n"


def test_the_languages_of_notices_are_listed_and_those_of_ones_own_checked(
    desk: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "desk.yaml"
    rules.write_text("notices: {words: words}")
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "de.yaml").write_text("why: {ground: Hausordnung}")
    monkeypatch.setenv("MODERATION_DESK_RULES", str(rules))
    listed = run("report", "languages").output
    assert re.search(rf"de +Deutsch +shipped, {re.escape(str(tmp_path))}/words/de.yaml\nen +English +shipped\n", listed)
    (tmp_path / "words" / "de.yaml").write_text("why: {grund: Hausordnung}")
    with pytest.raises(ConfigurationError, match=r"de\.yaml:1:7: unknown key 'grund' in why"):
        CliRunner().invoke(command, ["report", "languages"], catch_exceptions=False)


def test_erasing_asks_first_and_says_what_was_done_and_what_remains(desk: Database) -> None:
    asked = run("erase", "author", "ann", "--no-kafka", typed="n\n")
    assert asked.exit_code == 1
    assert "author ann: 1 items, 1 decisions, 0 appeals\n" in asked.output
    with desk.session() as session:
        assert session.get_one(AuthorKey, "author:ann").key is not None
    done = run("erase", "author", "ann", "--no-kafka", typed="y\n")
    assert done.exit_code == 0
    assert done.output.splitlines()[1:] == [
        "Erase what this author wrote? It cannot be undone [y/N]: y",
        "erased: content of 1 items, 0 statements, 0 notes, values in 1 decisions; 0 open items closed",
        "database: nothing is left in desk.db and its log",
        "backups of the database hold the key and the content until you remove them",
        "files that `moderation history` wrote are not known here: name them by --history",
    ]
    with desk.session() as session:
        assert session.get_one(AuthorKey, "author:ann").key is None
    assert run("audit", "verify").exit_code == 0
    again = run("erase", "author", "ann", "--no-kafka", "--yes")
    assert "appeals, erased before on " in again.output
    assert again.output.splitlines()[1] == "nothing was left to erase"


def test_an_author_of_whom_nothing_is_known_is_asked_about_once_more(desk: Database) -> None:
    asked = run("erase", "author", "anne", "--no-kafka", typed="\n")
    assert asked.exit_code == 1
    first, question, *_ = asked.output.splitlines()
    assert first == "nothing is known here of author anne: is the id as the platform writes it?"
    assert question.startswith("Keep nothing that Kafka may still bring of them? It cannot be undone [y/N]")
    with desk.session() as session:
        assert session.get(AuthorKey, "author:anne") is None
    done = run("erase", "author", "anne", "--no-kafka", "--yes")
    assert (done.exit_code, done.output.splitlines()[:2]) == (0, [first, "nothing was left to erase"])
    again = run("erase", "author", "anne", "--no-kafka", "--yes")
    assert "author anne: 0 items, 0 decisions, 0 appeals, erased before on " in again.output


def test_where_there_are_no_rules_it_is_said_how_to_name_them_and_nothing_is_erased(
    desk: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for asked in (("erase", "author", "ann", "--yes", "--no-kafka"), ("report", "languages"), ("desk",)):
        with pytest.raises(ConfigurationError, match="MODERATION_DESK_RULES"):
            CliRunner().invoke(command, asked, catch_exceptions=False)
    with desk.session() as session:
        assert session.get_one(AuthorKey, "author:ann").key is not None


def test_the_authors_rows_are_taken_out_of_a_history(desk: Database, tmp_path: Path) -> None:
    folder = tmp_path / "history"
    folder.mkdir()
    first = jsonl(folder / "a.jsonl", [row(1, author_id="ann"), row(2, author_id="ben")])
    second = jsonl(folder / "b.jsonl", [row(3, author_id="ben")])
    bare = jsonl(tmp_path / "c.jsonl", [row(4)])
    done = run("erase", "author", "ann", "--yes", "--no-kafka", "--history", str(folder), "--history", str(bare))
    assert done.exit_code == 0
    assert done.output.splitlines()[-3:] == [
        f"{first}: 1 rows taken out",
        f"{second}: nothing of the author",
        f"{bare}: does not say who wrote what: look for their posts in it",
    ]
    assert "ann" not in first.read_text()


def test_a_history_that_cannot_be_gone_through_ends_nothing_and_is_said(desk: Database, tmp_path: Path) -> None:
    broken = tmp_path / "a.jsonl"
    broken.write_text("{")
    whole = jsonl(tmp_path / "b.jsonl", [row(1, author_id="ann")])
    done = run("erase", "author", "ann", "--yes", "--history", str(broken), "--history", str(whole))
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1] == f"{whole}: 1 rows taken out"
    assert f"error: {broken}: line 1: is not JSON" in done.stderr
    assert "rows may still be there: mend that, and run this again" in done.stderr
    assert "Kafka could not be looked at" in done.stderr
    alone = run("erase", "author", "ann", "--yes", "--no-kafka", "--history", str(broken))
    assert alone.exit_code == 1


def test_kafka_that_is_away_is_no_reason_to_keep_anything_and_is_said(desk: Database) -> None:
    result = run("erase", "author", "ann", "--yes")
    assert result.exit_code == 1
    assert "Kafka could not be looked at" in result.stderr
    with desk.session() as session:
        assert session.get_one(AuthorKey, "author:ann").key is None
