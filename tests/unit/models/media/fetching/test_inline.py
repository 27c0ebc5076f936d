"""Bytes that travel in the post itself."""

import asyncio
import base64

import pytest

from models.media.fetching import Fetcher, Limits, Sources
from moderation.errors import MediaError, MediaReason
from moderation.events import Media
from tests.unit.models.media.fetching.servers import PICTURE


def fetched(content: bytes, most: int = 100_000) -> bytes:
    item = Media.model_validate({"media_id": "m", "kind": "image", "content": base64.b64encode(content)})

    async def fetch() -> bytes:
        async with Fetcher(Limits(Sources([]), image_bytes=most)) as fetcher:
            return await fetcher.fetch(item)

    return asyncio.run(fetch())


def test_inline_bytes_are_there_already() -> None:
    assert fetched(PICTURE) == PICTURE


@pytest.mark.parametrize(("content", "reason"), [(b"", "empty"), (PICTURE, "too large")])
def test_inline_bytes_have_the_same_limits(content: bytes, reason: MediaReason) -> None:
    with pytest.raises(MediaError) as failure:
        fetched(content, most=100)
    assert failure.value.reason == reason
