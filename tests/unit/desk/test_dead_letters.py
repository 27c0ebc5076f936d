"""The pages of dead letters. Kafka is imitated here; tests/broker sends them back over the real one."""

import re
from collections.abc import Generator, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from moderation.client.letters import Letter, LetterPage, Outcome, Place
from moderation.client.reading import Record
from moderation.dead_letters import DeadLetter
from moderation.errors import BrokerUnavailable, DatabaseUnavailable, ModerationError
from moderation.review.database import Database
from moderation.review.tables import AuditEntry
from tests.unit.desk.desks import NOW, app_in, browser, csrf_of
from tests.unit.desk.test_queues import words

HOSTILE = b'<script>alert("x")</script>\xff\xfe\x1b[2J\xe2\x80\xae'


def letter(
    offset: int, value: bytes | None = b"{}", *, replayed: bool = False, topic: str = "posts",
    stage: str = "text", error: str = "not_json", at: datetime = NOW,
) -> Letter:  # fmt: skip
    why = DeadLetter(stage, error, f"not JSON: {HOSTILE.decode(errors='replace')}", topic, 2, offset)
    record = Record("dead-letters", 0, offset, at.timestamp(), b"key", value, why.headers())
    return Letter(record, why, replayed)


class Letters:
    """The letters of a Kafka; `breaks` is how many can be sent back before it goes away."""

    def __init__(self, *letters: Letter, breaks: int = 99) -> None:
        self.letters, self.breaks = letters, breaks
        self.sent: list[Place] = []

    def __call__(self) -> "Letters":
        return self

    def __enter__(self) -> "Letters":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def newest(self, size: int, before: dict[int, int] | None = None) -> LetterPage:
        older = [own for own in reversed(self.letters) if before is None or own.record.offset < before[0]]
        shown = older[:size]
        return LetterPage(shown, {0: shown[-1].record.offset} if len(older) > len(shown) else None, len(self.letters))

    def at(self, *places: Place) -> list[Letter]:
        found = [own for own in self.letters if own.place in places]
        if len(found) < len(places):
            raise ModerationError("no dead letter 0:99 on dead-letters")
        return found

    def replay(self, letters: Iterable[Letter]) -> Generator[Outcome, None, None]:
        for own in letters:
            if len(self.sent) == self.breaks:
                raise BrokerUnavailable("Kafka went away")
            if own.why.topic == "elsewhere":
                yield Outcome(own, "left alone", "no stage reads it")
                continue
            self.sent.append(own.place)
            yield Outcome(own, "replayed")


def app_with(folder: Path, letters: Any) -> FastAPI:
    return app_in(folder, letters=letters)


def audited(app: FastAPI) -> list[tuple[str, str]]:
    with app.state.desk.database.session() as session:
        entries = session.query(AuditEntry).where(AuditEntry.subject.startswith("dead-letter:"))
        return [(entry.did, entry.subject) for entry in entries.order_by(AuditEntry.number)]


def test_all_that_one_search_shows_can_be_sent_back_at_once(tmp_path: Path) -> None:
    fits = [*[True] * 600, *[False] * 451, *[True] * 49]
    letters = [letter(offset, error="not_json" if fit else "too_large") for offset, fit in enumerate(fits)]
    lead = browser(app_with(tmp_path, Letters(*letters)), "lead")
    names = re.findall(r'name="letters" value="([^"]+)"', lead.get("/dead-letters/list?error=not_json").text)
    assert len(names) > 49
    assert lead.post("/dead-letters/confirm", data={"csrf": csrf_of(lead), "letters": names}).status_code == 200


def test_nothing_that_was_chosen_is_said_on_the_list(tmp_path: Path) -> None:
    lead = browser(app_with(tmp_path, Letters(letter(1))), "lead")
    asked = lead.post("/dead-letters/confirm", data={"csrf": csrf_of(lead)})
    assert asked.headers["location"] == "/dead-letters"
    assert "Choose at least one letter." in lead.get("/dead-letters").text


