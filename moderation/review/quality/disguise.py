"""The names under which a copy of a post goes: of the form of others, so that they do not stand out."""

import re

from moderation.events import ReviewItem
from moderation.shares import place_of

_COUNTED = re.compile(r"(.*?)(\d{4,})", re.DOTALL)
_SHORT = 4  # a shorter id stands in other names by chance


def disguised(post_id: str) -> str:
    """An id of the same form that is another post's: its digits are others; its letters, where it has few digits."""
    digits = sum(character.isdigit() for character in post_id)
    letters = "abcdefghijklmnopqrstuvwxyz"

    def other(place: int, character: str) -> str:
        draw = place_of(f"disguise:{place}:{post_id}")
        if character in "0123456789":
            return str((int(character) + 1 + int(draw * 9)) % 10)
        if digits < 3 and character.lower() in letters:
            moved = letters[(letters.index(character.lower()) + 1 + int(draw * 25)) % 26]
            return moved if character.islower() else moved.upper()
        return character

    return "".join(other(place, character) for place, character in enumerate(post_id)) if post_id else post_id


def beside(post_id: str, other: str, number: int = 0) -> str | None:
    """An id near another post's, where ids count up: those of another time would stand out. None where they do not.

    `number` draws again.
    """
    own, near = _COUNTED.fullmatch(post_id), _COUNTED.fullmatch(other)
    if own is None or near is None or own[1] != near[1] or abs(len(own[2]) - len(near[2])) > 1:
        return None
    last = max(2, len(near[2]) // 3)
    draw = int(place_of(f"beside:{number}:{post_id}:{other}") * 10**last)
    found = f"{near[1]}{near[2][:-last]}{draw:0{last}}"
    return None if found in (post_id, other) else found


def renamed(item: ReviewItem, post_id: str) -> ReviewItem:
    """The item as another post's, also where the names of its media hold the id."""
    was = item.post_id

    def name(media_id: str) -> str:
        return media_id.replace(was, post_id) if len(was) >= _SHORT else media_id

    media = tuple(each.model_copy(update={"media_id": name(each.media_id)}) for each in item.post.media)
    evidence = tuple(
        each if each.media_id is None else each.model_copy(update={"media_id": name(each.media_id)})
        for each in item.evidence
    )
    return item.model_copy(
        update={
            "post_id": post_id,
            "post": item.post.model_copy(update={"post_id": post_id, "media": media}),
            "evidence": evidence,
            "timelines": item.timelines and {name(own): line for own, line in item.timelines.items()},
            "failures": item.failures and {name(own): why for own, why in item.failures.items()},
        }
    )
