"""The way in: the bytes of a post become the first `Scored` record, or an `InvalidEvent` that says why not.

Streams and `moderation run` share it, so both refuse and accept the same posts.
"""

from itertools import count
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from moderation.errors import InvalidEvent
from moderation.events import LaneName, LaneResult, Media, Post, Scored, Source

KINDS = ("too_large", "not_utf8", "not_json", "wrong_schema", "invalid")
"""Every `kind` that `read_post` gives its errors."""

_PENDING = LaneResult(state="pending")
_HEADROOM = 20  # levels that records around a post may add before pydantic's JSON parser, at 200, gives up
_SHALLOW = 100  # opening brackets that cannot nest too deeply whatever their order
_SHOWN_PROBLEMS = 5
_SHOWN_NAME = 40
_LONGEST_ID = 256  # of `Identifier`


def read_post(value: bytes | None, source: Source, max_bytes: int) -> Scored:
    """The post in `value` as a record whose lanes are all pending.

    Raises `InvalidEvent` with one of `KINDS`; its message names fields and positions and never repeats content.
    """
    if value is None:
        raise InvalidEvent("no value (a tombstone); a post is a JSON object", "not_json")
    if len(value) > max_bytes:
        raise InvalidEvent(
            f"more than the {max_bytes:,} bytes allowed (MODERATION_MAX_POST_BYTES); send media by reference",
            "too_large",
        )
    try:
        post = Post.model_validate_json(value)
    except ValidationError as error:
        raise _refusal(value, error.errors(include_url=False, include_input=False)) from None
    if (b"NaN" in value or b"Infinity" in value) and not _parses(value):
        raise _not_a_number()
    if value.count(b"[") + value.count(b"{") > _SHALLOW and not _parses(b"[" * _HEADROOM + value + b"]" * _HEADROOM):
        raise InvalidEvent("nested too deeply; flatten the post's unknown fields", "invalid")
    post = _with_ids_of_their_own(post)
    lanes: dict[LaneName, LaneResult] = dict.fromkeys(post.lanes_needed(), _PENDING)
    return Scored(post=post, source=source, lanes=lanes)


def _with_ids_of_their_own(post: Post) -> Post:
    """Of media items with one id the second is called `id#2`, and so on: what is found is told by these ids.

    Refusing such a post would leave it undecided for a fault that no reader of it sees.
    """
    given = {item.media_id for item in post.media}
    if len(given) == len(post.media):
        return post
    media: dict[str, Media] = {}
    for item in post.media:
        own = item.media_id
        if own in media:
            numbered = (f"{own[: _LONGEST_ID - 3]}#{number}" for number in count(2))  # two digits: 64 items at most
            own = next(each for each in numbered if each not in given and each not in media)
            item = item.model_copy(update={"media_id": own})
        media[own] = item
    return post.model_copy(update={"media": tuple(media.values())})


def _parses(value: bytes) -> bool:
    """Whether this is JSON by the standard: no NaN, no Infinity, not too deep."""
    try:
        from_json(value, allow_inf_nan=False)
    except ValueError:
        return False
    return True


def _not_a_number() -> InvalidEvent:
    return InvalidEvent("NaN or Infinity, which JSON does not have; leave the field out", "not_json")


def _refusal(value: bytes, problems: list[ErrorDetails]) -> InvalidEvent:
    first = problems[0]
    if first["type"] == "json_invalid":
        try:
            value.decode()
        except UnicodeDecodeError as error:
            return InvalidEvent(f"not UTF-8: byte {error.start} cannot be decoded", "not_utf8")
        return InvalidEvent(f"not JSON: {first['msg'].removeprefix('Invalid JSON: ')}", "not_json")
    if not _parses(value):
        return _not_a_number()
    if first["type"] == "model_type" and not first["loc"]:
        return InvalidEvent("not a JSON object; a post is one, with at least a post_id", "invalid")
    for problem in problems:
        if problem["loc"][0] in ("schema", "schema_"):
            return InvalidEvent("schema is not 'post/1', the only one this version reads", "wrong_schema")
    fields: dict[str, str] = {}
    for problem in problems:
        fields.setdefault(*_field_and_fault(problem))
    shown = [f"{field}: {fault}" for field, fault in list(fields.items())[:_SHOWN_PROBLEMS]]
    if len(fields) > _SHOWN_PROBLEMS:
        shown.append(f"and {len(fields) - _SHOWN_PROBLEMS} more")
    return InvalidEvent("not a valid post: " + "; ".join(shown), "invalid")


def _field_and_fault(problem: ErrorDetails) -> tuple[str, str]:
    where = problem["loc"]
    if where[0] == "facts" and len(where) > 2:  # one problem per type a fact may have: say it once
        return _named(where[:2]), "must be a finite number, a string, true, false or null"
    if problem["type"] == "too_long" and "max_length" in problem.get("ctx", {}):  # pydantic names Python's types
        return _named(where), f"has {problem['ctx']['actual_length']} items; {problem['ctx']['max_length']} are allowed"
    return _named(where), problem["msg"].removeprefix("Value error, ")


def _named(where: tuple[Any, ...]) -> str:
    """`facts.age` for `("facts", "age")`; what a sender made up is escaped and cut."""
    return ".".join(ascii(str(part)[:_SHOWN_NAME])[1:-1] for part in where)
