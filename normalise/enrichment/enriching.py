"""`Enrichment`: adds what is known to one event at a time, and reads the unit's files again when they change.

An event is typed before (`conform`); what is added has its type by construction. What the log itself says is never replaced.
`vagt.enriched_by` names the parts that added something.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from normalise.enrichment.agents import agent_fields
from normalise.enrichment.domains import domain_fields
from normalise.enrichment.exports import read_rows
from normalise.enrichment.geoip import GeoIp
from normalise.enrichment.inventory import Inventory
from normalise.metrics import ENRICHMENT_FAILED, ENRICHMENT_ROWS, ENRICHMENT_SKIPPED
from vagt.contracts.event import Event
from vagt.errors import DependencyError
from vagt.settings.enrichment import EnrichmentSettings, Export

_ENDS = ("source", "destination", "client", "server")
_NAMED = ("url", *_ENDS)
_MACHINES = ("host", "observer")
_TABLES = ("assets", "sites", "zones", "users")
_MOST_KNOWN = 65536
_SHOWN_FAULTS = 5
Fields = dict[str, Any]
log = structlog.get_logger()


class _Known(NamedTuple):
    """What is known of one address."""

    geo: Fields
    owner: Fields
    asset: Fields | None
    site: Fields | None
    zone: str | None


class Enrichment:
    """What the settings name, loaded; a file that cannot be used is logged, counted, and tried again."""

    def __init__(self, settings: EnrichmentSettings) -> None:
        self._settings = settings
        self._tables: dict[str, tuple[Export, ...]] = {name: getattr(settings, name) for name in _TABLES}
        self._has_places = bool(settings.geoip.city or settings.geoip.asn or any(self._tables.values()))
        self._known: dict[tuple[str, str], _Known | None] = {}
        self._geoip: GeoIp | None = None
        self._inventory = Inventory()
        self._files: dict[Path, tuple[int, int, int] | None] = {}
        self._next_look: datetime | None = None
        self._load()

    def refresh(self, now: datetime) -> None:
        """Look whether a file has changed, if it is time to, and load all again if one has."""
        if self._next_look is None or now >= self._next_look:
            if self._next_look is not None and self._states() != self._files:
                self._load()
            self._next_look = now + timedelta(seconds=self._settings.recheck_seconds)

    def add(self, event: Event, tenant: str) -> None:
        """Add to `event` what is known for `tenant`."""
        by: list[str] = []
        if self._settings.user_agent and "user_agent" in event:
            _add_agent(event, by)
        if self._settings.registered_domain:
            _add_domains(event, by)
        if self._has_places:
            self._add_places(event, tenant, by)
        if by:
            event.setdefault("vagt", {})["enriched_by"] = by

    def _add_places(self, event: Event, tenant: str, by: list[str]) -> None:
        found: dict[str, Fields] = {"assets": {}, "sites": {}, "zones": {}}
        for end in _ENDS:
            if end in event and (known := self._about(tenant, event[end].get("ip"))) is not None:
                event[end] = _with_places(event[end], known, by)
                _note(found, end, known)
        for name in _MACHINES:
            if name in event:
                self._add_machine(event[name], tenant, found)
        for table, parts in found.items():
            if parts:
                event.setdefault("vagt", {})[table] = parts
                by.append(table)
        if self._tables["users"] and "user" in event:
            self._add_user(event, tenant, by)

    def _add_machine(self, machine: Fields, tenant: str, found: dict[str, Fields]) -> None:
        """The host that logs, or the device that observes: by its name, else by the first address that is known."""
        if "host" in found["assets"]:
            return
        name = machine.get("name") or machine.get("hostname")
        asset = self._inventory.asset_called(tenant, name) if name.__class__ is str else None
        addresses = machine.get("ip")
        for address in addresses if addresses.__class__ is list else [addresses]:
            known = self._about(tenant, address)
            if known is not None:
                asset = asset or known.asset
                _note(found, "host", known)
                break
        if asset is not None:
            found["assets"]["host"] = asset

    def _add_user(self, event: Event, tenant: str, by: list[str]) -> None:
        user = event["user"]
        name = user.get("name")
        known = self._inventory.user(tenant, name) if name.__class__ is str else None
        if known:
            event["user"] = {**{key: known[key] for key in ("id", "full_name", "email") if key in known}, **user}
            rest = {key: known[key] for key in ("department", "title") if key in known}
            if rest:
                event.setdefault("vagt", {})["directory"] = rest
            by.append("users")

    def _about(self, tenant: str, address: Any) -> _Known | None:
        if address.__class__ is not str:
            return None
        key = (tenant, address)
        if key in self._known:
            return self._known[key]
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        known = self._known[key] = self._look_up(tenant, address)
        return known

    def _look_up(self, tenant: str, address: str) -> _Known | None:
        geo, owner = self._geoip.of(address) if self._geoip is not None else ({}, {})
        own = self._inventory
        known = _Known(geo, owner, own.asset_at(tenant, address), own.site(tenant, address), own.zone(tenant, address))
        return known if any(known) else None

    def _load(self) -> None:
        self._files = self._states()
        self._known = {}
        inventory, is_whole = self._read_tables()
        if is_whole or not self._inventory.rows:  # half an export is worse than yesterday's
            self._inventory = inventory
        try:
            geoip = self._settings.geoip
            opened = GeoIp(geoip.city, geoip.asn)
        except DependencyError as error:
            _failed("geoip", error)
        else:
            ENRICHMENT_FAILED.labels("geoip").set(0)
            if self._geoip is not None:
                self._geoip.close()
            self._geoip = opened

    def _read_tables(self) -> tuple[Inventory, bool]:
        """What can be read, and whether that is all; the rest is tried again when a file changes."""
        inventory = Inventory()
        is_whole = True
        for table, exports in self._tables.items():
            failed = 0
            for export in exports:
                try:
                    inventory.add(table, read_rows(export.path, export.columns), export.tenant)
                except DependencyError as error:
                    _failed(table, error)
                    failed = 1
                    is_whole = False
            if exports:
                skipped = inventory.skipped.get(table, [])
                ENRICHMENT_FAILED.labels(table).set(failed)
                ENRICHMENT_ROWS.labels(table).set(inventory.rows.get(table, 0))
                ENRICHMENT_SKIPPED.labels(table).set(len(skipped))
                if skipped:
                    log.warning("enrichment_rows_skipped", table=table, rows=len(skipped), first=skipped[:_SHOWN_FAULTS])
        return inventory, is_whole

    def _states(self) -> dict[Path, tuple[int, int, int] | None]:
        return {path: _state(path) for path in self._paths()}

    def _paths(self) -> Iterator[Path]:
        for exports in self._tables.values():
            yield from (export.path for export in exports)
        yield from (path for path in (self._settings.geoip.city, self._settings.geoip.asn) if path is not None)


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ctime_ns, found.st_size, found.st_ino  # not mtime: who may read it may have changed


def _failed(table: str, error: DependencyError) -> None:
    ENRICHMENT_FAILED.labels(table).set(1)
    log.error("enrichment_failed", table=table, error=str(error))


def _add_agent(event: Event, by: list[str]) -> None:
    agent = event["user_agent"]
    original = agent.get("original")
    if original.__class__ is str and (fields := agent_fields(original)):
        event["user_agent"] = {**fields, **agent}
        by.append("user_agent")


def _add_domains(event: Event, by: list[str]) -> None:
    is_found = False
    for name in _NAMED:
        if name in event and (domain := event[name].get("domain")).__class__ is str and (fields := domain_fields(domain)):
            event[name] = {**fields, **event[name]}
            is_found = True
    if "dns" in event and (question := event["dns"].get("question")).__class__ is dict:
        asked = question.get("name")
        if asked.__class__ is str and (fields := domain_fields(asked)):
            event["dns"] = {**event["dns"], "question": {**fields, **question}}
            is_found = True
    if is_found:
        by.append("registered_domain")


def _with_places(end: Fields, known: _Known, by: list[str]) -> Fields:
    """The end with `geo` and `as`; a shared part is not changed."""
    more: Fields = {}
    if known.geo:
        more["geo"] = known.geo
    if known.owner:
        more["as"] = known.owner
    if more and "geoip" not in by:
        by.append("geoip")
    if known.site is not None and "name" in known.site:
        more["geo"] = {"name": known.site["name"], **more.get("geo", {})}
    return {**more, **end} if more else end


def _note(found: dict[str, Fields], role: str, known: _Known) -> None:
    for table, value in (("assets", known.asset), ("sites", known.site), ("zones", known.zone)):
        if value is not None and role not in found[table]:
            found[table][role] = value
