"""Windows in steps, and sets that tell apart."""

from hypothesis import given
from hypothesis import strategies as st

from moderation.state.windows import FULL, KEPT, STEPS, Counter, Distinct, step_of

steps = st.lists(st.integers(0, 400), max_size=60)


def test_a_step_is_a_sixtieth_of_the_window_however_short() -> None:
    assert [step_of(second * 1_000_000, 60) for second in (0, 1, 59, 60)] == [0, 1, 59, 60]
    assert step_of(16_666, 1) == 0
    assert step_of(16_667, 1) == 1
    assert step_of(-1, 60) == -1


@given(steps, st.integers(0, 500))
def test_a_counter_counts_what_lies_in_the_window_whatever_came_after(added: list[int], step: int) -> None:
    counter = Counter()
    for own in added:
        counter.add(own)
    if counter.knows(step):
        assert counter.count(step) == sum(step - STEPS < own <= step for own in added)
    again = Counter.read(counter.written())
    assert [again.count(place) for place in range(500)] == [counter.count(place) for place in range(500)]
    assert len(counter.written()) <= 1 + 2 * KEPT


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 400)), max_size=60))
def test_a_set_tells_apart_what_lies_in_the_newest_window(added: list[tuple[int, int]]) -> None:
    distinct = Distinct()
    for member, step in added:
        distinct.add(member, step)
        newest = max(own for _, own in added[: added.index((member, step)) + 1])
        assert distinct.newest >= newest
    now = distinct.newest
    assert set(distinct.members(now)) == {member for member, own in added if now - STEPS < own <= now}
    again = Distinct.read(distinct.written())
    assert set(again.members(now)) == set(distinct.members(now))


def test_a_full_set_makes_room_when_its_members_are_of_the_past() -> None:
    distinct = Distinct()
    for member in range(FULL + 5):
        distinct.add(member, 0)
    assert len(list(distinct.members(0))) == FULL
    distinct.add(-1, STEPS - 1)
    assert -1 not in distinct.members(STEPS - 1)
    distinct.add(-1, STEPS)
    assert list(distinct.members(STEPS)) == [-1]
