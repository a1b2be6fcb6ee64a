"""NetFlow and IPFIX: a record needs nothing but itself, and no datagram breaks the decoder or makes it work without end."""

import json
import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.registry import source_for
from normalise.sources.netflow_flow.parser import SOURCE
from tests.flow_packets import FIELDS, SECOND, address, flow, flow_set, ipfix, sampler, specs, template, v5, v5_flow, v9
from tests.normalise.reading import events
from vagt.errors import NormaliseError
from vagt.flow_export import to_text

TEMPLATE = flow_set(0, template(260, *FIELDS))
DATA = flow_set(260, flow("10.0.0.5", "192.0.2.7") + flow("10.0.0.6", "192.0.2.8", octets=7))


def read(*datagrams: bytes) -> list[dict[str, Any]]:
    """The events of a record that holds these datagrams."""
    return events(SOURCE, " ".join(one.hex() for one in datagrams))


def test_a_datagram_with_its_template_before_it_gives_its_flows_in_order() -> None:
    body = to_text(v9(TEMPLATE), v9(DATA))
    found = events(SOURCE, body)
    assert [event["source"]["ip"] for event in found] == ["10.0.0.5", "10.0.0.6"]
    assert [event["source"]["bytes"] for event in found] == [100, 7]
    assert found[0]["observer"] == {"ip": ["192.0.2.1"], "name": "192.0.2.1"}
    assert found[0]["event"]["id"] != found[1]["event"]["id"]
    assert source_for(None, body) == (SOURCE, True)


def test_what_stands_before_a_datagram_gives_no_events_of_its_own() -> None:
    options, samples = sampler()
    found = events(SOURCE, to_text(v9(TEMPLATE, options, samples), v9(DATA)))
    assert [event["event"]["action"] for event in found] == ["netflow_flow", "netflow_flow"]
    assert found[0]["netflow"]["exporter"]["sampling_interval"] == 100


@pytest.mark.parametrize(
    "body",
    [
        to_text(v9(TEMPLATE), v9(DATA)),
        to_text(b"", v5(v5_flow("10.0.0.5", "192.0.2.7"), v5_flow("10.0.0.6", "192.0.2.8"), sampling=50)),
        to_text(
            ipfix(flow_set(2, template(400, (8, 4), (12, 4), (4, 1), (371, 65535)))),
            ipfix(flow_set(400, address("10.0.0.5") + address("192.0.2.7") + b"\x06\x04anna")),
        ),
    ],
    ids=["v9", "v5", "ipfix"],
)
def test_the_original_of_an_event_is_a_record_that_gives_the_event_again(body: bytes) -> None:
    for event in events(SOURCE, body):
        (again,) = events(SOURCE, event["event"]["original"])
        for one in (event, again):
            del one["event"]["id"]
        assert again == event


def test_templates_of_other_domains_and_versions_are_not_taken() -> None:
    with pytest.raises(NormaliseError, match="template 260"):
        read(v9(TEMPLATE, domain=2), v9(DATA, domain=1))
    with pytest.raises(NormaliseError, match="template 260"):
        read(ipfix(flow_set(2, template(260, *FIELDS))), v9(DATA))


def test_a_template_that_comes_behind_its_data_in_the_record_is_taken() -> None:
    assert len(read(v9(DATA), v9(TEMPLATE))) == 2


def test_the_latest_template_of_a_number_holds_from_where_it_stands() -> None:
    other = flow_set(0, template(260, (12, 4), (8, 4), (4, 1)))
    swapped = flow_set(260, address("192.0.2.7") + address("10.0.0.5") + b"\x11")
    first, second, third = read(v9(TEMPLATE), v9(DATA), v9(other), v9(swapped))
    assert first["source"]["ip"] == third["source"]["ip"] == "10.0.0.5"
    assert third["network"]["transport"] == "udp"
    assert second["source"]["ip"] == "10.0.0.6"


def test_a_set_without_its_template_is_kept_beside_what_can_be_read() -> None:
    *flows, rest = read(v9(TEMPLATE), v9(DATA, flow_set(999, b"\1" * 8)))
    assert len(flows) == 2
    assert rest["event"]["action"] == "netflow_undecoded"
    assert rest["vagt"]["source"]["partly"] == "set without template"
    assert rest["event"]["original"].endswith("01" * 8)


def test_a_flow_back_is_the_destinations_volume() -> None:
    fields = ((8, 4), (12, 4), (4, 1), (1, 8), (2, 8), (1, 8, 29305), (2, 8, 29305))
    data = address("10.0.0.5") + address("192.0.2.7") + b"\x06" + struct.pack(">QQQQ", 10, 1, 20, 2)
    (event,) = read(ipfix(flow_set(2, template(300, *fields)), flow_set(300, data)))
    assert (event["source"]["bytes"], event["destination"]["bytes"], event["network"]["bytes"]) == (10, 20, 30)
    assert event["netflow"]["reverse_octet_delta_count"] == 20


def test_elements_without_a_name_are_kept_by_number_and_said() -> None:
    fields = ((8, 4), (12, 4), (4, 1), (77, 2, 4242))
    (event,) = read(ipfix(flow_set(2, template(300, *fields)), flow_set(300, address("10.0.0.5") * 2 + b"\x06\0\1")))
    assert event["netflow"]["other"] == {"4242_77": "AAE="}
    assert event["vagt"]["source"]["partly"] == "elements of enterprise 4242"


