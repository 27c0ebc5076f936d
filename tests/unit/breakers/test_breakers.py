"""Quotas over posts of all partitions: who is let through, when a breaker trips, tries, closes, and what is told."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.breakers import Breakers, breaker_states
from moderation.breakers.breakers import TRIAL
from moderation.breakers.ledger import SEEN, read
from moderation.events import Alarm, Decision, LaneName, LaneResult, LaneState, Post, Scored, Source
from moderation.policy import Circumstances, Policy, evaluate, parse_policy
from moderation.state import Change

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RULES = """
rules:
  - {id: hate, when: text.hate >= 0.9, then: remove, because: hate}
  - {id: spam, when: text.spam >= 0.9, then: restrict, because: spam}
"""


def policy(breaker: str, lanes: str = "") -> Policy:
    return parse_policy(f"policy: p\n{lanes}\nbreakers: {{b: {{{breaker}}}}}\n{RULES}")


MINUTE = policy("action: remove, per_minute: 5, cool_down: 10m")


def record(name: str, time: datetime, hate: float = 1.0, lanes: dict[LaneName, LaneState] | None = None) -> Scored:
    return Scored(
        post=Post(post_id=name),
        source=Source(topic="t", partition=0, offset=0, time=time),
        lanes={lane: LaneResult(state=state) for lane, state in (lanes or {"text": "scored"}).items()},
        signals={"text.hate": hate, "text.spam": 0.0},
    )


class Partition:
    """Decides as a worker does: on what was open, then counts."""

    def __init__(self, policy: Policy = MINUTE) -> None:
        self.policy = policy
        self.breakers = Breakers()
        self.offset = 0
        self.alarms: list[Alarm] = []

    def decide(self, made: Scored, offset: int | None = None) -> Decision:
        if offset is None:
            self.offset += 1
            offset = self.offset
        time = made.source.time
        under = Circumstances(breakers=self.breakers.open_at(self.policy, time, made.post))
        decision = evaluate(made, self.policy, under).decision
        self.alarms += self.breakers.note(decision, self.policy, time, offset)
        return decision

    def acts(self, count: int, time: datetime, name: str = "p", hate: float = 1.0) -> int:
        """On how many of so many posts was acted?"""
        made = [record(f"{name}{n}-{time.timestamp()}", time, hate) for n in range(count)]
        return sum(self.decide(one).action == "remove" for one in made)

    @property
    def kinds(self) -> list[str]:
        return [alarm.kind.removeprefix("breaker_") for alarm in self.alarms]


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_the_post_that_reaches_the_quota_is_removed_and_those_after_it_are_reviewed() -> None:
    here = Partition()
    assert here.acts(20, NOON) == 5
    decision = here.decide(record("next", after(599)))
    assert (decision.action, decision.breakers) == ("review", ("b",))
    assert here.kinds == ["open"]
    assert here.alarms[0].message == (
        "Breaker b is open: remove on 5 posts in a minute, 5 may be. "
        "Until 2026-03-01 12:10:00 UTC a human looks instead."
    )
    assert here.alarms[0].values == {
        "quota": "per_minute", "limit": 5, "posts": 5, "until": "2026-03-01T12:10:00+00:00"
    }  # fmt: skip


def test_posts_that_are_not_acted_on_count_for_nothing() -> None:
    here = Partition()
    here.acts(500, NOON, hate=0.1)
    assert (here.alarms, here.breakers.changes()) == ([], [])


def test_as_many_posts_over_a_longer_time_trip_nothing() -> None:
    here = Partition()
    assert sum(here.acts(1, after(15.5 * n)) for n in range(100)) == 100


def test_a_backlog_counts_by_the_time_of_its_posts_however_fast_it_is_worked_off() -> None:
    here, times = Partition(), [after(16 * n) for n in range(50)]
    assert sum(here.acts(1, time) for time in times) == 50
    assert here.breakers.open_at(MINUTE, NOON) == frozenset()


def test_a_breaker_that_is_half_open_lets_a_few_through_and_closes() -> None:
    here = Partition(policy("action: remove, per_minute: 50, cool_down: 10m"))
    assert here.acts(60, NOON) == 50
    assert here.acts(30, after(600)) == TRIAL
    assert here.acts(5, after(1199)) == 0
    assert here.acts(5, after(1200)) == 5
    assert here.kinds == ["open", "half_open", "closed"]
    assert [alarm.message for alarm in here.alarms[1:]] == [
        "Breaker b is half-open: a few posts are let through to see. "
        "If no quota is reached by 2026-03-01 12:20:00 UTC, it closes.",
        "Breaker b is closed: remove as usual.",
    ]


def test_a_breaker_whose_quota_would_be_reached_while_half_open_opens_again_for_twice_as_long() -> None:
    here = Partition(policy("action: remove, per_minute: 50, cool_down: 10m"))
    here.acts(60, NOON)
    assert here.acts(60, after(600)) == TRIAL
    assert here.kinds == ["open", "half_open", "open"]
    assert "opens again" in here.alarms[-1].message
    assert here.alarms[-1].values["until"] == after(600 + 1200).isoformat()
    assert here.acts(60, after(1799)) == 0


def test_the_cool_down_doubles_up_to_sixteen_times() -> None:
    here = Partition()
    time, waits = NOON, []
    for _ in range(8):
        here.acts(10, time)
        until = datetime.fromisoformat(str(here.alarms[-1].values["until"]))
        waits.append((until - time).total_seconds() / 600)
        time = until
    assert waits == [1, 2, 4, 8, 16, 16, 16, 16]


def test_a_full_day_stays_open_until_the_day_has_room() -> None:
    here = Partition(policy("action: remove, per_day: 5, cool_down: 10m"))
    assert here.acts(10, NOON) == 5
    assert here.alarms[0].values["until"] == after(86_400 + 24 * 60).isoformat()
    assert here.acts(10, after(86_400)) == 0
    assert here.acts(3, after(86_400 + 24 * 60)) == 3


def test_a_share_counts_all_posts_once_there_are_enough() -> None:
    here = Partition(policy("action: remove, share: {of: 10%, within: 10m, at_least: 50}, cool_down: 10m"))
    assert here.acts(20, NOON) == 20  # too few posts to say
    here.acts(180, after(1), hate=0.1)
    assert here.acts(1, after(2)) == 1
    assert here.kinds == ["open"]
    assert here.alarms[0].message.startswith(
        "Breaker b is open: remove on 21 of 201 posts (10.45%) in 10m, 10% may be. "
    )
    calm = Partition(here.policy)
    for second in range(100):
        calm.acts(19, after(second), hate=0.1)
        assert calm.acts(1, after(second)) == 1


def test_a_breaker_on_a_rule_counts_what_that_rule_does() -> None:
    here = Partition(policy("rule: spam, per_minute: 1"))
    assert here.acts(50, NOON) == 50
    assert here.kinds == []


def test_a_lane_that_fails_counts_for_its_action_and_one_that_is_awaited_does_not() -> None:
    lanes = "lanes: {image: {if_missing: remove, while_pending: hold}}"
    here = Partition(policy("action: [remove, hold], per_minute: 3", lanes))
    for number in range(9):
        here.decide(record(f"p{number}", NOON, 0.1, {"text": "scored", "image": "pending"}))
    assert here.kinds == []
    failed = [here.decide(record(f"p{n}", NOON, 0.1, {"text": "scored", "image": "failed"})).action for n in range(9)]
    assert failed == ["remove"] * 3 + ["review"] * 6


def test_a_post_counts_once_and_keeps_what_it_got_when_its_next_lane_reports() -> None:
    lanes = "lanes: {image: {if_missing: review}}"
    text = RULES.replace("then: remove", "then: restrict")
    here = Partition(parse_policy(f"policy: p\n{lanes}\nbreakers: {{b: {{action: restrict, per_minute: 3}}}}\n{text}"))
    waiting: dict[LaneName, LaneState] = {"text": "scored", "image": "pending"}
    done: dict[LaneName, LaneState] = {"text": "scored", "image": "nothing_to_score"}
    first = [here.decide(record(f"p{n}", NOON, lanes=waiting)).action for n in range(4)]
    assert first == ["restrict"] * 3 + ["review"]
    assert [here.decide(record(f"p{n}", NOON, lanes=done)).action for n in range(4)] == first
    assert here.kinds == ["open"]


def test_a_backfill_and_a_withdrawal_are_not_counted() -> None:
    here = Partition()
    for number in range(20):
        made = record(f"p{number}", NOON)
        for change in ({"occasion": "backfill-1"}, {"change": "deleted"}):
            decision = evaluate(made.model_copy(update={"post": made.post.model_copy(update=change)}), MINUTE).decision
            assert here.breakers.note(decision, MINUTE, NOON, number) == []
    assert here.breakers.changes() == []


def test_partitions_that_hear_of_each_other_share_one_quota_and_tell_one_alarm() -> None:
    first, second = Partition(), Partition()
    assert (first.acts(3, NOON), second.acts(1, NOON)) == (3, 1)
    for change in first.breakers.changes():
        second.breakers.elsewhere(0, change)
    assert second.acts(5, after(1)) == 1
    assert first.acts(2, after(1)) == 2  # under way: it has not heard
    for change in second.breakers.changes():
        first.breakers.elsewhere(1, change)
    assert first.acts(5, after(2)) == 0
    assert {alarm.alarm_id for alarm in (*first.alarms, *second.alarms)} == {first.alarms[0].alarm_id}


def test_a_partition_that_lags_behind_is_not_stopped_for_what_came_later() -> None:
    ahead, behind = Partition(), Partition()
    ahead.acts(10, NOON)
    for change in ahead.breakers.changes():
        behind.breakers.elsewhere(0, change)
    assert behind.acts(4, after(-3600)) == 4
    assert behind.acts(4, after(10)) == 0


def test_whoever_takes_over_goes_on_where_the_last_worker_stood() -> None:
    old, new = Partition(), Partition()
    assert old.acts(3, NOON) == 3
    early = old.breakers.changes()
    old.acts(10, after(1))
    for change in (*old.breakers.changes(), *early):  # a worker that was thought dead wrote last
        new.breakers.restore(change)
    assert new.breakers.open_at(MINUTE, after(5)) == {"b"}


def test_an_alarm_is_told_again_with_the_record_that_told_it() -> None:
    old, new = Partition(), Partition()
    for number in range(8):
        old.decide(record(f"p{number}", NOON))
    for change in old.breakers.changes():
        new.breakers.restore(change)
    again = [new.decide(record(f"p{number}", NOON), number + 1).action for number in range(8)]
    assert again == ["remove"] * 5 + ["review"] * 3
    assert new.alarms == old.alarms


def test_what_cannot_be_read_begins_anew() -> None:
    here = Partition()
    for value in (b"", b"{}", b'{"seen":"x"}', None):
        here.breakers.restore(Change("counts", b"breaker:b", value))
        here.breakers.elsewhere(1, Change("counts", b"breaker:b", value))
    here.breakers.restore(Change("counts", b"domain:x", b"{}"))
    assert here.acts(9, NOON) == 5


def test_what_is_kept_stays_small_however_many_posts_there_are() -> None:
    here = Partition(policy("action: remove, per_minute: 1000000, share: {of: 100%, within: 1h, at_least: 999999999}"))
    for minute in range(300):
        here.acts(10, after(60 * minute))
    (change,) = here.breakers.changes()
    ledger = read(change.value or b"")
    assert max(len(tally.cells) for tally in ledger.tallies.values()) <= 120
    assert len(ledger.seen) == SEEN
    assert len(change.value or b"") < 16_000


def test_a_clock_that_goes_wrong_once_does_not_lose_the_counts() -> None:
    here = Partition()
    assert here.acts(3, NOON) == 3
    here.acts(1, datetime(2099, 1, 1, tzinfo=UTC))
    here.acts(1, datetime(1970, 1, 1, tzinfo=UTC))
    assert here.acts(9, after(1)) == 2


@pytest.mark.parametrize("quota", ["per_minute: 2", "per_day: 2", "share: {of: 1%, within: 1d, at_least: 1}"])
@pytest.mark.parametrize("time", [datetime(1, 1, 2, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_first_and_the_last_day_there_is_are_counted_like_any_other(quota: str, time: datetime) -> None:
    here = Partition(policy(f"action: remove, {quota}, cool_down: 1d"))
    assert 1 <= here.acts(9, time) <= 2
    (change,) = here.breakers.changes()
    (state,) = breaker_states(here.policy, [(0, change.key, change.value)], time)
    assert (state.state, here.kinds) == ("open", ["open"])


def test_anyone_can_see_how_breakers_stand() -> None:
    here = Partition()
    values = []
    for count, time in ((3, NOON), (7, after(1)), (1, after(601))):
        here.acts(count, time)
        values += [(0, change.key, change.value) for change in here.breakers.changes()]
        (state,) = breaker_states(MINUTE, values, time)
        if time == NOON:
            assert (state.state, state.until, state.posts) == ("closed", None, {"per_minute": 3})
        elif time == after(1):
            assert (state.state, state.until, state.posts) == ("open", after(610), {"per_minute": 5})


DELIVERIES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 90)), min_size=1, max_size=60)


@settings(max_examples=80, deadline=None)
@given(DELIVERIES, st.data())
def test_redelivery_from_any_point_after_any_crash_counts_the_same(
    posts: list[tuple[int, int]], data: st.DataObject
) -> None:
    made = [record(f"p{name}", after(second)) for name, second in posts]
    straight = Partition()
    expected = [straight.decide(one).action for one in made]
    crashed = Partition()
    written: list[Change] = []
    position = 0
    for _ in range(data.draw(st.integers(0, 4))):
        upto = data.draw(st.integers(position, len(made)))
        for offset in range(position, upto):
            crashed.decide(made[offset], offset + 1)
            written += crashed.breakers.changes()
        crashed = Partition()
        for change in written:
            crashed.breakers.restore(change)
        position = data.draw(st.integers(0, upto))  # what was acknowledged
    actions = [crashed.decide(made[offset], offset + 1).action for offset in range(position, len(made))]
    assert actions == expected[position:]
    final = {change.key: change.value for change in (*written, *crashed.breakers.changes())}
    assert final == {change.key: change.value for change in straight.breakers.changes()}


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.floats(0, 200), st.booleans()), max_size=120),
    st.integers(1, 6),
)
def test_no_minute_has_more_than_the_quota_and_what_was_under_way(
    events: list[tuple[int, float, bool]], quota: int
) -> None:
    """Three partitions; each event is a removable post of a time, in any order, or a moment in which all hear."""
    own = policy(f"action: remove, per_minute: {quota}, cool_down: 1m")
    partitions = [Partition(own) for _ in range(3)]
    acted: list[tuple[float, bool]] = []
    unheard = [0, 0, 0]
    for number, (place, second, hears) in enumerate(events):
        if partitions[place].acts(1, after(second), f"{number}-"):
            acted.append((second, any(unheard[other] for other in range(3) if other != place)))
            unheard[place] += 1
        if hears:
            for one, partition in enumerate(partitions):
                for change in partition.breakers.changes():
                    for other in range(3):
                        if other != one:
                            partitions[other].breakers.elsewhere(one, change)
            unheard = [0, 0, 0]
    for second, _ in acted:
        inside = [late for time, late in acted if second <= time <= second + 60]
        assert len(inside) <= quota + sum(inside) + 3


@pytest.mark.parametrize("quota", [1, 7, 40])
def test_one_partition_never_exceeds_the_quota_whatever_the_order_of_times(quota: int) -> None:
    here = Partition(policy(f"action: remove, per_minute: {quota}, cool_down: 1m"))
    acted = [second for n in range(400) if here.acts(1, after(second := n * 37 % 120), f"{n}-")]
    assert max(sum(start <= second < start + 60 for second in acted) for start in range(120)) <= quota
