"""Indicators from files (addresses, networks, domains, URLs, hashes) and their sightings in events.

A file is CSV with a header (`value,type,source,valid_until,tlp,description`; only `value` is needed) or one value a line.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import orjson

from detections.findings import Maker, tenant_of
from detections.moments import happened_at, iso
from vagt.clock import from_iso
from vagt.contracts.event import Event
from vagt.contracts.finding import FindingInput, RuleInfo, entity_of
from vagt.contracts.stage import Message
from vagt.ids import finding_id

COLUMNS = ("value", "type", "source", "valid_until", "tlp", "description")
Paths = tuple[tuple[str, ...], ...]
ADDRESSES: Paths = (("related", "ip"), ("source", "ip"), ("destination", "ip"))
NAMES: Paths = (("related", "hosts"), ("dns", "question", "name"), ("url", "domain"), ("destination", "domain"))
URLS: Paths = (("url", "full"), ("url", "original"))
HASHES: Paths = (("related", "hash"),)
KEPT = 100_000  # values whose answer is remembered
DAY = 86_400_000
_HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{1,62}")
_ECS_TYPES = {"address": "ipv4-addr", "network": "ipv4-addr", "domain": "domain-name", "url": "url", "hash": "file"}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. `kind`: address, network, domain, url or hash; `valid_until` in milliseconds since 1970."""

    value: str
    kind: str
    source: str = ""
    valid_until: int | None = None
    tlp: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of an indicator file that cannot be used, and why."""

    path: Path
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """An indicator in an event: which, where, and the value that the event has."""

    indicator: Indicator
    field: str
    value: str


class IndicatorSet:
    """All indicators, by what they are looked up with; false where there is none."""

    def __init__(self, indicators: Iterable[Indicator]) -> None:
        self._exact: dict[str, dict[str, Indicator]] = {"address": {}, "domain": {}, "url": {}, "hash": {}}
        self._networks: dict[tuple[int, int], dict[int, Indicator]] = {}
        self._kept: dict[Paths, dict[str, Indicator | None]] = {paths: {} for paths in (ADDRESSES, NAMES, URLS, HASHES)}
        for one in indicators:
            if one.kind == "network":
                network = ip_network(one.value)
                shift = network.max_prefixlen - network.prefixlen
                self._networks.setdefault((network.version, shift), {})[int(network.network_address) >> shift] = one
            else:
                self._exact[one.kind][one.value] = one

    def __len__(self) -> int:
        return sum(map(len, self._exact.values())) + sum(map(len, self._networks.values()))

    def sightings(self, event: Event) -> list[Sighting]:
        """All indicators that were valid when the event happened and that it holds, each once."""
        found: dict[str, Sighting] = {}
        if self._exact["address"] or self._networks:
            self._look(event, ADDRESSES, self._address, found)
        if self._exact["domain"]:
            self._look(event, NAMES, self._domain, found)
        if self._exact["url"]:
            self._look(event, URLS, self._exact["url"].get, found)
        if self._exact["hash"]:
            hashes = self._exact["hash"]
            self._look(event, HASHES, lambda value: hashes.get(value.lower()), found)
        if not found:
            return []
        moment = happened_at(event)
        return [one for one in found.values() if one.indicator.valid_until is None or one.indicator.valid_until > moment]

    def _look(self, event: Event, paths: Paths, find: Any, found: dict[str, Sighting]) -> None:
        kept = self._kept[paths]
        for path in paths:
            for value in _texts(event, path):
                if value not in kept:
                    if len(kept) >= KEPT:
                        kept.clear()
                    kept[value] = find(value)
                if (indicator := kept[value]) is not None:
                    field = ".".join(path)
                    found.setdefault(indicator.value, Sighting(indicator, field, value))

    def _address(self, value: str) -> Indicator | None:
        exact = self._exact["address"].get(value)
        if exact is not None or (not self._networks and ":" not in value):
            return exact
        try:
            address = ip_address(value)
        except ValueError:
            return None
        if (exact := self._exact["address"].get(str(address))) is not None:
            return exact
        bits = int(address)
        for (version, shift), table in self._networks.items():
            if version == address.version and (found := table.get(bits >> shift)) is not None:
                return found
        return None

    def _domain(self, value: str) -> Indicator | None:
        domains = self._exact["domain"]
        name = value.lower().rstrip(".")
        while name:
            if name in domains:
                return domains[name]
            name = name.partition(".")[2]
        return None


def _texts(event: Event, path: tuple[str, ...]) -> list[str]:
    """The texts at a field of our own events, which are nested; quicker than `fields.values`, and run for every event."""
    node: Any = event
    for name in path:
        if type(node) is not dict or name not in node:
            return []
        node = node[name]
    if type(node) is str:
        return [node]
    return [one for one in node if type(one) is str] if type(node) is list else []


def read_indicators(path: Path) -> tuple[list[Indicator], list[BadLine]]:
    """All indicators of a file and the lines that hold none. A file that cannot be read is one bad line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        return [], [BadLine(path, 0, f"cannot be read: {error}")]
    found: list[Indicator] = []
    bad: list[BadLine] = []
    header: list[str] | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in next(csv.reader([line]))]
        if header is None and cells[0].lower() == "value":
            header = [cell.lower() for cell in cells]
            continue
        try:
            found.append(_indicator(dict(zip(header or COLUMNS, cells, strict=False))))
        except ValueError as error:
            bad.append(BadLine(path, number, str(error)))
    return found, bad


