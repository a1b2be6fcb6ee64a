"""`network.direction` of two addresses, where the device itself does not say it."""

from functools import lru_cache

from normalise.prefixes import Prefixes

_INTERNAL: Prefixes[bool] = Prefixes()
for _network in (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),  # RFC 1918, RFC 4193
    *("100.64.0.0/10", "127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/10"),  # RFC 6598, loopback, link-local
    *("224.0.0.0/4", "255.255.255.255/32", "ff00::/8", "0.0.0.0/32", "::/128"),  # multicast, broadcast, no address yet
):
    _INTERNAL.add(_network, True)
_DIRECTIONS = {
    (True, True): "internal",
    (True, False): "outbound",
    (False, True): "inbound",
    (False, False): "external",
}


@lru_cache(maxsize=65536)
def is_internal(address: str) -> bool:
    """Whether an address belongs to a network that is not routed on the internet. Raises ValueError."""
    return _INTERNAL.get(address.partition("%")[0]) is not None


def direction(source: str, destination: str) -> str:
    """`internal`, `outbound`, `inbound` or `external`. Raises ValueError for what is no address."""
    return _DIRECTIONS[is_internal(source), is_internal(destination)]


@lru_cache(maxsize=65536)
def direction_by(source: str | None, destination: str | None, way: str) -> str:
    """As `direction`; `way` where both ends are public or one is not known.

    `way` is what a device says of one interface or of the data: a packet that comes `in` from the inside is on its way out.
    Between two public addresses only the device knows which of them are ours.
    """
    try:
        found = direction(source or "", destination or "")
    except ValueError:
        return way
    return way if found == "external" else found
