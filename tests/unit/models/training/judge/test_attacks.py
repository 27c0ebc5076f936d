"""Recall under rewriting is compared item by item."""

import pytest

from models.training.judge.attacks import attack


def test_what_was_lost_and_won_is_counted_on_the_same_items() -> None:
    plain = {f"item {n}": n < 60 for n in range(100)}
    rewritten = {f"item {n}": 20 <= n < 65 for n in range(100)}
    found = attack(plain, rewritten)
    assert (found.plain.count, found.attacked.count, found.plain.of) == (60, 45, 100)
    assert (found.lost, found.won) == (20, 5)
    assert found.change.value == pytest.approx(-0.15)
    assert found.change.low < -0.15 < found.change.high < 0
    # The two-sided binomial test of 5 in 25 at a half.
    assert found.p == pytest.approx(0.00408, abs=1e-5)


def test_items_that_only_one_of_them_has_are_left_out() -> None:
    found = attack({"a": True, "b": True}, {"b": False, "c": True})
    assert found.plain.of == found.attacked.of == 1
    assert (found.lost, found.won) == (1, 0)


def test_an_attack_that_changes_nothing_is_no_attack() -> None:
    same = {str(n): n % 3 == 0 for n in range(30)}
    found = attack(same, same)
    assert (found.change.value, found.change.low, found.change.high, found.p) == (0, 0, 0, 1)