def _indicator(cells: Mapping[str, str]) -> Indicator:
    value, kind = classify(cells.get("value", ""))
    until = cells.get("valid_until", "")
    return Indicator(
        value=value,
        kind=kind,
        source=cells.get("source", ""),
        valid_until=round(from_iso(until).timestamp() * 1000) if until else None,
        tlp=cells.get("tlp", "").upper(),
        description=cells.get("description", ""),
    )


def classify(text: str) -> tuple[str, str]:
    """(the value as it is compared, its kind), defanged spellings (`hxxp://`, `[.]`) undone. Raises ValueError."""
    plain = text.strip().replace("[.]", ".").replace("[:]", ":")
    if plain[:4].lower() == "hxxp":
        plain = "http" + plain[4:]
    if "://" in plain:
        return plain, "url"
    lowered = plain.lower().rstrip(".")
    if _HASH.fullmatch(lowered):
        return lowered, "hash"
    try:
        return (str(ip_network(plain, strict=False)), "network") if "/" in plain else (str(ip_address(plain)), "address")
    except ValueError:
        if _DOMAIN.fullmatch(lowered):
            return lowered, "domain"
    raise ValueError(f"{text!r} is no address, network, domain, URL or hash (MD5, SHA-1, SHA-256)")


class IndicatorFiles:
    """The set read from some files; `refresh` reads again when one of them has changed."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = tuple(paths)
        self._stamps: tuple[Any, ...] = ()
        self.current = IndicatorSet(())
        self.bad: list[BadLine] = []
        self.refresh()

    def refresh(self) -> bool:
        """Whether anything had changed."""
        stamps = tuple(_stamp(path) for path in self._paths)
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        indicators: list[Indicator] = []
        self.bad = []
        for path in self._paths:
            found, bad = read_indicators(path)
            indicators += found
            self.bad += bad
        self.current = IndicatorSet(indicators)
        return True


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def indicator_findings(seen: Iterable[tuple[Event, list[Sighting]]], maker: Maker) -> list[Message]:
    """One finding for each indicator, municipality, entity and day among the sightings of a batch, with their number."""
    found: dict[str, tuple[FindingInput, Indicator]] = {}
    for event, sightings in seen:
        tenant, entity, moment = tenant_of(event), entity_of(event), happened_at(event)
        event_id = str(event.get("event", {}).get("id", ""))
        for sighting in sightings:
            one = sighting.indicator
            name = finding_id(f"indicator:{one.value}", tenant, entity, str(moment // DAY * DAY))
            have = found.get(name)
            events = [*have[0].event_ids, event_id][:100] if have else [event_id]
            times = [have[0].start, have[0].end, iso(moment)] if have else [iso(moment)]
            facts = FindingInput(
                id=name,
                tenant=tenant,
                tenant_name=maker.tenants.name(tenant),
                entity=entity,
                created=maker.now(),
                start=min(times),
                end=max(times),
                event_ids=events,
                event=event,
                group=entity,
                count=(have[0].count if have else 0) + 1,
                matched_fields={sighting.field: sighting.value},
                ruleset_version=maker.ruleset_version,
                ruleset_number=maker.ruleset_number,
                reason=f"{one.kind} {one.value} seen in {sighting.field}",
            )
            found[name] = facts, one
    return [_with_indicator(maker.message(facts, _rule(one)), one) for facts, one in found.values()]


def _rule(one: Indicator) -> RuleInfo:
    return RuleInfo(
        id=f"indicator:{one.value}",
        title="Known indicator seen",
        level="high",
        kind="indicator",
        description=one.description,
        author=one.source,
        first_action="indicator_hit",
    )


def _with_indicator(message: Message, one: Indicator) -> Message:
    document = orjson.loads(message.value)
    document.setdefault("threat", {})["indicator"] = _ecs(one)
    return message._replace(value=orjson.dumps(document))


def _ecs(one: Indicator) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": _ECS_TYPES[one.kind], "name": one.value}
    match one.kind:
        case "address":
            fields["ip"] = one.value
            fields["type"] = "ipv6-addr" if ":" in one.value else "ipv4-addr"
        case "network":
            fields["type"] = "ipv6-addr" if ":" in one.value else "ipv4-addr"
        case "domain":
            fields["url"] = {"domain": one.value}
        case "url":
            fields["url"] = {"full": one.value}
        case "hash":
            fields["file"] = {"hash": {{32: "md5", 40: "sha1", 64: "sha256"}[len(one.value)]: one.value}}
    fields |= {name: value for name, value in (("provider", one.source), ("description", one.description)) if value}
    if one.tlp:
        fields["marking"] = {"tlp": one.tlp}
    return fields
