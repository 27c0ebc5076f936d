"""No post leads us to an address that is not public, however it is written."""

import asyncio
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.media.fetching import Fetcher, Limits, Sources
from models.media.fetching.addresses import Addresses, networks
from moderation.errors import ConfigurationError, MediaRefused
from tests.unit.models.media.fetching.servers import picture

PUBLIC = Addresses()


@given(st.ip_addresses())
@example(ip_address("0.0.0.0"))
@example(ip_address("255.255.255.255"))
@example(ip_address("::"))
def test_what_python_calls_not_global_is_refused(address: IPv4Address | IPv6Address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_link_local:
        assert PUBLIC.refusal(address)


@given(st.ip_addresses(v=4))
@example(ip_address("8.8.8.8"))
@example(ip_address("172.15.255.255"))
@example(ip_address("100.128.0.0"))
def test_other_ipv4_addresses_are_not_refused(address: IPv4Address) -> None:
    kept_out = map(IPv4Network, ("192.88.99.0/24", "192.0.0.0/24", "168.63.129.16/32"))
    if address.is_global and not address.is_multicast and not any(address in network for network in kept_out):
        assert PUBLIC.refusal(address) is None


@given(st.ip_addresses(network="2400::/6"))
@example(ip_address("2606:4700::1111"))
def test_other_ipv6_addresses_are_not_refused(address: IPv6Address) -> None:
    if int(address) >> 32 & 0xFDFFFFFF != 0x5EFE:
        assert PUBLIC.refusal(address) is None


def forms_of(inner: IPv4Address) -> list[IPv6Address]:
    """IPv6 addresses behind which a host or a gateway finds this one."""
    value = int(inner)
    return [
        IPv6Address(0xFFFF << 32 | value),
        IPv6Address(value),
        IPv6Address(0x64FF9B << 96 | value),
        IPv6Address(0x64FF9B0001 << 80 | value),
        IPv6Address(0x2002 << 112 | value << 80 | 1),
        IPv6Address(0x20010000 << 96 | value ^ 0xFFFFFFFF),
        IPv6Address(0x2A00 << 112 | 0x5EFE << 32 | value),
        IPv6Address(0x2A00 << 112 | 0x02005EFE << 32 | value),
    ]


@given(st.ip_addresses(v=4), st.integers(0, 7))
def test_an_ipv4_address_inside_an_ipv6_one_is_refused(inner: IPv4Address, form: int) -> None:
    assert PUBLIC.refusal(forms_of(inner)[form])


@given(st.ip_addresses(v=4), st.integers(0, 7))
@example(ip_address("10.0.0.1"), 2)
@example(ip_address("8.8.8.8"), 2)
def test_where_such_a_form_is_allowed_the_address_inside_decides(inner: IPv4Address, form: int) -> None:
    lenient = Addresses([IPv6Network("::/0")])
    outer = forms_of(inner)[form]
    if int(outer) > 1:
        assert lenient.refusal(outer) == PUBLIC.refusal(inner)


@given(st.ip_addresses(), st.data())
def test_an_allowed_network_is_allowed_and_its_neighbours_are_not(
    address: IPv4Address | IPv6Address, data: st.DataObject
) -> None:
    length = data.draw(st.integers(1, address.max_prefixlen))
    network = ip_network((address, length), strict=False)
    other = data.draw(st.ip_addresses(v=address.version))
    if other not in network:
        assert Addresses([network]).refusal(other) == PUBLIC.refusal(other)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "168.63.129.16", "100.100.100.200", "fd00:ec2::254", "::ffff:169.254.169.254"]
)
def test_no_allowance_opens_the_way_to_cloud_metadata(address: str) -> None:
    everything = Addresses(networks("0.0.0.0/0, ::/0"))
    assert everything.refusal_of_text(address) == "an address of cloud metadata"
    assert everything.refusal_of_text("10.0.0.1") is None


@pytest.mark.parametrize("text", ["localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "", "1.2.3.4.5"])
def test_what_is_no_address_in_the_usual_form_is_refused(text: str) -> None:
    assert Addresses(networks("0.0.0.0/0,::/0")).refusal_of_text(text)


@pytest.mark.parametrize("text", ["10.0.0.1/8", "ten", "10.0.0.0/33"])
def test_a_network_that_cannot_be_read_is_a_wrong_setting(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"MODERATION_MEDIA_ALLOW_NETWORKS: .*10\.20\.0\.0/16"):
        networks(text)


BYPASSES = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.1./",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://０/",
    "https://１２７.0.0.1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "https://lo\u00adcalhost/",
    "https://0/",
    "https://0.0.0.0/",
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:ffff:127.0.0.1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::169.254.169.254]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1%25lo]/",
    "https://[fe80::1%lo]/",
    "https://[::1]]/",
    "https://%31%32%37.0.0.1/",
    "https://127.0.0.1%2f.example.com/",
    "https://127.0.0.1%00.example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com:443@127.0.0.1/",
    "https://127.0.0.1\\@example.com/",
    "https://example.com\\@127.0.0.1/",
    "https://127.0.0.1#@example.com/",
    "https://127.0.0.1 .example.com/",
    "https://127.0.0.1\t/",
    "https://exa\nmple.com/",
    "https://example.com:443\r\nHost: other/",
    "https:127.0.0.1/",
    "https:/127.0.0.1/",
    "https:///127.0.0.1/",
    "https://",
    "https://:443/",
    "https://127.0.0.1:0/",
    "https://127.0.0.1:99999/",
    "https://127.0.0.1:x/",
    "https://-example.com/",
    "https://..../",
    "https://a..b/",
    "HTTPS://127.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
]


@pytest.mark.parametrize("reference", BYPASSES)
def test_no_known_way_of_writing_leads_inside(reference: str) -> None:
    """Refused for what is written, or for where it leads: never tried, so that nothing is unreachable."""

    async def test() -> None:
        async with Fetcher(Limits(Sources(["https"]), attempts=1)) as fetcher:
            await fetcher.fetch(picture(reference))

    with pytest.raises(MediaRefused) as refused:
        asyncio.run(test())
    assert refused.value.reason in ("forbidden address", "bad reference", "forbidden port")
