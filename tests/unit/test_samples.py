"""The sample posts: valid where they should be, malformed where they say so, and of every kind."""

import asyncio
import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from models.media.decoding import Decoder, Wanted
from moderation import samples
from moderation.errors import InvalidEvent, UndecodableMedia
from moderation.events import Scored, Source
from moderation.intake import read_post
from moderation.samples.pictures import DRAWN, PHISHING, broken, code
from moderation.taxonomy import TEXT_CATEGORIES

SOURCE = Source(topic="samples", partition=0, offset=0, time=datetime(2026, 1, 1, tzinfo=UTC))


def read(line: bytes) -> Scored | InvalidEvent:
    try:
        return read_post(line, SOURCE, max_bytes=1_000_000)
    except InvalidEvent as error:
        return error


READ = [(line, read(line)) for line in samples.lines()]
RECORDS = [record for _, record in READ if isinstance(record, Scored)]
MEDIA = {item.media_id: item for record in RECORDS for item in record.post.media}
KINDS = Counter(str((record.post.model_extra or {}).get("kind")) for record in RECORDS)


def test_each_line_is_a_post_of_a_known_kind_or_malformed_on_purpose() -> None:
    for line, record in READ:
        if isinstance(record, Scored):
            assert json.loads(line)["kind"].partition(":")[0] in ("benign", "borderline", "harmful")
        else:
            assert b'"kind": "benign' not in line
            assert b'"kind": "harmful' not in line


def test_no_post_comes_twice() -> None:
    assert max(Counter(record.post.post_id for record in RECORDS).values()) == 1
    assert len(RECORDS) >= 60


def test_each_category_of_the_text_model_has_harmful_posts() -> None:
    assert {f"harmful:{category}" for category in TEXT_CATEGORIES} <= set(KINDS)
    assert KINDS["benign"] >= 15
    assert sum(count for kind, count in KINDS.items() if kind.startswith("borderline:")) >= 10


def test_every_refusal_that_fits_into_a_text_file_is_provoked() -> None:
    kinds = Counter(refusal.kind for _, refusal in READ if isinstance(refusal, InvalidEvent))
    assert set(kinds) == {"not_json", "wrong_schema", "invalid"}


def test_the_samples_touch_what_is_special_about_posts() -> None:
    posts = [record.post for record in RECORDS]
    assert {post.change for post in posts} == {"created", "edited", "deleted"}
    assert {item.kind for post in posts for item in post.media} == {"image", "video"}
    assert {"post", "comment", "message", "profile", "username", "listing"} == {post.surface for post in posts}
    assert len({post.language for post in posts} - {None}) >= 7
    assert any(len(post.text) > 5_000 for post in posts)
    assert any(post.text == "" and post.change == "created" for post in posts)
    assert any(post.text == "" and post.media for post in posts)
    assert any(post.facts for post in posts)
    assert any(post.context for post in posts)
    assert any("platform" in (post.model_extra or {}) for post in posts)


def test_the_file_hides_nothing_from_who_reads_it() -> None:
    text = samples.PATH.read_text(encoding="utf-8")
    assert all(character.isprintable() or character == "\n" for character in text)


def test_every_picture_is_small_and_drawn_by_the_script() -> None:
    """Its pixels rather than its bytes: another release of Pillow or PyAV may compress otherwise."""
    assert set(MEDIA) == set(DRAWN)
    for name, draw in DRAWN.items():
        sent, drawn = MEDIA[name].content, draw()
        assert sent is not None
        assert len(sent) < 20_000
        if draw is broken:
            assert sent == drawn
        else:
            apart = pixels(sent) - pixels(drawn)
            assert np.abs(apart).mean() < 2, f"{name}: run python -m moderation.samples.pictures"


def pixels(content: bytes) -> np.ndarray:
    """Of a picture, or of all frames of a clip."""
    if b"ftyp" not in content[:16]:
        return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(np.int16)
    with av.open(io.BytesIO(content)) as clip:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]).astype(np.int16)


def test_the_code_leads_where_it_says_and_the_broken_picture_is_one() -> None:
    found, _, _ = cv2.QRCodeDetector().detectAndDecode(pixels(code(PHISHING)).astype(np.uint8))
    assert found == PHISHING
    with Decoder(processes=1) as decoder, pytest.raises(UndecodableMedia):
        asyncio.run(decoder.decode(broken(), Wanted()))


def test_samples_beside_a_folder_refer_to_their_pictures_there(tmp_path: Path) -> None:
    referring = [json.loads(line) for line in samples.lines_beside(tmp_path) if b'"file:' in line]
    media = [item for post in referring for item in post["media"]]
    assert {(tmp_path / item["url"].removeprefix("file:")).exists() for item in media} == {True}
    inline = [line for line in samples.lines() if b'"content":' in line]
    assert len(referring) == len(inline) > 5
    untouched = [line for line in samples.lines() if line not in inline]
    assert [line for line in samples.lines_beside(tmp_path) if b'"file:' not in line] == untouched
