"""Two municipalities with logs, findings, incidents and dead letters, made by the rooms' own stages; and askers with keys."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from starlette.testclient import TestClient

from api.app import create_app
from api.commands import create_key
from cert_bridge.app import build_cert_bridge
from evidence.app import build_evidence
from evidence.controls import controls_for
from ingest.app import build_register
from normalise.app import build_normalise
from store.app import build_store
from store.queries import ArchiveSearch
from tests.databases import Section
from tests.unkind_bus import UnkindBus, run_until_drained
from triage.app import build_triage
from triage.queries import findings_of
from vagt.attack import threat_for
from vagt.bus.dead import dead_letter
from vagt.context import Context
from vagt.contracts.finding import FindingInput, RuleInfo, make_finding
from vagt.contracts.raw import RawLog, raw_headers
from vagt.contracts.scope import system_scope
from vagt.contracts.stage import Message, Record, Stage
from vagt.settings.root import Settings
from vagt.state.database import open_state
from vagt.state.outbox import relay
from vagt.tenants import load_tenants
from vagt.topics import AUDIT, DEAD, DELIVERIES, EVENTS, FINDINGS, INCIDENTS, SOURCE_REPORTS

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINE, THEIRS = "751", "730"
SYSTEM = system_scope("test")
# What only the other municipality's things hold: no answer to a key of MINE may show any of it.
THEIR_MARKS = ("ulvborg", "198.51.100.77", "hemmelig", "Randers")
PLACES = ((MINE, "aarhus-web1", "192.0.2.10", "anna"), (THEIRS, "ulvborg", "198.51.100.77", "hemmelig"))
RULE = RuleInfo(
    id="5f0f1b4e-1f4c-4a53-9c35-1d7f7d3f1a01",
    title="Many failed logins",
    level="high",
    version="1",
    hash="0" * 64,
    tags=("attack.credential-access", "attack.t1110"),
)


@dataclass
class Clock:
    """Stands still until moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class City:
    """The rooms' context, the app over them, and its askers."""

    context: Context
    clock: Clock
    bus: UnkindBus
    search: ArchiveSearch
    client: TestClient
    keys: dict[str, str] = field(default_factory=dict)

    def key(self, *roles: str, tenants: tuple[str, ...] | None = None) -> str:
        """A key with these roles; made once."""
        name = f"{'-'.join(roles)} {'-'.join(tenants or ('all',))}"
        if name not in self.keys:
            _, self.keys[name] = create_key(SYSTEM, self.context, name[:64], roles, tenants)
        return self.keys[name]

    def ask(self, path: str, *, key: str | None = None, method: str = "GET", **more: Any) -> Any:
        """A request with `key` (None: an admin's of the whole unit); the response."""
        headers = {"Authorization": f"Bearer {key or self.key('admin')}"} | more.pop("headers", {})
        return self.client.request(method, path, headers=headers, **more)

    def changes(self) -> None:
        """Carry what the outboxes hold to the ledger."""
        producer = self.bus.producer()
        for room in ("api", "triage", "cert_bridge"):
            relay(self.context.state, room, producer)
        producer.close()
        _drain(self, lambda: build_evidence(self.context), (FINDINGS, INCIDENTS, DELIVERIES, AUDIT))

    def close(self) -> None:
        """Free everything."""
        self.client.close()
        self.search.close()
        self.bus.close()
        self.context.state.close()


class Place(NamedTuple):
    """A data folder and the section `state` of settings that belongs to it."""

    folder: Path
    state: Section


def build_city(place: Place) -> City:
    """Raw logs through normalise and store, findings through triage and evidence."""
    city = open_city(place)
    _fill(city)
    return city


def open_city(place: Place, **api_settings: Any) -> City:
    """The app over what is there."""
    given = {"rate_per_minute": 1_000_000, "rate_burst": 1_000_000} | api_settings
    unit = {"municipalities": [MINE, THEIRS]}
    settings = Settings.model_validate({"data_dir": str(place.folder), "state": place.state, "unit": unit, "api": given})
    clock = Clock()
    context = Context(settings, open_state(settings), load_tenants(settings.unit), clock)
    bus = UnkindBus(place.folder / "bus", mischief=0)
    search = ArchiveSearch(context)
    app = create_app(context, bus, search)
    return City(context, clock, bus, search, TestClient(app))


def _fill(city: City) -> None:
    producer = city.bus.producer()
    for tenant, host, address, user in PLACES:
        for number in range(3):
            producer.send(_raw(tenant, host, address, user, number))
            producer.send(_finding(tenant, host, address, user, number))
        producer.send(_dead(tenant, f"{host} {address} cannot be read".encode()))
    producer.flush()
    producer.close()
    for topic in (EVENTS, FINDINGS, INCIDENTS, DELIVERIES, AUDIT, DEAD):
        city.bus.ensure_topic(topic)
    raw = [topic for topic in city.bus.topics() if topic.startswith("raw.")]
    _drain(city, lambda: build_normalise(city.context), raw)
    _drain(city, lambda: build_register(city.context, controls_for), (SOURCE_REPORTS,))
    _drain(city, lambda: build_triage(city.context), (FINDINGS,))
    findings = partial(findings_of, SYSTEM, city.context)
    _drain(city, lambda: build_cert_bridge(city.context, findings, controls_for), (INCIDENTS,))
    _drain(city, lambda: build_store(city.context), (EVENTS, FINDINGS, DEAD))
    city.changes()


def _drain(city: City, stage_of: Callable[[], Stage], topics: Any) -> None:
    ticks = iter(range(10**9))
    run_until_drained(city.bus, stage_of, lambda: city.clock() + timedelta(seconds=next(ticks)), city.context.state, topics)


def _raw(tenant: str, host: str, address: str, user: str, number: int) -> Message:
    line = (
        f"Nov 22 10:0{number}:00 {host} sshd[40{number}]: Failed password for invalid user {user} from {address} port 4022 ssh2"
    )
    raw = RawLog(tenant, "linux.auth", line.encode(), NOW, "replay", host, f"{tenant}-{number}")
    return Message(f"raw.{tenant}.linux.auth", host.encode(), raw.body, raw_headers(raw))


def _finding(tenant: str, host: str, address: str, user: str, number: int) -> Message:
    event = {"source": {"ip": address}, "user": {"name": user}, "host": {"name": host}, "event": {"dataset": "linux.auth"}}
    at = f"2026-11-22T10:0{number}:00.000Z"
    name = "Aarhus" if tenant == MINE else "Randers"
    facts = FindingInput(
        f"{tenant}finding{number}", tenant, name, f"user:{user}", at, at, at, [f"{tenant}event{number}"], event
    )
    document = make_finding(facts, RULE, controls_for, threat_for)
    return Message(FINDINGS, f"{tenant},user:{user}".encode(), orjson.dumps(document), {"id": facts.id, "tenant": tenant})


def _dead(tenant: str, body: bytes) -> Message:
    record = Record(f"raw.{tenant}.linux.auth", 0, 99, b"k", body, {"position": f"{tenant}-dead"}, 1_790_000_000_000)
    return dead_letter("normalise", f"no pattern fits {body.decode()}", record, tenant, "linux.auth")