def test_letters_are_listed_newest_first_page_by_page(tmp_path: Path) -> None:
    client = browser(app_with(tmp_path, Letters(*(letter(offset) for offset in range(60)))), "lead")
    assert "/dead-letters/list" in client.get("/dead-letters").text
    first = client.get("/dead-letters/list").text
    assert first.index("/dead-letters/0:59") < first.index("/dead-letters/0:10")
    assert "/dead-letters/0:9&" not in first
    assert "/dead-letters?before=0%3A10" in first
    second = client.get("/dead-letters/list?before=0:10").text
    assert '"/dead-letters/0:9"' in second
    assert "Older" not in second


def test_letters_are_found_by_stage_error_day_and_whether_they_were_sent_back(tmp_path: Path) -> None:
    old = NOW - timedelta(days=3)
    letters = Letters(letter(1, at=old), letter(2, stage="image", error="too_large"), letter(3, replayed=True))
    client = browser(app_with(tmp_path, letters), "auditor")

    def found(query: str) -> list[str]:
        return re.findall(r'href="/dead-letters/(0:\d+)"', client.get(f"/dead-letters/list?{query}").text)

    assert found("") == ["0:3", "0:2", "0:1"]
    assert found("stage=image") == ["0:2"]
    assert found("error=not") == ["0:3", "0:1"]
    assert found("waiting=yes") == ["0:2", "0:1"]
    assert found(f"from={NOW:%Y-%m-%d}") == ["0:3", "0:2"]
    assert found(f"to={old:%Y-%m-%d}&waiting=") == ["0:1"]
    assert found("stage=policy") == []
    assert "No such letters" in client.get("/dead-letters/list?stage=policy").text
    assert client.get("/dead-letters?from=soon").status_code == 400
    assert "/dead-letters/list?stage=image" in client.get("/dead-letters?stage=image").text


def test_one_search_looks_at_some_thousands_and_the_next_goes_on_from_there(tmp_path: Path) -> None:
    many = [letter(offset, error="rare" if offset in (7, 5_600) else "not_json") for offset in range(6_000)]
    client = browser(app_with(tmp_path, Letters(*many)), "auditor")
    first = client.get("/dead-letters/list?error=rare").text
    assert re.findall(r'href="/dead-letters/(0:\d+)"', first) == ["0:5600"]
    assert "1 found among 5,000 looked at, of 6,000" in first
    assert "error=rare&amp;before=0%3A1000" in first
    second = client.get("/dead-letters/list?error=rare&before=0:1000").text
    assert re.findall(r'href="/dead-letters/(0:\d+)"', second) == ["0:7"]


def test_nothing_in_a_letter_acts_and_what_it_hides_is_seen(tmp_path: Path) -> None:
    app = app_with(tmp_path, Letters(letter(7, HOSTILE)))
    client = browser(app, "lead")
    pages = [client.get(path).text for path in ("/dead-letters/list", "/dead-letters/0:7")]
    for page in pages:
        assert "<script>alert" not in page
        assert "\x1b" not in page
        assert "\u202e" not in page
    page = pages[1]
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in page
    for hidden in (r"\xff\xfe", "U+001B", "U+202E"):
        assert f">{hidden}</span>" in page, hidden
    assert audited(app) == [("dead-letter.viewed", "dead-letter:0:7")]


def test_a_long_value_is_cut_and_an_absent_one_is_told(tmp_path: Path) -> None:
    client = browser(app_with(tmp_path, Letters(letter(1, b"x" * 9_000), letter(2, None))), "auditor")
    assert "and 1,000 more of 9,000 bytes" in words(client.get("/dead-letters/0:1").text)
    assert "Value none" in words(client.get("/dead-letters/0:2").text)