def test_times_of_v9_are_reckoned_from_the_uptime_also_where_it_began_anew() -> None:
    fields = ((8, 4), (12, 4), (4, 1), (22, 4), (21, 4))
    ends = address("10.0.0.5") + address("192.0.2.7") + b"\x06"
    before = (1 << 32) - 4000  # the counter passed its end between
    data = ends + struct.pack(">II", before, 1000)
    (event,) = read(v9(flow_set(0, template(300, *fields)), flow_set(300, data), uptime=2000))
    assert event["event"]["start"] == "2026-11-22T10:14:54.000Z"
    assert event["event"]["end"] == "2026-11-22T10:14:59.000Z"
    assert event["event"]["duration"] == 5_000_000_000


@pytest.mark.parametrize(
    ("firewall_event", "extended", "types"),
    [(1, 0, ["start"]), (2, 2018, ["end"]), (3, 1001, ["denied"]), (9, 0, [])],
    ids=["created", "deleted", "denied", "unknown"],
)
def test_a_firewall_says_what_became_of_the_flow(firewall_event: int, extended: int, types: list[str]) -> None:
    fields = ((8, 4), (12, 4), (4, 1), (233, 1), (33002, 2))
    data = address("10.0.0.5") + address("192.0.2.7") + struct.pack(">BBH", 6, firewall_event, extended)
    (event,) = read(v9(flow_set(0, template(300, *fields)), flow_set(300, data)))
    assert event["event"]["type"] == ["connection", *types]


def test_numbers_in_fewer_or_more_bytes_than_their_type_are_read() -> None:
    fields = ((8, 4), (12, 4), (4, 1), (1, 3), (2, 5), (10, 12))
    data = address("10.0.0.5") + address("192.0.2.7") + b"\x06" + b"\1\0\0" + b"\0\0\0\0\x05" + bytes(12)
    (event,) = read(v9(flow_set(0, template(300, *fields)), flow_set(300, data)))
    assert (event["source"]["bytes"], event["source"]["packets"]) == (65536, 5)
    assert event["netflow"]["ingress_interface"] == "AAAAAAAAAAAAAAAA"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "+",
        "[]",
        "0009",
        "00090001" * 2,
        v9(DATA).hex(),
        v9(DATA).hex()[:-6],
        "000a" + "ff" * 40,
        '["0005zz"]',
        "0007" + "00" * 40,
    ],
)
def test_what_is_no_export_message_is_refused(body: str) -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, body)


@pytest.mark.parametrize(
    "body", [b"0009 is my number", b"00000009" * 8, b'["0009"]', b"000a" + b"g" * 60, b"d41d8cd98f00b204e9800998ecf8427e"]
)
def test_other_texts_are_not_claimed(body: bytes) -> None:
    assert not SOURCE.recognise(body)


def test_a_datagram_that_would_become_a_flood_is_refused() -> None:
    many = flow_set(0, template(300, *((8, 1),) * 1, *((1, 0),) * 900))
    with pytest.raises(NormaliseError, match="bytes of events"):
        read(v9(many, flow_set(300, bytes(4000))))
    with pytest.raises(NormaliseError, match="4096 records"):
        read(v9(flow_set(0, template(300, (4, 1))), flow_set(300, bytes(5000))))


def test_a_template_of_nothing_gives_no_records() -> None:
    assert (
        read(v9(TEMPLATE, flow_set(0, template(300, (1, 0))), DATA, flow_set(300, bytes(8))))[-1]["source"]["ip"] == "10.0.0.6"
    )


FIELD = st.one_of(
    st.tuples(st.integers(0, 520), st.sampled_from([0, 1, 2, 3, 4, 6, 8, 9, 12, 16, 17])),
    st.tuples(st.integers(0, 520), st.sampled_from([1, 4, 8, 65535]), st.sampled_from([9, 5951, 29305, 35632, 77])),
    st.tuples(st.integers(0, 32767), st.just(65535)),
)


@settings(max_examples=600, deadline=None)
@given(
    fields=st.lists(FIELD, min_size=1, max_size=12), data=st.binary(max_size=120), scopes=st.integers(0, 3), new=st.booleans()
)
def test_any_template_over_any_data_is_read_or_refused(
    fields: list[tuple[int, ...]], data: bytes, scopes: int, new: bool
) -> None:
    if not new:
        fields = [one[:2] for one in fields]
    number, make = (2, ipfix) if new else (0, v9)
    with suppress(NormaliseError):
        for event in read(make(flow_set(number, template(300, *fields)), flow_set(300, data))):
            assert event["event"]["dataset"] == "netflow.flow"
    options = struct.pack(">HHH", 301, len(fields), scopes) + specs(*fields)
    with suppress(NormaliseError):
        read(ipfix(flow_set(3, options), flow_set(301, data)))


@pytest.mark.corpus
def test_originals_of_the_corpus_give_their_events_again(corpus: Any) -> None:
    flows = 0
    for case in map(json.loads, (corpus / "corpus/beats/netflow/cases.jsonl").open()):
        with suppress(NormaliseError):
            for event in events(SOURCE, case["raw"]):
                assert "unmapped" not in event.get("vagt", {})
                if event["event"]["action"] == "netflow_flow":
                    (again,) = events(SOURCE, event["event"]["original"])
                    assert again["source"] == event["source"]
                    flows += 1
    assert flows > 200


def test_the_exporters_clock_is_the_events_time() -> None:
    (event,) = read(v5(v5_flow("10.0.0.5", "192.0.2.7")))
    assert event["@timestamp"] == "2026-11-22T10:15:00.000Z" and SECOND == 1_795_342_500
    assert event["event"]["duration"] == 5_000_000_000
