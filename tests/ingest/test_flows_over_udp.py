"""NetFlow and IPFIX over real UDP on loopback: every datagram goes on with what it needs to be read, whatever comes first."""

import socket
import struct
from collections.abc import Callable, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.flow_templates import Key, Templates
from normalise.envelope import normalise_raw
from normalise.registry import sources
from tests.flow_packets import FIELDS, flow, flow_set, ipfix, sampler, template, v5, v5_flow, v9
from tests.ingest.hands import Ingest, counted, wait_until
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError
from vagt.flow_export import data_sets, read_message, templates_of

RunIngest = Callable[..., Any]
PORT = {"port": 0, "tenant": "751"}
TEMPLATE = flow_set(0, template(260, *FIELDS))


def data(octets: int = 100, number: int = 260) -> bytes:
    """A set with one flow that is known by its octets."""
    return flow_set(number, flow("10.0.0.5", "192.0.2.7", octets=octets))


def send(ingest: Ingest, *datagrams: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for one in datagrams:
            sock.sendto(one, ("127.0.0.1", ingest.ports["netflow.0"]))


def events_of(logs: Sequence[RawLog]) -> list[Event]:
    """The events that normalise makes of them, each log read alone."""
    source = sources()["netflow.flow"]
    return [
        event
        for log in logs
        for event in normalise_raw(log, source, False, UTC, "2026-11-22T12:00:01.000Z", str)
        if event["event"]["action"] == "netflow_flow"
    ]


def octets(logs: Sequence[RawLog]) -> list[int]:
    return sorted(event["source"]["bytes"] for event in events_of(logs))


def test_datagrams_of_all_versions_become_events_each_read_alone(run_ingest: RunIngest) -> None:
    with run_ingest(netflow=[PORT]) as ingest:
        send(ingest, v9(TEMPLATE), v9(data(1)), v9(data(2)), v5(v5_flow("10.0.0.5", "192.0.2.7")))
        send(ingest, ipfix(flow_set(2, template(300, *FIELDS)), data(3, 300)))
        logs = ingest.wait(5)
    assert octets(logs) == [1, 2, 3, 100]
    for log in logs:
        assert (log.tenant, log.source, log.protocol, log.peer) == ("751", "netflow.flow", "netflow+udp", "127.0.0.1")
    assert all(event["observer"]["ip"] == ["127.0.0.1"] for event in events_of(logs))


def test_a_flow_that_comes_before_its_template_waits_for_it(run_ingest: RunIngest) -> None:
    with run_ingest(netflow=[PORT]) as ingest:
        send(ingest, v9(data(1)), v9(data(2)))
        wait_until(lambda: counted("vagt_ingest_netflow_held_bytes", listener="netflow.0") > 0, "held datagrams")
        assert ingest.logs() == []
        send(ingest, v9(TEMPLATE))
        logs = ingest.wait(3)
    assert octets(logs) == [1, 2]


def test_a_template_that_nobody_waits_for_costs_those_that_wait_nothing(
    run_ingest: RunIngest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    lacks = Templates.lacks

    def watched(self: Templates, key: Key, message: Any) -> Any:
        asked.append(1)
        return lacks(self, key, message)

    monkeypatch.setattr(Templates, "lacks", watched)
    with run_ingest(netflow=[PORT]) as ingest:
        send(ingest, *(v9(data(octets=100 + number)) for number in range(50)))
        send(ingest, *(v9(flow_set(0, template(number, *FIELDS))) for number in range(300, 340)))
        ingest.wait(40)
        assert len(asked) == 90
        send(ingest, v9(TEMPLATE))
        assert octets(ingest.wait(91)) == list(range(100, 150))


def test_a_restart_keeps_the_templates_and_the_sampling(run_ingest: RunIngest) -> None:
    with run_ingest(netflow=[PORT]) as ingest:
        send(ingest, v9(TEMPLATE, *sampler(interval=512)), v9(data(1)))
        ingest.wait(2)
    with run_ingest(netflow=[PORT]) as ingest:
        send(ingest, v9(data(2)))
        logs = ingest.wait(3)
    assert octets(logs) == [1, 2]
    assert [event["netflow"]["exporter"]["sampling_interval"] for event in events_of(logs)] == [512, 512]


def test_templates_are_on_the_disk_soon_after_they_came(run_ingest: RunIngest, tmp_path: Path) -> None:
    with run_ingest(netflow=[PORT]) as ingest:
        send(ingest, v9(TEMPLATE))
        file = tmp_path / "ingest" / "netflow" / "0.json"
        wait_until(file.exists, "templates on the disk, without a stop")
        assert len(orjson.loads(file.read_bytes())) == 1


def test_what_waits_too_long_goes_on_and_is_counted(run_ingest: RunIngest) -> None:
    before = counted("vagt_ingest_netflow_without_template_total", tenant="751")
    with run_ingest(netflow=[PORT | {"held_seconds": 0.1}]) as ingest:
        send(ingest, v9(data(1)))
        (log,) = ingest.wait(1)
    assert counted("vagt_ingest_netflow_without_template_total", tenant="751") == before + 1
    with pytest.raises(NormaliseError, match="template 260 is not known"):
        events_of([log])


def test_no_more_is_held_than_the_setting_says(run_ingest: RunIngest) -> None:
    with run_ingest(netflow=[PORT | {"max_held_bytes": 1200}]) as ingest:
        send(ingest, *[v9(data(number)) for number in range(1, 6)])  # some 550 bytes each, as they are held
        ingest.wait(3)
        send(ingest, v9(TEMPLATE))
        logs = ingest.wait(6)
    assert len([log for log in logs if log.body.startswith(b"+")]) == 2


def test_what_waits_when_ingest_stops_is_handed_over(run_ingest: RunIngest) -> None:
    with run_ingest(netflow=[PORT]) as ingest:
        send(ingest, v9(data(1)))
        wait_until(lambda: counted("vagt_ingest_netflow_held_bytes", listener="netflow.0") > 0, "a held datagram")
    assert [log.body for log in ingest.logs()] == [v9(data(1)).hex().encode()]


def test_the_network_says_whose_flows_they_are(run_ingest: RunIngest) -> None:
    networks = [{"network": "127.0.0.0/8", "tenant": "730"}]
    with run_ingest(netflow=[{"port": 0, "networks": networks}]) as ingest:
        send(ingest, v9(TEMPLATE), v9(data()))
        assert {log.tenant for log in ingest.wait(2)} == {"730"}
    before = counted("vagt_ingest_dropped_total", tenant="751", source="unknown", reason="network")
    with run_ingest(netflow=[PORT | {"networks": [{"network": "192.0.2.0/24", "tenant": "730"}]}]) as ingest:
        send(ingest, v9(TEMPLATE))
        wait_until(
            lambda: counted("vagt_ingest_dropped_total", tenant="751", source="unknown", reason="network") > before, "a drop"
        )


def test_what_is_no_export_message_goes_on_with_its_bytes(run_ingest: RunIngest) -> None:
    with run_ingest(netflow=[PORT]) as ingest:
        send(ingest, b"\x00\x07hello", v9(flow_set(0, template(260, *FIELDS)[:9])))
        logs = ingest.wait(2)
    for log in logs:
        with pytest.raises(NormaliseError):
            events_of([log])


def test_datagrams_that_did_not_arrive_are_counted(run_ingest: RunIngest) -> None:
    before = counted("vagt_ingest_netflow_missed_total", tenant="751")
    with run_ingest(netflow=[PORT]) as ingest:
        flows = [v5_flow("10.0.0.5", "192.0.2.7")] * 2
        send(ingest, v5(*flows, sequence=10), v5(*flows, sequence=12), v5(*flows, sequence=20), v5(*flows, sequence=5))
        ingest.wait(4)
    assert counted("vagt_ingest_netflow_missed_total", tenant="751") == before + 6


def test_exporters_that_came_and_went_do_not_end_the_watch_over_others(
    run_ingest: RunIngest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.netflow._MOST_EXPORTERS", 3)
    before = counted("vagt_ingest_netflow_missed_total", tenant="751")
    with run_ingest(netflow=[PORT]) as ingest:
        send(ingest, *(v9(TEMPLATE, sequence=1, domain=number) for number in range(10, 20)))
        send(ingest, v9(TEMPLATE, sequence=7), v9(TEMPLATE, sequence=10))
        ingest.wait(12)
    assert counted("vagt_ingest_netflow_missed_total", tenant="751") == before + 2


def test_datagrams_over_the_rate_are_dropped_and_counted(run_ingest: RunIngest) -> None:
    before = counted("vagt_ingest_dropped_total", tenant="751", source="netflow.flow", reason="rate")
    rate = {"logs_per_second": 0.001, "burst": 2}
    with run_ingest(netflow=[PORT | {"rate": rate}]) as ingest:
        send(ingest, *[v5(v5_flow("10.0.0.5", "192.0.2.7"))] * 4)
        ingest.wait(2)
        wait_until(
            lambda: counted("vagt_ingest_dropped_total", tenant="751", source="netflow.flow", reason="rate") == before + 2,
            "drops",
        )


KEY = Key("751", "192.0.2.1", 9, 1)


def test_of_too_many_templates_the_one_not_used_longest_goes(tmp_path: Path) -> None:
    known = Templates(2, tmp_path / "t.json")
    one, two, three = (read_message(v9(flow_set(0, template(number, (8, 4))))) for number in (300, 301, 302))
    known.learn(KEY, one)
    known.learn(KEY, two)
    known.context(KEY, read_message(v9(flow_set(300, bytes(4)))))
    known.learn(KEY, three)
    assert len(known) == 2
    assert known.lacks(KEY, read_message(v9(flow_set(301, bytes(4)))))
    assert not known.lacks(KEY, read_message(v9(flow_set(300, bytes(4)))))


def test_an_exporter_of_many_templates_takes_none_of_another_municipality(tmp_path: Path) -> None:
    known = Templates(4, tmp_path / "t.json")
    other = KEY._replace(tenant="730")
    known.learn(other, read_message(v9(TEMPLATE)))
    for number in range(300, 320):
        known.learn(KEY, read_message(v9(flow_set(0, template(number, (8, 4))))))
    known.save()
    for one in (known, Templates(4, tmp_path / "t.json")):
        assert len(one) == 4
        assert not one.lacks(other, read_message(v9(data())))
        lost = [number for number in range(300, 320) if one.lacks(KEY, read_message(v9(flow_set(number, bytes(4)))))]
        assert lost == list(range(300, 317))


def test_templates_of_other_exporters_domains_and_tenants_are_not_taken(tmp_path: Path) -> None:
    known = Templates(10, tmp_path / "t.json")
    known.learn(KEY, read_message(v9(TEMPLATE)))
    message = read_message(v9(data()))
    others = (KEY._replace(exporter="192.0.2.2"), KEY._replace(domain=2), KEY._replace(tenant="730"), KEY._replace(version=10))
    assert all(known.lacks(key, message) for key in others)


def test_templates_far_longer_than_their_data_are_not_put_before_it(tmp_path: Path) -> None:
    known = Templates(100, tmp_path / "t.json")
    numbers = range(300, 320)
    for number in numbers:
        known.learn(KEY, read_message(v9(flow_set(0, template(number, *((8, 4),) * 1500)))))
    assert known.context(KEY, read_message(v9(*(flow_set(number, bytes(4)) for number in numbers)))) == b""


def sampling_template(number: int) -> bytes:
    """An IPFIX options template of a sampler with 500 bytes beside."""
    fields = struct.pack(">HH", 302, 4) + struct.pack(">HH", 305, 4) + struct.pack(">HH", 82, 500)
    return flow_set(3, struct.pack(">HHH", number, 3, 1) + fields)


@pytest.mark.parametrize("samplers", [20, 400])
def test_an_exporter_with_many_samplers_gets_its_flows_through(tmp_path: Path, samplers: int) -> None:
    known, key = Templates(1000, tmp_path / "t.json"), KEY._replace(version=10)
    known.learn(key, read_message(ipfix(flow_set(2, template(260, *FIELDS)))))
    for number in range(300, 300 + samplers):
        known.learn(key, read_message(ipfix(sampling_template(number), flow_set(number, bytes(508)))))
    context = known.context(key, read_message(ipfix(data())))
    assert 508 < len(context) < 65_536
    assert {one.number for one in templates_of(read_message(context))} > {260}


def test_templates_of_the_greatest_length_together_fit_a_message(tmp_path: Path) -> None:
    known, key = Templates(100, tmp_path / "t.json"), KEY._replace(version=10)
    numbers = range(300, 311)
    for number in numbers:  # 11 templates of 5,956 bytes: 65,516 together
        known.learn(key, read_message(ipfix(flow_set(2, template(number, *((8, 4),) * 1488)))))
    known.context(key, read_message(ipfix(*(flow_set(number, bytes(4)) for number in numbers))))


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'[["751","a",9,1,"AA=="]]', b'[["751","a",9,"x","AA=="]]', b"7"])
def test_a_damaged_file_of_templates_is_begun_anew(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(content)
    known = Templates(10, path)
    assert len(known) == 0
    known.learn(KEY, read_message(v9(TEMPLATE)))
    known.save()
    assert len(Templates(10, path)) == 1


@given(
    st.one_of(
        st.binary(max_size=80),
        st.builds(lambda version, rest: bytes((0, version)) + rest, st.sampled_from([5, 9, 10]), st.binary(max_size=120)),
        st.builds(lambda number, rest: v9(flow_set(number, rest)), st.sampled_from([0, 1, 256, 260]), st.binary(max_size=80)),
        st.builds(lambda number, rest: ipfix(flow_set(number, rest)), st.sampled_from([2, 3, 256]), st.binary(max_size=80)),
    )
)
def test_any_datagram_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, datagram: bytes) -> None:
    known = Templates(10, tmp_path_factory.getbasetemp() / "any.json")
    known.learn(KEY, read_message(v9(TEMPLATE)))
    try:
        message = read_message(datagram)
        known.learn(KEY, message)
    except ValueError:
        return
    assert known.lacks(KEY, message) or message.version == 5 or known.context(KEY, message) or not data_sets(message)
