"""Strikes are a set: which decisions came says what there is, in whatever order and however often they came."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from moderation.state.strikes import MOST_POSTS, Given, Strikes

ranks = st.tuples(*[st.integers(0, 2)] * 4)
weights = st.dictionaries(
    st.sampled_from(["hate", "spam"]), st.tuples(st.sampled_from([0.1, 1, 2.5]), st.integers(1, 9))
)


@st.composite
def decided(draw: st.DrawFn) -> list[tuple[int, Given]]:
    """Decisions on some posts, no two of one rank on one post."""
    unique = draw(st.dictionaries(st.tuples(st.integers(0, 3), ranks), weights, max_size=30))
    return [(post, Given(rank, 9, given)) for (post, rank), given in unique.items()]


@given(decided(), st.randoms(), st.integers(0, 10))
def test_the_greatest_decision_on_each_post_counts_in_any_order(
    decisions: list[tuple[int, Given]], chance: Any, now: int
) -> None:
    again = decisions * 2
    chance.shuffle(again)
    strikes = Strikes()
    half, other = Strikes(), Strikes()
    for place, (post, given_) in enumerate(again):
        strikes.note(post, given_)
        (half if place % 2 else other).note(post, given_)
    half.join(other)
    greatest = {
        post: max((own for at, own in decisions if at == post), key=lambda own: own.rank) for post, _ in decisions
    }
    expected = [own for given_ in greatest.values() for own in given_.weights.items()]
    for reason in ("", "hate", "spam"):
        total = sum(weight for own, (weight, until) in expected if until > now and reason in ("", own))
        for found in (strikes, half, Strikes.read(strikes.written())):
            assert abs(found.weight(now, reason) - total) < 1e-9


def test_of_two_decisions_of_one_rank_the_first_stands() -> None:
    strikes = Strikes()
    strikes.note(1, Given((0, 1, 1, 0), 9, {"hate": (1.0, 9)}))
    strikes.note(1, Given((0, 1, 1, 0), 9, {}))
    assert strikes.weight(0) == 1.0


def test_strikes_are_bounded_and_those_that_are_over_are_forgotten() -> None:
    strikes = Strikes()
    for post in range(MOST_POSTS + 10):
        strikes.note(post, Given((0, 1, 1, 0), post + 1, {"hate": (1.0, post + 1)}))
    assert strikes.weight(0) == MOST_POSTS
    strikes.expire(MOST_POSTS + 5)
    assert (strikes.weight(0), len(strikes.written()), strikes.until) == (5, 5, MOST_POSTS + 10)
