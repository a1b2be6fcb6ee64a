"""Enrichment: what the unit knows of addresses, hosts, users, names, programs; tenants never mix, the log is not overruled."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from normalise.conform import conform
from normalise.enrichment.domains import domain_fields
from normalise.enrichment.enriching import Enrichment
from normalise.enrichment.exports import read_rows
from normalise.prefixes import Prefixes
from normalise.step import Normaliser
from tests.normalise.test_golden_samples import faults
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import DependencyError
from vagt.settings.enrichment import EnrichmentSettings
from vagt.settings.normalise import NormaliseSettings
from vagt.settings.unit import UnitSettings
from vagt.tenants import load_tenants

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ASSETS = """Navn;IP;Ejer;Kritikalitet;Kommune
web01.example.org;10.1.2.3 10.1.2.4;Borgerservice;høj;751
WEB01;10.1.2.3;Skole;lav;101
"""
COLUMNS = {"name": "Navn", "owner": "Ejer", "criticality": "Kritikalitet", "tenant": "Kommune"}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


def enriched(settings: dict[str, Any], event: Event, tenant: str = "751") -> Event:
    conform(event)
    Enrichment(EnrichmentSettings.model_validate(settings)).add(event, tenant)
    assert list(faults(event)) == []
    assert conform(event) == 0
    return event


def test_a_browser_is_taken_apart_and_what_the_log_says_stays() -> None:
    original = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.7390.55 Safari/537.36"
    )
    event = enriched({}, {"user_agent": {"original": original, "name": "Said"}})
    agent = {"original": original, "name": "Said", "version": "141.0.7390.55"}
    assert event["user_agent"] == agent | {"os": {"name": "Windows", "version": "10", "full": "Windows 10"}}
    assert event["vagt"] == {"enriched_by": ["user_agent"]}


def test_an_unknown_program_gets_nothing() -> None:
    assert enriched({}, {"user_agent": {"original": "x"}}) == {"user_agent": {"original": "x"}}


@pytest.mark.parametrize(
    ("name", "registered", "top", "sub"),
    [
        ("www.selvbetjening.example.dk", "example.dk", "dk", "www.selvbetjening"),
        ("Example.CO.UK.", "example.co.uk", "co.uk", None),
        ("app.azurewebsites.net", "app.azurewebsites.net", "azurewebsites.net", None),
    ],
)
def test_a_registered_domain_follows_the_public_suffix_list(name: str, registered: str, top: str, sub: str | None) -> None:
    more = {} if sub is None else {"subdomain": sub}
    assert domain_fields(name) == {"registered_domain": registered, "top_level_domain": top, **more}


@pytest.mark.parametrize("name", ["dk", "dc01", "dc01.kommune.internal", "192.0.2.1", "", ".", "a" * 300 + ".dk"])
def test_what_is_under_no_public_suffix_has_no_registered_domain(name: str) -> None:
    assert domain_fields(name) == {}


@given(st.text())
def test_any_name_gives_fields_that_fit_together(name: str) -> None:
    fields = domain_fields(name)
    if fields:
        assert fields["registered_domain"].endswith("." + fields["top_level_domain"])


def test_domains_of_urls_ends_and_dns_questions_are_all_taken_apart() -> None:
    event = enriched({}, {"url": {"domain": "a.example.org"}, "dns": {"question": {"name": "b.example.com", "type": "A"}}})
    assert event["url"]["subdomain"] == "a"
    assert event["dns"]["question"]["registered_domain"] == "example.com"
    assert event["vagt"]["enriched_by"] == ["registered_domain"]


def test_an_asset_is_its_own_municipalitys(write: Callable[..., Path]) -> None:
    settings = {"assets": [{"path": str(write("cmdb.csv", ASSETS)), "columns": COLUMNS}]}
    for tenant, owner in (("751", "Borgerservice"), ("101", "Skole")):
        event = enriched(settings, {"host": {"name": "web01"}, "destination": {"ip": "10.1.2.3"}}, tenant)
        assert event["vagt"]["assets"]["host"]["owner"] == owner
        assert event["vagt"]["assets"]["destination"]["owner"] == owner
        assert event["vagt"]["enriched_by"] == ["assets"]
    assert "vagt" not in enriched(settings, {"host": {"name": "web01"}}, "147")


@pytest.mark.parametrize("name", ["web01", "WEB01.example.org", "web01.other.example"])
def test_a_host_is_known_with_and_without_its_domain(write: Callable[..., Path], name: str) -> None:
    settings = {"assets": [{"path": str(write("cmdb.csv", ASSETS)), "columns": COLUMNS}]}
    assert enriched(settings, {"host": {"hostname": name}})["vagt"]["assets"]["host"]["criticality"] == "høj"


def test_a_host_without_a_known_name_is_known_by_its_address(write: Callable[..., Path]) -> None:
    settings = {"assets": [{"path": str(write("cmdb.csv", ASSETS)), "columns": COLUMNS}]}
    event = enriched(settings, {"observer": {"name": "fw", "ip": ["10.9.9.9", "10.1.2.4"]}})
    assert event["vagt"]["assets"]["host"]["owner"] == "Borgerservice"


def test_sites_and_zones_are_those_of_the_smallest_network(write: Callable[..., Path]) -> None:
    sites = write("sites.csv", "network,id,name\n10.1.0.0/16,S1,Rådhuset\n10.1.2.0/24 2001:db8:1::/48,S2,Skolen\n")
    zones = write("zones.json", b'[{"Network": ["10.1.0.0/16"], "name": "server"}, {"network": "0.0.0.0/0", "name": "world"}]')
    settings = {"sites": [{"path": str(sites), "tenant": "751"}], "zones": [{"path": str(zones)}]}
    ends = {"source": {"ip": "10.1.2.9"}, "destination": {"ip": "10.1.3.9"}, "client": {"ip": "2001:db8:1::5"}}
    event = enriched(settings, ends)
    assert event["vagt"]["sites"] == {
        "source": {"id": "S2", "name": "Skolen"},
        "destination": {"id": "S1", "name": "Rådhuset"},
        "client": {"id": "S2", "name": "Skolen"},
    }
    assert event["vagt"]["zones"] == {"source": "server", "destination": "server"}
    assert event["source"]["geo"] == {"name": "Skolen"}
    assert event["vagt"]["enriched_by"] == ["sites", "zones"]
    assert enriched(settings, {"source": {"ip": "10.1.2.9"}}, "101")["vagt"] == {
        "zones": {"source": "server"},
        "enriched_by": ["zones"],
    }


@pytest.mark.parametrize("name", ["anne", "EXAMPLE\\Anne", "anne@example.org"])
def test_a_user_is_known_however_the_log_writes_the_name(write: Callable[..., Path], name: str) -> None:
    users = write("users.csv", "name\tfull_name\temail\tdepartment\nanne\tAnne Hansen\tanne@example.org\tIT\n")
    event = enriched({"users": [{"path": str(users)}]}, {"user": {"name": name, "email": "said@example.org"}})
    assert event["user"] == {"name": name, "full_name": "Anne Hansen", "email": "said@example.org"}
    assert event["vagt"]["directory"] == {"department": "IT"}


def _geoip(folder: Path) -> dict[str, str]:
    city = MMDBWriter(6, "GeoLite2-City", languages=["en"], ipv4_compatible=True)
    place = {
        "city": {"names": {"en": "Aarhus", "da": "Århus"}},
        "continent": {"code": "EU", "names": {"en": "Europe"}},
        "country": {"iso_code": "DK", "names": {"en": "Denmark"}},
        "subdivisions": [{"iso_code": "82", "names": {"en": "Central Jutland"}}],
        "location": {"latitude": 56.1567, "longitude": 10.2108, "time_zone": "Europe/Copenhagen"},
    }
    city.insert_network(IPSet(["203.0.113.0/24", "2001:db8::/32"]), place)
    asn = MMDBWriter(4, "GeoLite2-ASN")
    asn.insert_network(
        IPSet(["203.0.113.0/24"]), {"autonomous_system_number": 64500, "autonomous_system_organization": "Example Net"}
    )
    paths = {"city": str(folder / "city.mmdb"), "asn": str(folder / "asn.mmdb")}
    city.to_db_file(paths["city"])
    asn.to_db_file(paths["asn"])
    return paths


def test_public_addresses_have_a_place_and_an_owner(tmp_path: Path) -> None:
    geoip = _geoip(tmp_path)
    ends = {"source": {"ip": "203.0.113.9", "geo": {"city_name": "Said"}}, "destination": {"ip": "2001:db8::1"}}
    event = enriched({"geoip": geoip}, {**ends, "client": {"ip": "10.0.0.1"}, "server": {"ip": "198.51.100.1"}})
    assert event["source"] == {
        "ip": "203.0.113.9",
        "geo": {"city_name": "Said"},
        "as": {"number": 64500, "organization": {"name": "Example Net"}},
    }
    geo = event["destination"]["geo"]
    assert (geo["country_iso_code"], geo["city_name"], geo["region_iso_code"]) == ("DK", "Aarhus", "DK-82")
    assert geo["location"] == {"lat": 56.1567, "lon": 10.2108}
    assert event["client"] == {"ip": "10.0.0.1"} and event["server"] == {"ip": "198.51.100.1"}
    assert event["vagt"] == {"enriched_by": ["geoip"]}


def test_a_shared_part_of_an_event_is_not_changed(write: Callable[..., Path]) -> None:
    shared = {"ip": "10.1.2.9"}
    sites = write("sites.csv", "network,name\n10.0.0.0/8,Rådhuset\n")
    enriched({"sites": [{"path": str(sites)}]}, {"source": shared})
    assert shared == {"ip": "10.1.2.9"}


def test_a_changed_export_is_read_again_and_a_broken_one_changes_nothing(write: Callable[..., Path]) -> None:
    path = write("zones.csv", "network,name\n10.0.0.0/8,old\n")
    enrichment = Enrichment(EnrichmentSettings.model_validate({"zones": [{"path": str(path)}]}))

    def zone(minutes: int) -> str:
        enrichment.refresh(NOON + timedelta(minutes=minutes))
        event: Event = {"source": {"ip": "10.1.1.1"}}
        enrichment.add(event, "751")
        return str(event["vagt"]["zones"]["source"])

    assert zone(0) == "old"
    write("zones.csv", "network,name\n10.0.0.0/8,newer\n")
    assert zone(0) == "old"  # not looked for yet
    assert zone(2) == "newer"
    path.unlink()
    assert zone(4) == "newer"
    write("zones.csv", "network,name\n10.0.0.0/8,newest of all\n")
    assert zone(6) == "newest of all"


def test_an_export_that_vagt_was_given_access_to_is_read_at_the_next_look(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("zones.csv", "network,name\n10.0.0.0/8,inside\n")
    path.chmod(0o000)

    def read(self: Path) -> bytes:  # whoever runs the tests may read all
        if not self.stat().st_mode & 0o400:
            raise PermissionError(13, "Permission denied")
        return self.open("rb").read()

    monkeypatch.setattr(Path, "read_bytes", read)
    enrichment = Enrichment(EnrichmentSettings.model_validate({"zones": [{"path": str(path)}]}))
    enrichment.refresh(NOON)
    time.sleep(0.02)  # a tick of the file system's clock
    path.chmod(0o400)
    enrichment.refresh(NOON + timedelta(minutes=2))
    event: Event = {"source": {"ip": "10.1.1.1"}}
    enrichment.add(event, "751")
    assert event["vagt"]["zones"]["source"] == "inside"


def test_a_database_of_places_that_is_torn_inside_stops_nothing(tmp_path: Path) -> None:
    geoip = _geoip(tmp_path)
    city = Path(geoip["city"])
    data = bytearray(city.read_bytes())
    middle = data.rindex(b"Aarhus") - 60
    data[middle : middle + 120] = b"\xff" * 120
    city.write_bytes(data)
    event = enriched({"geoip": geoip}, {"source": {"ip": "203.0.113.9"}})
    assert event["source"]["as"]["number"] == 64500


def test_an_export_without_a_column_that_the_settings_name_is_not_taken(write: Callable[..., Path]) -> None:
    path = write("cmdb.csv", ASSETS)
    settings = {"assets": [{"path": str(path), "columns": COLUMNS | {"tenant": "Komune"}}]}
    event = enriched(settings, {"host": {"name": "web01"}}, "147")
    assert "vagt" not in event  # else all rows would be the whole unit's
    with pytest.raises(DependencyError, match=r"no column 'Komune'.*Kommune"):
        read_rows(path, {"tenant": "Komune"})


def test_rows_that_cannot_be_used_are_named_and_the_others_count(write: Callable[..., Path]) -> None:
    path = write("zones.csv", "network,name\nnonsense,a\n,b\n10.0.0.0/8,\n10.0.0.0/8,good\n")
    enrichment = Enrichment(EnrichmentSettings.model_validate({"zones": [{"path": str(path)}]}))
    skipped = enrichment._inventory.skipped["zones"]
    assert [fault.partition(":")[0] for fault in skipped] == ["row 1", "row 2", "row 3"]
    assert "'nonsense' in the column network is no network" in skipped[0]
    assert enrichment._inventory.rows == {"zones": 1}


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("a.json", b"{", "is no JSON"),
        ("a.json", b'{"a": 1}', "is no JSON array of objects"),
        ("a.json", b"[1]", "is no JSON array of objects"),
    ],
)
def test_an_export_that_is_none_says_so_and_names_the_file(
    write: Callable[..., Path], name: str, body: bytes, reason: str
) -> None:
    with pytest.raises(DependencyError, match=rf"{name} {reason}"):
        read_rows(write(name, body), {})


def test_a_missing_export_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"none\.csv cannot be read .*give the user that runs vagt access"):
        read_rows(tmp_path / "none.csv", {})


def test_an_export_of_windows_is_read(write: Callable[..., Path]) -> None:
    path = write("cmdb.csv", "Navn;Ejer\r\nweb01;Økonomi\r\n".encode("windows-1252"))
    assert read_rows(path, {"name": "navn"}) == [{"name": "web01", "ejer": "Økonomi"}]


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)), max_size=30), st.integers(0, 2**32 - 1))
def test_the_smallest_network_is_found(networks: list[tuple[int, int]], address: int) -> None:
    prefixes: Prefixes[str] = Prefixes()
    best: tuple[int, str] | None = None
    for start, length in networks:
        network = ip_network((start, length), strict=False)
        prefixes.add(str(network), str(network))
        if ip_address(address) in network and (best is None or length > best[0]):
            best = length, str(network)
    assert prefixes.get(str(ip_address(address))) == (best and best[1])


def test_normalise_adds_it_and_related_names_no_more_than_the_log(write: Callable[..., Path]) -> None:
    sites = write("sites.csv", "network,name\n192.0.2.0/24,Rådhuset\n")
    settings = NormaliseSettings.model_validate({"enrichment": {"sites": [{"path": str(sites)}]}})
    normaliser = Normaliser(settings, load_tenants(UnitSettings()), lambda: NOON, Enrichment(settings.enrichment))
    body = b"Nov 22 11:00:00 web01 sshd[1]: Failed password for root from 192.0.2.7 port 4711 ssh2"
    (event,) = normaliser.events(RawLog("751", "linux.auth", body, NOON, "file", "web01", "p"))
    assert event["vagt"]["sites"]["source"] == {"name": "Rådhuset"}
    assert event["related"]["ip"] == ["192.0.2.7"]
