"""Reasons are shown in words."""

import pytest

from moderation.desk.showing import reasons
from moderation.taxonomy import Category


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("self_harm", "self-harm"),
        ("known_picture", "known picture"),
        ("hate", "hate"),
        ("image_missing", "image missing"),
    ],
)
def test_a_reason_is_told_in_words(name: str, told: str) -> None:
    assert reasons.in_words(name) == told


def test_no_category_is_shown_by_its_raw_name() -> None:
    assert not [name for name in Category if "_" in reasons.in_words(name)]


def test_several_stand_with_commas_and_what_is_hidden_in_one_is_seen() -> None:
    assert reasons.listed(["self_harm", "own\u202ename"]) == "self-harm, own<U+202E>name"
