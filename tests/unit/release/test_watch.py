"""The watch over a canary: false alarms stay below alpha however often it looks, and a real excess is found."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from moderation.release.decided import Decided
from moderation.release.watch import CanaryWatch, Excess, chance_of

ALPHA = 0.05


def decided(number: int, policy: str, action: str, **fields: str) -> Decided:
    return Decided.model_validate(
        {
            "decision_id": f"d{number}",
            "post_id": f"p{number}",
            "author_id": f"a{number}",
            "stage": "final",
            "action": action,
            "policy_hash": policy,
            **fields,
        }
    )


def first_alarm(
    seed: int, posts: int, share: float, rate: float, of_canary: float, ratio: float = 1.0, action: str = "remove"
) -> tuple[int, Excess] | None:
    """Posts of as many authors, until there is an alarm. `rate` is the live policy's, `of_canary` the canary's."""
    dice = random.Random(seed)
    watch = CanaryWatch("live", "canary", alpha=ALPHA, min_posts=20, ratio=ratio)
    for number in range(posts):
        policy = "canary" if dice.random() < share else "live"
        acts = dice.random() < (of_canary if policy == "canary" else rate)
        excess = watch.add(decided(number, policy, action if acts else "allow"), 0.0)
        if excess is not None:
            return number, excess
    return None


@pytest.mark.parametrize(("share", "rate"), [(0.1, 0.05), (0.5, 0.02), (0.3, 0.4)])
def test_with_equal_rates_and_many_looks_there_are_fewer_false_alarms_than_alpha(share: float, rate: float) -> None:
    runs = 100
    alarms = sum(first_alarm(seed, 1500, share, rate, rate) is not None for seed in range(runs))
    # Were the chance of an alarm alpha, so few would come about with probability 0.99 at most.
    assert binomtest(alarms, runs, ALPHA, alternative="greater").pvalue > 0.01
    assert alarms / runs <= ALPHA


@pytest.mark.parametrize("action", ["remove", "restrict", "hold", "review"])
def test_a_doubled_rate_is_found(action: str) -> None:
    found = [first_alarm(seed, 20_000, 0.1, 0.05, 0.10, action=action) for seed in range(5)]
    assert all(own is not None for own in found)
    assert {own[1].subject for own in found if own} == {"asks for review" if action == "review" else "acts"}


def test_a_canary_gone_wild_is_found_at_the_first_look() -> None:
    found = first_alarm(1, 10_000, 0.05, 0.01, 0.9)
    assert found is not None
    number, excess = found
    assert excess.canary[1] == 20
    assert number < 1000


def test_up_to_the_ratio_a_canary_may_act_more_often() -> None:
    assert [first_alarm(seed, 20_000, 0.3, 0.2, 0.28, ratio=1.5) for seed in range(5)] == [None] * 5
    assert all(first_alarm(seed, 20_000, 0.3, 0.2, 0.28) for seed in range(5))


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.floats(1, 3))
def test_the_chance_is_that_of_the_exact_binomial_test(
    of_canary: int, canary: int, of_live: int, live: int, ratio: float
) -> None:
    by_canary, by_live = of_canary + canary + 1, of_live + live + 1
    share = ratio * by_canary / (ratio * by_canary + by_live)
    acted = of_canary + of_live
    expected = binomtest(of_canary, acted, share, alternative="greater").pvalue if acted else 1.0
    assert chance_of(of_canary, by_canary, of_live, by_live, ratio) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_one_author_counts_once_an_hour_whoever_tells_it_again() -> None:
    watch = CanaryWatch("live", "canary", alpha=ALPHA, min_posts=20, ratio=1.0)
    for number in range(100):
        watch.add(decided(number, "canary", "remove", author_id="spammer"), 10.0 + number)
    assert watch.counts["canary"].posts == 1
    watch.add(decided(100, "canary", "remove", author_id="spammer"), 3600.0)
    assert (watch.counts["canary"].posts, watch.counts["canary"].acted) == (2, 2)


def test_authors_whom_the_live_policy_met_before_the_workers_switched_count_for_the_canary_then() -> None:
    watch = CanaryWatch("live", "canary", alpha=ALPHA, min_posts=20, ratio=1.0)
    for number in range(100):
        assert watch.add(decided(number, "live", "allow"), 0.0) is None
    assert any(watch.add(decided(number, "canary", "remove"), 1.0) for number in range(100))


def test_what_is_not_final_or_not_theirs_does_not_count() -> None:
    watch = CanaryWatch("live", "canary", alpha=ALPHA, min_posts=20, ratio=1.0)
    watch.add(decided(1, "canary", "remove", stage="provisional"), 0.0)
    watch.add(decided(2, "canary", "withdrawn"), 0.0)
    watch.add(decided(3, "another", "remove"), 0.0)
    assert watch.counts["canary"].posts == 0


@pytest.mark.parametrize(
    ("chance", "odds"), [(1e-9, "less than once in a million times"), (0.0004, "once in 2,500 times")]
)
def test_the_excess_is_told_in_numbers(chance: float, odds: str) -> None:
    excess = Excess("acts", (31, 100), (12, 1900), chance)
    assert str(excess) == (
        "the canary acts on 31 of 100 authors' posts (31.0%), the live policy on 12 of 1900 (0.6%); "
        f"by chance that happens {odds}"
    )
    assert excess.values() == {
        "canary": 31,
        "canary_posts": 100,
        "live": 12,
        "live_posts": 1900,
        "chance": chance,
    }
