"""Every document gets in, whatever a vendor has put into it, and every field has the type that ECS gives it."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.elastic.connection import Connection
from store.elastic.mapping import KEYWORD_LENGTH, vendor_fields
from store.elastic.rescue import without_vendor_fields
from store.elastic.streams import incidents_index
from tests.servers.elasticsearch_node import Node
from tests.store.elastic.scene import DATASETS, create, finding_of, golden, hits, put_for, settings_of
from vagt.contracts.event import Event
from vagt.ecs import ecs_schema

pytestmark = pytest.mark.servers
TENANT = "mapped"
_FAMILY = {"wildcard": {"wildcard", "keyword"}, "constant_keyword": {"constant_keyword", "keyword"}}
_FAMILY |= {"match_only_text": {"match_only_text", "text"}, "scaled_float": {"double"}, "object": {"object", "flattened"}}


@pytest.fixture(scope="module")
def connection(elasticsearch: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A node that knows the tenant, whose golden documents and findings are in."""
    with_files = settings_of(elasticsearch, tmp_path_factory.mktemp("mapping"))
    made = Connection(with_files.elasticsearch)
    put_for(made, with_files, [TENANT, "hostile"])
    yield made
    made.close()


@pytest.mark.parametrize("dataset", DATASETS)
def test_golden_documents_and_their_findings_get_in_and_no_ecs_field_is_ignored(dataset: str, connection: Connection) -> None:
    events = golden(dataset, TENANT)
    findings = [finding_of(event, number) for number, event in enumerate(events)]
    assert create(connection, events + findings) == []
    for expression in (f"logs-*-{TENANT}", f"alerts-vagt-{TENANT}"):
        ignored = {name for hit in hits(connection, expression, {"exists": {"field": "_ignored"}}) for name in hit["_ignored"]}
        assert {name for name in ignored if name in ecs_schema().types} == set()


def test_every_ecs_field_has_its_type_and_no_two_streams_disagree(connection: Connection) -> None:
    for dataset in DATASETS:
        create(connection, golden(dataset, TENANT)[:1])
    event = golden("linux.auth", TENANT)[0]
    create(connection, [finding_of(event, 99)])
    answer = connection.ask("GET", f"/logs-*-{TENANT},alerts-vagt-{TENANT}/_field_caps", params={"fields": "*"})
    found = {name: set(types) for name, types in answer["fields"].items()}
    assert {name: types for name, types in found.items() if len(types - {"unmapped"}) > 1} == {}
    schema = ecs_schema().types
    wrong = {name: found.get(name) for name, kind in schema.items() if not (found.get(name, set()) & _FAMILY.get(kind, {kind}))}
    assert set(wrong) <= {"event.original"} | {name for name, kind in schema.items() if kind in ("object", "nested")}, wrong
    assert found["source.ip"] == {"ip"} and found["event.severity"] == {"long"} and found["vagt.finding.count"] == {"long"}


_names = st.one_of(
    st.sampled_from(["", " ", ".", "..", "a.b", ".a", "a.", "action", "event_data", "eve", "*"]), st.text(max_size=12)
)
_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=30),
        st.sampled_from(["x" * 10_000, "å" * 40_000, "2026-13-45", "999.1.1.1"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_names, inner, max_size=4)),
    max_leaves=12,
)
# NUL in a name and lone surrogates are what `flattened` and JSON cannot hold: the next test
_vendor = st.dictionaries(_names.filter(lambda name: "\0" not in name), _values, max_size=5)


