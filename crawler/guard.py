"""Which addresses may be fetched.

The decision is made on the address, at the moment of connecting: neither a redirect nor a name
server that changes its mind gets past it. Public means global unicast; everything else is refused
unless the operator listed its network.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

#: The only IPv6 space that is handed out for hosts; is_global says yes to far more.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

#: Not for hosts, whatever the ipaddress of this Python release thinks of them.
_NEVER: tuple[Network, ...] = (
    ipaddress.IPv4Network("0.0.0.0/8"),
    ipaddress.IPv4Network("100.64.0.0/10"),  # carrier NAT
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocol assignments
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays
    ipaddress.IPv4Network("198.18.0.0/15"),  # benchmarks
    ipaddress.IPv4Network("240.0.0.0/4"),
    ipaddress.IPv6Network("2001::/23"),  # Teredo and other protocols
    ipaddress.IPv6Network("2001:db8::/32"),
    ipaddress.IPv6Network("3fff::/20"),  # documentation
)


class Guard:
    """Says yes to public addresses and to those in `allow_networks` (CIDR).

    Raises ValueError for a network that cannot be read.
    """

    def __init__(self, allow_networks: Iterable[str] = ()) -> None:
        self._allowed = tuple(ipaddress.ip_network(network) for network in allow_networks)

    def allows(self, host: str) -> bool:
        """Whether this literal address may be connected to; False if it is not an address."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return self._listed(address) or self._allows(_embedded(address))

    def _allows(self, address: Address) -> bool:
        return self._listed(address) or is_public(address)

    def _listed(self, address: Address) -> bool:
        return any(address in network for network in self._allowed)


def is_public(address: Address) -> bool:
    """Whether an address (of which nothing is embedded) belongs to a host on the open internet."""
    if address.is_multicast or not address.is_global:
        return False
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _NEVER)


def _embedded(address: Address) -> Address:
    """The IPv4 address that a packet to this one ends at, where it carries one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
