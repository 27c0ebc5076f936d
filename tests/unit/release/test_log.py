"""The policies topic, folded: in any order of events every reader finds the same releases."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.errors import ReleaseError
from moderation.events import Canary, PublishedPolicy, Release
from moderation.release import ReleaseLog, key_of
from moderation.release.steps import described

AT = datetime(2026, 1, 1, tzinfo=UTC)

Record = tuple[bytes | None, bytes | None]


def release(number: int, live: str = "a", by: str = "ann", **fields: object) -> Release:
    return Release(number=number, live=live, by=by, at=AT, **fields)  # type: ignore[arg-type]


def record(made: Release, unique: str = "u") -> Record:
    return key_of(made, unique), made.to_json()


def published(name: str, author: str | None = None) -> Record:
    return name.encode(), PublishedPolicy(name="test", hash=name, source="", author=author).to_json()


def fold(records: list[Record]) -> ReleaseLog:
    log = ReleaseLog()
    for offset, (key, value) in enumerate(records):
        log.add(key, value, offset)
    return log


numbers = st.lists(st.integers(1, 6), max_size=30)


@given(numbers)
def test_of_releases_in_any_order_the_first_of_each_next_number_counts(made: list[int]) -> None:
    log = fold([record(release(number, live=f"{place}"), f"{place}") for place, number in enumerate(made)])
    expected: list[str] = []
    for place, number in enumerate(made):
        if number == len(expected) + 1:
            expected.append(str(place))
    assert [own.live for own in log.releases] == expected
    assert [own.number for own in log.releases] == list(range(1, len(expected) + 1))
    assert [place for place in range(len(made)) if log.counts(place)] == [int(live) for live in expected]


@given(st.lists(st.tuples(st.sampled_from(["ann", "bob", "moderation"]), st.booleans()), max_size=40))
def test_writers_who_read_before_they_write_and_race_make_a_gapless_history(turns: list[tuple[str, bool]]) -> None:
    """Each turn a writer publishes by what it read last, then reads again if the flag says so."""
    log, known = ReleaseLog(), {"ann": 0, "bob": 0, "moderation": 0}
    for offset, (writer, reads) in enumerate(turns):
        key, value = record(release(known[writer] + 1, live=writer, by=writer), str(offset))
        before = len(log.releases)
        counted = log.add(key, value, offset)
        assert counted == (known[writer] == before) == log.counts(offset)
        if reads:
            known[writer] = len(log.releases)
    assert [own.number for own in log.releases] == list(range(1, len(log.releases) + 1))


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from("abc")), max_size=20), st.data())
def test_compaction_changes_nothing(made: list[tuple[int, str]], data: st.DataObject) -> None:
    records = []
    for place, (number, live) in enumerate(made):
        records.append(published(live))
        records.append(record(release(number, live), str(place)))
    newest = {key: place for place, (key, _) in enumerate(records)}
    kept = [
        own
        for place, own in enumerate(records)
        if newest[own[0]] == place or data.draw(st.booleans(), "not compacted yet")
    ]
    whole, compacted = fold(records), fold(kept)
    assert compacted.releases == whole.releases
    assert compacted.policies == whole.policies


def test_what_cannot_be_read_is_logged_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    log = fold([(b"release:1:x", b"{}"), (b"abc", None), (None, b"\xff"), record(release(1))])
    assert [own.number for own in log.releases] == [1]
    assert log.policies == {}
    assert "record 0 of the policies topic, 'release:1:x', cannot be read and is passed over" in caplog.text


def test_an_author_once_named_is_not_forgotten_when_a_worker_announces_the_policy() -> None:
    log = fold([published("a", "ann"), published("a")])
    assert log.policies["a"].author == "ann"


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        ("", "is neither a file nor the hash"),
        ("ff", "'ff' is neither a file nor the hash of a published policy"),
        ("ab", "may mean several published policies: ab01, ab02; write more of the hash"),
    ],
)
def test_a_hash_that_means_nothing_or_several_is_refused(prefix: str, message: str) -> None:
    log = fold([published("ab01"), published("ab02")])
    with pytest.raises(ReleaseError, match=message):
        log.find(prefix)
    assert log.find("AB01").hash == "ab01"


@pytest.mark.parametrize(
    ("lives", "left"),
    [("a", "a"), ("ab", "ab"), ("aab", "ab"), ("aba", "a"), ("abac", "ac"), ("abcbd", "abd"), ("abcab", "ab")],
)
def test_what_was_rolled_back_is_no_policy_to_go_back_to(lives: str, left: str) -> None:
    log = fold([record(release(number, live)) for number, live in enumerate(lives, 1)])
    assert "".join(log.lives()) == left


def test_the_time_of_a_canary_begins_where_what_is_compared_began() -> None:
    times = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3, 4)]
    small, large = Canary(hash="c", share=0.1), Canary(hash="c", share=0.2)
    steps: list[dict[str, object]] = [
        {"canary": small},
        {"canary": large},
        {"canary": large, "shadows": ("s",)},
        {"canary": large},
    ]
    log = fold([
        record(release(number, **own).model_copy(update={"at": at}))
        for number, (own, at) in enumerate(zip(steps, times, strict=True), 1)
    ])  # fmt: skip
    assert [log.canary_since(own) for own in log.releases] == [times[0], times[1], times[1], times[1]]


def test_every_release_says_what_it_changed() -> None:
    canary = Canary(hash="c" * 64, share=0.05)
    made = [
        release(1, "a" * 64),
        release(2, "a" * 64, canary=canary, shadows=("5" * 64,)),
        release(3, "a" * 64, canary=Canary(hash="c" * 64, share=0.2)),
        release(4, "c" * 64),
        release(5, "c" * 64, canary=canary),
        release(6, "c" * 64, canary=Canary(hash="d" * 64, share=0.125)),
        release(7, "c" * 64, canary=Canary(hash="d" * 64, share=0.125)),
    ]
    log = fold([record(own) for own in made])
    assert [described(before, own) for before, own in log.steps()] == [
        ["live aaaaaaaaaaaa"],
        ["canary cccccccccccc for 5 % of authors", "shadow 555555555555"],
        ["canary cccccccccccc for 20 % of authors, was 5 %", "shadow 555555555555 ended"],
        ["live cccccccccccc, was aaaaaaaaaaaa", "canary cccccccccccc ended"],
        ["canary cccccccccccc for 5 % of authors"],
        ["canary dddddddddddd for 12.5 % of authors", "canary cccccccccccc ended"],
        ["nothing"],
    ]