@given(documents=st.lists(st.dictionaries(st.sampled_from(sorted(vendor_fields().fields)), _vendor, max_size=3), max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_document_is_refused_for_what_a_vendor_has_put_into_it(documents: list[Event], connection: Connection) -> None:
    sent = [_hostile(vendor) for vendor in documents if b"\\u0000" not in orjson.dumps(vendor)]
    if sent:
        assert create(connection, sent) == []


@pytest.mark.parametrize(
    "vendor",
    [
        {"fortinet": {"fortigate": {str(number): number for number in range(20_000)}}},
        {"winlog": {"event_data": {"TargetUserName": {"deeper": {"still": [1, {"x": None}]}}, "LogonType": [[1, [2]]]}}},
        {"suricata": {"eve": {"flow": {"age": 10**30}, "dest_port": "x", "vlan": {"a": 1}}}},
        {"winlog": orjson.loads('{"a":' * 600 + "1" + "}" * 600)},
        {"linux": {"auth": {"ssh": "text where an object was"}}},
        {"labels": {"a": {"b": 1}}, "vagt": {"unmapped": {"source.port": "99999999999", "": "x" * 50_000}}},
        {"unheard_of": {"": {"": 1}, "a.b": {"c": [1, {"d": "x"}]}}},
    ],
    ids=[
        "20,000 names",
        "objects for texts",
        "huge numbers",
        "600 deep",
        "text for object",
        "own objects",
        "an unknown vendor",
    ],
)
def test_a_document_that_is_known_to_be_hard_gets_in(vendor: Event, connection: Connection) -> None:
    assert create(connection, [_hostile(vendor)]) == []


@pytest.mark.parametrize(
    "vendor",
    [{"fortinet": {"a\0b": 1}}, {"winlog": {"k" * 40_000: "x"}}, {"cisco": "text"}, {"suricata": [1, 2]}],
    ids=["NUL in a name", "a name of 40,000", "text for the vendor", "list for the vendor"],
)
def test_what_no_mapping_can_take_gets_in_without_its_vendor_fields_and_keeps_them(
    vendor: Event, connection: Connection
) -> None:
    refused = _hostile(vendor)
    assert len(create(connection, [refused])) == 1
    kept = without_vendor_fields(refused)
    assert create(connection, [kept]) == []
    assert orjson.loads(kept["vagt"]["unindexed"]) == vendor
    assert refused.keys() >= vendor.keys(), "the document that was given is as it was"


def test_ten_kilobytes_in_an_ecs_keyword_are_kept_and_not_searched(connection: Connection) -> None:
    event = _hostile({}) | {"user": {"name": "x" * 10_000}, "process": {"command_line": "y" * 40_000}}
    assert create(connection, [event]) == []
    found = next(hits(connection, "logs-*-hostile", {"ids": {"values": [event["event"]["id"]]}}))
    assert found["_source"]["user"]["name"] == "x" * 10_000 and "user.name" in found["_ignored"]
    assert KEYWORD_LENGTH < 10_000


def test_a_wrong_type_in_ecs_is_ignored_and_the_document_kept(connection: Connection) -> None:
    wrong: dict[str, Any] = {"source": {"ip": "none", "port": "http", "geo": {"location": "north"}}, "event": {"start": "soon"}}
    event = _hostile({})
    event["event"] |= wrong["event"]
    event["source"] = wrong["source"]
    assert create(connection, [event]) == []
    found = next(hits(connection, "logs-*-hostile", {"ids": {"values": [event["event"]["id"]]}}))
    assert set(found["_ignored"]) == {"event.start", "source.geo.location", "source.ip", "source.port"}


def test_an_incident_has_dates_numbers_and_words_that_are_found(connection: Connection) -> None:
    incident = {
        "id": "i1",
        "number": "2026-000123",
        "tenant": TENANT,
        "title": "Brute force against sshd",
        "created": "2026-11-22T12:00:00.000Z",
        "owner": None,
        "rules": [{"id": "r", "name": "n", "level": "high"}],
        "finding_count": 3,
        "response_breached": False,
    }
    index = incidents_index(TENANT)
    for _ in range(2):
        connection.ask("PUT", f"/{index}/_doc/i1", incident, params={"refresh": "true"})
    kql = 'title: force and created >= "2026-11-22" and finding_count > 2 and response_breached: false and rules.level: high'
    assert [hit["_id"] for hit in hits(connection, index, {"kql": {"query": kql}})] == ["i1"]


_count = iter(range(10**9))


def _hostile(vendor: Event) -> Event:
    event = golden("syslog.generic", "hostile")[0]
    event.pop("linux", None)
    event["event"]["id"] = f"hostile-{next(_count)}"
    event["data_stream"]["dataset"] = "any"  # whose stream has the objects of all vendors
    return event | vendor
