"""What a municipality has and knows: rows of its exports to lookups by address, host and user. Tenants never mix."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from normalise.conform import valid_ip
from normalise.enrichment.exports import Row
from normalise.prefixes import Prefixes

COMMON = ""  # the tenant of rows that are the whole unit's
_SPLIT = re.compile(r"[\s,;]+")
Values = dict[str, Any]
Found = TypeVar("Found")


@dataclass(slots=True)
class Holdings:
    """One tenant's rows: assets by host name and by address, sites and zones by network, users by login name."""

    hosts: dict[str, Values] = field(default_factory=dict)
    addresses: dict[str, Values] = field(default_factory=dict)
    sites: Prefixes[Values] = field(default_factory=Prefixes)
    zones: Prefixes[str] = field(default_factory=Prefixes)
    users: dict[str, Values] = field(default_factory=dict)


class Inventory:
    """All tenants' holdings; an answer is the tenant's own, else the unit's."""

    def __init__(self) -> None:
        self._by_tenant: dict[str, Holdings] = {}
        self.rows: dict[str, int] = {}
        self.skipped: dict[str, list[str]] = {}

    def add(self, table: str, rows: Iterable[Row], tenant: str | None) -> None:
        """Take rows of `assets`, `sites`, `zones` or `users`; one that cannot be used is named in `skipped`."""
        take = _TAKE[table]
        skipped = self.skipped.setdefault(table, [])
        count = 0
        for number, row in enumerate(rows, 1):
            whose = tenant if tenant is not None else row.get("tenant", COMMON)
            fault = take(self._by_tenant.setdefault(whose, Holdings()), row)
            if fault is None:
                count += 1
            else:
                skipped.append(f"row {number}: {fault}")
        self.rows[table] = self.rows.get(table, 0) + count

    def asset_at(self, tenant: str, address: str) -> Values | None:
        """The asset that has the address."""
        return self._first(tenant, lambda own: own.addresses.get(address))

    def asset_called(self, tenant: str, name: str) -> Values | None:
        """The asset of that host name, also where one of the two has no domain."""
        lower = name.lower()
        return self._first(tenant, lambda own: own.hosts.get(lower) or own.hosts.get(lower.partition(".")[0]))

    def site(self, tenant: str, address: str) -> Values | None:
        """`id` and `name` of the location whose network holds the address."""
        return self._first(tenant, lambda own: own.sites.get(address))

    def zone(self, tenant: str, address: str) -> str | None:
        """The name of the network zone that holds the address."""
        return self._first(tenant, lambda own: own.zones.get(address))

    def user(self, tenant: str, name: str) -> Values | None:
        """What the directory knows of a login name; `EXAMPLE\\anne` and `anne@example.org` are looked up as `anne` too."""
        lower = name.lower()
        bare = lower.rpartition("\\")[2].partition("@")[0]
        return self._first(tenant, lambda own: own.users.get(lower) or own.users.get(bare))

    def _first(self, tenant: str, look: Callable[[Holdings], Found | None]) -> Found | None:
        for whose in (tenant, COMMON):
            own = self._by_tenant.get(whose)
            if own is not None and (found := look(own)) is not None:
                return found
        return None


def _asset(own: Holdings, row: Row) -> str | None:
    asset = _kept(row, ("id", "name", "owner", "criticality", "function", "site"))
    name = row.get("name", "").lower()
    addresses = [one for one in _SPLIT.split(row.get("ip", "")) if one]
    if wrong := [one for one in addresses if not valid_ip(one)]:
        return f"{wrong[0]!r} in the column ip is no address"
    if not name and not addresses:
        return "neither name nor ip"
    for host in {name, name.partition(".")[0]} - {""}:
        own.hosts[host] = asset
    for address in addresses:
        own.addresses[address] = asset
    return None


def _site(own: Holdings, row: Row) -> str | None:
    site = _kept(row, ("id", "name"))
    return _networks(own.sites, row, site) if site else "neither id nor name"


def _zone(own: Holdings, row: Row) -> str | None:
    name = row.get("name")
    return _networks(own.zones, row, name) if name else "no name"


def _user(own: Holdings, row: Row) -> str | None:
    name = row.get("name", "").lower()
    if not name:
        return "no name"
    own.users[name] = _kept(row, ("id", "full_name", "email", "department", "title"))
    return None


def _networks(into: Prefixes[Any], row: Row, value: Any) -> str | None:
    networks = [one for one in _SPLIT.split(row.get("network", "")) if one]
    if not networks:
        return "no network"
    for one in networks:
        try:
            into.add(one, value)
        except ValueError:
            return f"{one!r} in the column network is no network, as 192.0.2.0/24"
    return None


def _kept(row: Row, names: tuple[str, ...]) -> Values:
    return {name: row[name] for name in names if name in row}


_TAKE: dict[str, Callable[[Holdings, Row], str | None]] = {"assets": _asset, "sites": _site, "zones": _zone, "users": _user}
