"""The alarms of policies, out of all that stand on the topic."""

from datetime import UTC, datetime, timedelta

from moderation.client.alarms import latest
from moderation.client.reading import Record
from moderation.events import Alarm

BEGIN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def record(offset: int, kind: str, alarm_id: str = "", partition: int = 0, minutes: int | None = None) -> Record:
    at = BEGIN + timedelta(minutes=offset if minutes is None else minutes)
    own = {"alarm_id": alarm_id or f"{partition}:{offset}", "kind": kind, "subject": "x", "message": "m", "at": at}
    return Record("alarms", partition, offset, at.timestamp(), b"x", Alarm.model_validate(own).to_json(), ())


def test_each_alarm_is_told_once_the_newest_first_and_what_is_past_due_is_left_out() -> None:
    found, begin = latest(
        [
            record(1, "breaker_open", "same"),
            record(2, "review_overdue"),
            record(5, "canary_rolled_back"),
            record(1, "breaker_open", "same", partition=1),
            record(2, "breaker_closed", partition=1, minutes=9),
            Record("alarms", 1, 3, BEGIN.timestamp(), b"x", b"no alarm", ()),
            Record("alarms", 1, 4, BEGIN.timestamp(), b"x", None, ()),
        ],
        BEGIN,
        newest=100,
    )
    assert [alarm.kind for alarm in found] == ["breaker_closed", "canary_rolled_back", "breaker_open"]
    assert begin == BEGIN


def test_what_could_not_be_read_moves_the_beginning() -> None:
    cut = [record(offset, "review_overdue", partition=1) for offset in (7, 8, 9)]
    assert latest([record(3, "breaker_open"), *cut], BEGIN, newest=3)[1] == BEGIN + timedelta(minutes=7)
