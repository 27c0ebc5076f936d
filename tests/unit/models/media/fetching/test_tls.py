"""Certificates are verified against the name in the reference, although the connection goes to a checked address."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from models.media.fetching import Fetcher, Limits, Sources
from models.media.fetching.addresses import networks
from moderation.errors import MediaError, MediaReason
from tests.unit.models.media.fetching.servers import PICTURE, Exchange, Names, picture, serving

Fetched = Callable[[str, str], bytes]


@pytest.fixture
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetched:
    """Fetches from a host with a certificate for one name, by another name."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))

    def fetch(certified: str, asked: str, authority: trustme.CA = authority) -> bytes:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(certified).configure_cert(tls)

        async def test() -> bytes:
            async with serving(Exchange.answer, ssl=tls) as host:
                limits = Limits(Sources([f"https://*:{host.port}"]), allowed=networks("127.0.0.1"), attempts=1)
                async with Fetcher(limits, resolver=Names(media_test=[["127.0.0.1"]])) as fetcher:
                    return await fetcher.fetch(picture(f"https://{asked}:{host.port}/a.png"))

        return asyncio.run(test())

    return fetch


def reason_of(fetched: Callable[[], bytes]) -> MediaReason:
    with pytest.raises(MediaError) as failure:
        fetched()
    return failure.value.reason


def test_the_certificate_is_that_of_the_name(fetched: Fetched) -> None:
    assert fetched("media.test", "media.test") == PICTURE


def test_a_certificate_of_another_name_is_refused(fetched: Fetched) -> None:
    assert reason_of(lambda: fetched("other.test", "media.test")) == "untrusted certificate"
    assert reason_of(lambda: fetched("media.test", "127.0.0.1")) == "untrusted certificate"


def test_a_certificate_of_an_unknown_authority_is_refused(fetched: Callable[..., bytes]) -> None:
    assert reason_of(lambda: fetched("media.test", "media.test", trustme.CA())) == "untrusted certificate"
