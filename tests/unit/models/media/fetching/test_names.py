"""A name is worth the addresses it leads to."""

import pytest

from models.media.fetching import Fetcher
from models.media.fetching.addresses import Addresses, networks
from models.media.fetching.resolver import CheckedResolver
from tests.unit.models.media.fetching.servers import (
    PICTURE,
    Names,
    answering,
    limits,
    picture,
    reason_of,
    run,
    serving,
)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.2"],
        ["10.0.0.1", "127.0.0.2"],
        ["::ffff:127.0.0.2"],
        ["64:ff9b::7f00:2"],
        ["fe80::1%1"],
        ["168.63.129.16"],
    ],
    ids=lambda addresses: addresses[-1],
)
def test_a_name_that_leads_to_a_forbidden_address_is_refused(addresses: list[str]) -> None:
    async def test() -> None:
        names = Names(media_test=[addresses])
        async with serving(answering(), "127.0.0.2") as host, Fetcher(limits(host), resolver=names) as fetcher:
            assert await reason_of(fetcher, host.url(host="media.test")) == "forbidden address"
            assert host.connections == 0

    run(test)


def test_of_a_name_only_the_allowed_addresses_are_connected_to() -> None:
    async def test() -> None:
        names = Names(media_test=[["127.0.0.2", "127.0.0.1"]])
        async with serving(answering()) as host, Fetcher(limits(host), resolver=names) as fetcher:
            assert await fetcher.fetch(picture(host.url(host="media.test"))) == PICTURE

    run(test)


def test_of_many_addresses_a_few_of_each_family_are_tried() -> None:
    async def test() -> None:
        names = Names(media_test=[[*(f"2606:4700::{n}" for n in range(1, 50)), "127.0.0.1"]])
        found = await CheckedResolver(names, Addresses(networks("127.0.0.1"))).resolve("media.test")
        assert [answer["host"] for answer in found] == ["2606:4700::1", "2606:4700::2", "127.0.0.1"]

    run(test)


def test_the_address_that_was_checked_is_connected_to_although_the_name_has_changed() -> None:
    async def test() -> None:
        names = Names(media_test=[["127.0.0.1"], ["127.0.0.2"]])
        async with serving(answering()) as checked, serving(answering(), "127.0.0.2") as forbidden:
            assert checked.port != forbidden.port
            async with Fetcher(limits(checked, forbidden), resolver=names) as fetcher:
                assert await fetcher.fetch(picture(checked.url(host="media.test"))) == PICTURE
                assert names.asked == ["media.test"]
                assert await reason_of(fetcher, forbidden.url(host="media.test")) == "forbidden address"
            assert (checked.connections, forbidden.connections) == (1, 0)

    run(test)


def test_a_name_that_does_not_exist_is_unreachable() -> None:
    async def test() -> None:
        async with serving(answering()) as host, Fetcher(limits(host), resolver=Names()) as fetcher:
            assert await reason_of(fetcher, host.url(host="nobody.test")) == "unreachable"
            assert await reason_of(fetcher, host.url(host="a" * 70 + ".test")) in ("unreachable", "bad reference")

    run(test)


def test_the_systems_names_are_checked_too() -> None:
    async def test() -> None:
        async with serving(answering()) as host:
            async with Fetcher(limits(host, allow=())) as fetcher:
                assert await reason_of(fetcher, host.url(host="localhost")) == "forbidden address"
            async with Fetcher(limits(host)) as fetcher:
                assert await fetcher.fetch(picture(host.url(host="localhost"))) == PICTURE

    run(test)
