"""Networks by longest prefix: which of thousands of networks an address lies in."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Generic, TypeVar

from normalise.conform import packed

Value = TypeVar("Value")


class Prefixes(Generic[Value]):
    """A dict by prefix length for each of IPv4 and IPv6; a lookup costs one step for each length that is in use."""

    def __init__(self) -> None:
        self._by_version: dict[int, dict[int, dict[int, Value]]] = {4: {}, 6: {}}

    def __bool__(self) -> bool:
        return any(self._by_version.values())

    def add(self, network: str, value: Value) -> None:
        """Of a network that comes twice the last value counts. Raises ValueError for what is no network or address."""
        one: IPv4Network | IPv6Network = ip_network(network, strict=False)
        lengths = self._by_version[one.version]
        if one.prefixlen not in lengths:
            lengths[one.prefixlen] = {}
            self._by_version[one.version] = dict(sorted(lengths.items(), reverse=True))
        self._by_version[one.version][one.prefixlen][int(one.network_address)] = value

    def get(self, address: str) -> Value | None:
        """The value of the smallest network that holds the address. Raises ValueError for what is none."""
        address_bytes = packed(address)
        if address_bytes is None:
            raise ValueError(f"{address[:50]!r} is no address")
        number, bits = int.from_bytes(address_bytes, "big"), 8 * len(address_bytes)
        for length, networks in self._by_version[4 if bits == 32 else 6].items():
            shift = bits - length
            if (value := networks.get(number >> shift << shift)) is not None:
                return value
        return None
