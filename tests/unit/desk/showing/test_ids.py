"""Ids where there is little room."""

from moderation.desk.showing.ids import short


def test_a_uuid_is_told_by_its_first_part_and_other_ids_as_far_as_they_fit() -> None:
    assert short("4f0c9a3e-1111-4222-8333-444455556666") == "4f0c9a3e…"
    assert short("post-17") == "post-17"
    assert short("x" * 300) == "x" * 23 + "…"
    assert short("a\u202eb") == "a<U+202E>b"
