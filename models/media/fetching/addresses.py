"""Which network addresses a post may lead us to: those of the public internet, and what the operator allows.

Ranges are those of the IANA registries of special-purpose addresses (RFC 6890 and its successors), and forms that
carry an IPv4 address inside an IPv6 one, behind which a private address could hide.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from moderation.errors import ConfigurationError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_METADATA = {
    ip_address(address)
    for address in (
        "169.254.169.254",  # most clouds
        "169.254.170.2",  # AWS, tasks in containers
        "169.254.170.23",  # AWS, pods
        "168.63.129.16",  # Azure's wire server: a public address
        "100.100.100.200",  # Alibaba
        "192.0.0.192",  # Oracle
        "fd00:ec2::254",  # AWS
        "fd00:ec2::23",
        "fd20:ce::254",  # Google
        "fd00:42::42",  # Scaleway
    )
}
_SPECIAL_4 = {
    "0.0.0.0/8": "an unspecified address",
    "10.0.0.0/8": "a private address",
    "100.64.0.0/10": "an address behind a carrier's NAT",
    "127.0.0.0/8": "a loopback address",
    "169.254.0.0/16": "a link-local address",
    "172.16.0.0/12": "a private address",
    "192.0.0.0/24": "a reserved address",
    "192.0.2.0/24": "an address for examples",
    "192.88.99.0/24": "a 6to4 relay",
    "192.168.0.0/16": "a private address",
    "198.18.0.0/15": "an address for benchmarks",
    "198.51.100.0/24": "an address for examples",
    "203.0.113.0/24": "an address for examples",
    "224.0.0.0/4": "a multicast address",
    "240.0.0.0/4": "a reserved address",
}
_SPECIAL_6 = {
    "::/128": "an unspecified address",
    "::1/128": "a loopback address",
    "fc00::/7": "a private address",
    "fe80::/10": "a link-local address",
    "fec0::/10": "a private address",
    "ff00::/8": "a multicast address",
    "2001:db8::/32": "an address for examples",
    "2001::/23": "a reserved address",
    "3fff::/20": "an address for examples",
}
_TABLE = [(ip_network(network), word) for table in (_SPECIAL_4, _SPECIAL_6) for network, word in table.items()]
_GLOBAL_6 = IPv6Network("2000::/3")
_LAST_32_BITS = tuple(map(IPv6Network, ("::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48")))
_ISATAP = (0x00005EFE, 0x02005EFE)


class Addresses:
    """What may be connected to. Addresses of cloud metadata may not, whatever is allowed."""

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def refusal(self, address: Address) -> str | None:
        """What the address is, if it must not be connected to."""
        if address in _METADATA:
            return "an address of cloud metadata"
        if isinstance(address, IPv6Address) and address.scope_id is not None:
            return "an address of one link only"
        allowed = any(address.version == network.version and address in network for network in self._allowed)
        inner = embedded(address)
        if inner is not None:
            return self.refusal(inner) if allowed else f"a form of the IPv4 address {inner}"
        return None if allowed else _special(address)

    def refusal_of_text(self, address: str) -> str | None:
        """As `refusal`, of an address as it is given to a socket."""
        try:
            return self.refusal(ip_address(address))
        except ValueError:
            return "no numeric address"


def networks(text: str) -> tuple[Network, ...]:
    """Networks as a setting writes them: `10.20.0.0/16,fd12:3456::/32`. Raises `ConfigurationError`."""
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ConfigurationError(
            f"MODERATION_MEDIA_ALLOW_NETWORKS: {error}; write networks like 10.20.0.0/16, with commas between them"
        ) from None


def embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, compatible, NAT64, 6to4, Teredo, ISATAP."""
    if isinstance(address, IPv4Address):
        return None
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    value = int(address)
    if value > 1 and (any(address in network for network in _LAST_32_BITS) or (value >> 32 & 0xFFFFFFFF) in _ISATAP):
        return IPv4Address(value & 0xFFFFFFFF)
    return None


def _special(address: Address) -> str | None:
    for network, word in _TABLE:
        if network.version == address.version and address in network:
            return word
    if isinstance(address, IPv6Address) and address not in _GLOBAL_6:
        return "a reserved address"
    return None