@pytest.mark.parametrize("role", ["lead", "admin"])
def test_leads_and_admins_send_letters_back_after_a_second_look(tmp_path: Path, role: str) -> None:
    letters = Letters(letter(1), letter(2), letter(3, replayed=True))
    app = app_with(tmp_path, letters)
    admin = browser(app, role)
    form = {"csrf": csrf_of(admin), "letters": ["0:1", "0:3", "0:1"]}
    page = words(admin.post("/dead-letters/confirm", data=form).text)
    assert "Send these 2 letters back?" in page
    assert "sent back before" in page
    assert letters.sent == []
    answered = admin.post("/dead-letters/replay", data=form)
    assert (answered.status_code, answered.headers["location"]) == (303, "/dead-letters")
    assert letters.sent == [(0, 1), (0, 3)]
    assert audited(app) == [
        ("dead-letter.replay_asked", "dead-letter:0:1"),
        ("dead-letter.replay_asked", "dead-letter:0:3"),
        ("dead-letter.replayed", "dead-letter:0:1"),
        ("dead-letter.replayed", "dead-letter:0:3"),
    ]


def test_what_was_left_alone_is_told_with_its_reason(tmp_path: Path) -> None:
    app = app_with(tmp_path, Letters(letter(1), letter(2, topic="elsewhere")))
    admin = browser(app, "admin")
    page = words(admin.post("/dead-letters/replay", data={"csrf": csrf_of(admin), "letters": ["0:1", "0:2"]}).text)
    assert "1 of 2 letters sent back" in page
    assert "0:2 left alone no stage reads it" in page
    assert ("dead-letter.left_alone", "dead-letter:0:2") in audited(app)


def test_what_was_sent_before_kafka_went_away_stands_in_the_audit(tmp_path: Path) -> None:
    app = app_with(tmp_path, Letters(letter(1), letter(2), breaks=1))
    admin = browser(app, "admin")
    page = words(admin.post("/dead-letters/replay", data={"csrf": csrf_of(admin), "letters": ["0:1", "0:2"]}).text)
    assert "1 of 2 letters sent back Kafka went away" in page
    assert audited(app)[2:] == [("dead-letter.replayed", "dead-letter:0:1")]


def test_what_was_sent_is_told_although_the_database_went_away_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise DatabaseUnavailable("the database went away")

    class Meanwhile(Letters):
        def replay(self, letters: Iterable[Letter]) -> Generator[Outcome, None, None]:
            yield from super().replay(letters)
            monkeypatch.setattr(Database, "transact", away)

    admin = browser(app_with(tmp_path, Meanwhile(letter(1))), "admin")
    answer = admin.post("/dead-letters/replay", data={"csrf": csrf_of(admin), "letters": ["0:1"]})
    assert answer.status_code == 200
    assert "1 of 1 letter sent back the database went away" in words(answer.text)


@pytest.mark.parametrize(
    ("names", "status", "message"),
    [
        ([], 400, "hoose at least one letter"),
        (["0:1; DROP"], 400, "is no dead letter"),
        (["0:99"], 404, "o dead letter 0:99"),
        ([f"0:{number}" for number in range(501)], 400, "500 letters at most"),
    ],
)
def test_letters_that_are_none_are_refused(tmp_path: Path, names: list[str], status: int, message: str) -> None:
    admin = browser(app_with(tmp_path, Letters(letter(1))), "admin")
    answered = admin.post("/dead-letters/replay", data={"csrf": csrf_of(admin), "letters": names})
    assert (answered.status_code, message in answered.text) == (status, True)


def test_an_auditor_may_look_and_not_send_back(tmp_path: Path) -> None:
    letters = Letters(letter(1))
    client = browser(app_with(tmp_path, letters), "auditor")
    assert "checkbox" not in client.get("/dead-letters/list").text
    for path in ("confirm", "replay"):
        form = {"csrf": csrf_of(client), "letters": "0:1"}
        assert client.post(f"/dead-letters/{path}", data=form).status_code == 403
    assert letters.sent == []


def test_without_kafka_the_page_says_so(tmp_path: Path) -> None:
    def away() -> Letters:
        raise BrokerUnavailable("no Kafka broker answers at example:9092")

    client = browser(app_with(tmp_path, away), "admin")
    assert client.get("/dead-letters").status_code == 200
    answered = client.get("/dead-letters/list")
    assert answered.status_code == 200
    assert "no Kafka broker answers at example:9092" in answered.text
