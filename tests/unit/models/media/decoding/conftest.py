"""A decoder for all tests of this folder: starting its processes takes as long as many of them."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from models.media.decoding import Decoded, Decoder, Wanted
from tests.unit.models.media.decoding.wants import SMALL

Decode = Callable[..., Decoded]


@pytest.fixture(scope="session")
def decoder() -> Iterator[Decoder]:
    with Decoder(processes=2) as decoder:
        yield decoder


@pytest.fixture(scope="session")
def decode(decoder: Decoder) -> Decode:
    def decode(content: bytes, wanted: Wanted = SMALL) -> Decoded:
        return asyncio.run(decoder.decode(content, wanted))

    return decode
