"""The way in: every sequence of bytes is a record or a refusal that can be read."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.errors import InvalidEvent
from moderation.events import Scored, Source
from moderation.intake import KINDS, read_post

SOURCE = Source(topic="posts", partition=1, offset=7, time=datetime(2026, 1, 2, tzinfo=UTC))

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_names = st.sampled_from(["post_id", "text", "schema", "media", "facts", "change", "revision", "context", "kept"])
_almost_posts = st.dictionaries(_names, _json, max_size=6).map(lambda fields: {"post_id": "p", **fields})


def read(value: bytes | None, max_bytes: int = 1_000_000) -> Scored:
    return read_post(value, SOURCE, max_bytes)


def read_or_refusal(value: bytes, max_bytes: int = 1_000_000) -> Scored | InvalidEvent:
    try:
        return read(value, max_bytes)
    except InvalidEvent as error:
        return error


def refusal(value: bytes | None, max_bytes: int = 1_000_000) -> InvalidEvent:
    with pytest.raises(InvalidEvent) as caught:
        read(value, max_bytes)
    return caught.value


@given(st.binary() | st.text().map(str.encode) | (_json | _almost_posts).map(lambda x: json.dumps(x).encode()))
def test_any_bytes_are_a_record_that_can_travel_or_a_refusal_of_a_known_kind(value: bytes) -> None:
    record = read_or_refusal(value, max_bytes=500)
    if isinstance(record, InvalidEvent):
        assert record.kind in KINDS
        assert str(record).isprintable()
        assert len(str(record)) < 700
    else:
        assert Scored.model_validate_json(record.to_json()).to_json() == record.to_json()
        assert record.lanes_in("pending") == record.post.lanes_needed()


def test_a_post_needs_only_its_id_and_waits_for_the_text_lane() -> None:
    record = read(b'{"post_id":"p1"}')
    assert record.post.post_id == "p1"
    assert record.source == SOURCE
    assert record.lanes_in("pending") == ("text",)


def test_a_post_with_media_waits_for_each_lane_it_needs() -> None:
    media = [
        {"media_id": "a", "kind": "video", "url": "https://example.com/a.mp4"},
        {"media_id": "b", "kind": "image", "url": "https://example.com/b.png"},
    ]
    record = read(json.dumps({"post_id": "p", "media": media}).encode())
    assert record.lanes_in("pending") == ("text", "image", "video")


@given(st.lists(st.sampled_from(["a", "a#2", "a#3", "b", "x" * 256, "x" * 253 + "#2"]), min_size=1, max_size=64))
def test_media_items_of_one_id_get_ids_of_their_own_and_lose_nothing(ids: list[str]) -> None:
    media = [{"media_id": own, "kind": "image", "url": f"https://example.com/{n}"} for n, own in enumerate(ids)]
    record = read(json.dumps({"post_id": "p", "media": media}).encode())
    found = [item.media_id for item in record.post.media]
    assert [item.url for item in record.post.media] == [item["url"] for item in media]
    assert len(set(found)) == len(ids)
    assert all(
        own == given for own, given, place in zip(found, ids, range(64), strict=False) if given not in ids[:place]
    )
    assert Scored.model_validate_json(record.to_json()) == record


def test_the_second_item_of_an_id_is_called_by_its_number() -> None:
    media = [{"media_id": "a", "kind": "image", "url": f"https://example.com/{n}"} for n in range(3)]
    record = read(json.dumps({"post_id": "p", "media": media}).encode())
    assert [item.media_id for item in record.post.media] == ["a", "a#2", "a#3"]


@pytest.mark.parametrize(
    ("media", "says"),
    [
        ([{"media_id": "a", "kind": "image"}], "media.0: a media item needs a 'url', or its bytes as 'content'"),
        (
            [{"media_id": "a", "kind": "image", "url": "https://example.com/a", "content": "aGk="}],
            "media.0: a media item has both 'url' and 'content'; leave one of them out",
        ),
        ([{"media_id": "a", "kind": "image", "url": "https://e.com"}] * 65, "media: has 65 items; 64 are allowed"),
    ],
)
def test_what_is_wrong_with_media_is_said_in_words_of_json(media: list[dict[str, str]], says: str) -> None:
    assert str(refusal(json.dumps({"post_id": "p", "media": media}).encode())) == f"not a valid post: {says}"


def test_unknown_fields_are_kept() -> None:
    record = read('{"post_id":"p","platform":{"shard":3,"tags":["ä"]}}'.encode())
    assert json.loads(record.to_json())["post"]["platform"] == {"shard": 3, "tags": ["ä"]}


@pytest.mark.parametrize(
    ("value", "kind", "says"),
    [
        (None, "not_json", "tombstone"),
        (b"", "not_json", "EOF"),
        (b"hello", "not_json", "line 1 column 1"),
        (b'{"post_id":"p"', "not_json", "EOF"),
        (b'{"post_id":"p"}{"post_id":"q"}', "not_json", "trailing characters"),
        (b'{"post_id":"p","text":"\xff\xfe"}', "not_utf8", "byte 23"),
        (b'{"post_id":"p","text":"\\ud800"}', "not_json", "hex escape"),
        (b'{"post_id":"p","facts":{"age":NaN}}', "not_json", "NaN"),
        (b'{"post_id":"p","unknown":-Infinity}', "not_json", "Infinity"),
        (b'["post"]', "invalid", "JSON object"),
        (b"null", "invalid", "JSON object"),
        (b'{"text":"no id"}', "invalid", "post_id: Field required"),
        (b'{"post_id":""}', "invalid", "post_id: String should have at least 1 character"),
        (b'{"post_id":7}', "invalid", "post_id: Input should be a valid string"),
        (b'{"post_id":"p","text":null}', "invalid", "text: Input should be a valid string"),
        (b'{"post_id":"p","facts":{"age":[1]}}', "invalid", "facts.age: must be a finite number"),
        (b'{"post_id":"p","media":[{"media_id":"m","kind":"image"}]}', "invalid", "media.0: a media item needs"),
        (b'{"post_id":"p","media":["file:a.png"]}', "invalid", "media.0: Input should be an object"),
        (b'{"post_id":"p","schema":"post/9"}', "wrong_schema", "post/1"),
        (b'{"schema":"verdict/1","reviewer":"r"}', "wrong_schema", "post/1"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_where(value: bytes | None, kind: str, says: str) -> None:
    error = refusal(value)
    assert (error.kind, says in str(error)) == (kind, True), str(error)


def test_a_text_may_speak_of_nan_and_infinity() -> None:
    assert read(b'{"post_id":"p","text":"NaN to Infinity and beyond"}').post.text == "NaN to Infinity and beyond"


def test_size_is_counted_in_bytes_and_the_limit_itself_is_allowed() -> None:
    value = '{"post_id":"p","text":"ääää"}'.encode()
    assert read(value, max_bytes=len(value)).post.text == "ääää"
    assert refusal(value, max_bytes=len(value) - 1).kind == "too_large"


@given(st.integers(1, 260))
def test_a_post_nested_as_deeply_as_is_accepted_still_travels(depth: int) -> None:
    value = b'{"post_id":"p","unknown":' + b"[" * depth + b"]" * depth + b"}"
    record = read_or_refusal(value)
    if isinstance(record, InvalidEvent):
        assert depth > 100
    else:
        assert Scored.model_validate_json(record.to_json()).post == record.post


def test_a_refusal_does_not_repeat_what_a_hostile_sender_wrote() -> None:
    hostile: dict[str, Any] = {f"\x1b[31m{i}" + "x" * 10_000: [] for i in range(30)}
    error = refusal(json.dumps({"post_id": "p", "facts": hostile}).encode())
    assert str(error).isprintable()
    assert "and 25 more" in str(error)
    assert len(str(error)) < 700
