"""GELF over real sockets and by hand: chunks, compression, NUL, tenants; and what is done to those who misbehave."""

import gzip
import socket
import zlib
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.framing import FrameDecoder
from ingest.gelf import Assembly, unpack
from ingest.identity import Identity
from ingest.letters import Body, LongBody
from tests.ingest.hands import counted, records, wait_until
from vagt.errors import RejectedError
from vagt.settings.ingest import GelfListener
from vagt.topics import DEAD

RunIngest = Callable[..., Any]
UDP = {"protocol": "udp", "port": 0, "tenant": "751"}
BODY = b'{"version":"1.1","host":"web01","short_message":"hello"}'
SENDER = Identity("751", None)
LISTENER = GelfListener(protocol="udp", port=0, max_chunked_messages=8)


def chunks(data: bytes, size: int, name: bytes = b"12345678") -> list[bytes]:
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    return [b"\x1e\x0f" + name + bytes((number, len(parts))) + part for number, part in enumerate(parts)]


def send(ports: dict[str, int], datagrams: Iterator[bytes] | list[bytes]) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        for one in datagrams:
            sock.sendto(one, ("127.0.0.1", ports["gelf.0"]))


def test_datagrams_plain_packed_and_in_chunks_are_the_same_message(run_ingest: RunIngest) -> None:
    packed = [BODY, zlib.compress(BODY), gzip.compress(BODY), *chunks(BODY, 20), *chunks(gzip.compress(BODY), 30, b"another.")]
    with run_ingest(syslog=[], gelf=[UDP]) as ingest:
        send(ingest.ports, packed)
        found = ingest.wait(5)
    assert {one.body for one in found} == {BODY}
    assert {(one.tenant, one.protocol, one.peer, one.source) for one in found} == {("751", "gelf+udp", "127.0.0.1", None)}


def test_over_tcp_a_nul_ends_each_message(run_ingest: RunIngest) -> None:
    with run_ingest(syslog=[], gelf=[{"protocol": "tcp", "port": 0, "source": "gelf.generic"}]) as ingest:
        ingest.send("gelf.0", BODY + b"\0" + b'{"short_', b'message":"a\\nb\n"}\0\n\0', b'{"last":1}')
        found = ingest.wait(3)
    assert [one.body for one in found] == [BODY, b'{"short_message":"a\\nb\n"}', b'{"last":1}']
    assert {(one.source, one.protocol) for one in found} == {("gelf.generic", "gelf+tcp")}


def test_strangers_are_not_heard_and_counted(run_ingest: RunIngest) -> None:
    before = counted("vagt_ingest_dropped_total", tenant="unit", source="unknown", reason="network")
    networks = [{"network": "192.0.2.0/24", "tenant": "730"}]
    with run_ingest(syslog=[], gelf=[{"protocol": "udp", "port": 0, "networks": networks}]) as one:
        send(one.ports, [BODY])
        wait_until(
            lambda: counted("vagt_ingest_dropped_total", tenant="unit", source="unknown", reason="network") == before + 1,
            "the drop",
        )


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [(zlib.compress(BODY)[:-9], "compression"), (b"\x1f\x8bnonsense", "compression"), (b"\x1e\x0fshort", "chunk")],
)
def test_what_cannot_be_read_is_a_counted_drop(run_ingest: RunIngest, datagram: bytes, reason: str) -> None:
    before = counted("vagt_ingest_dropped_total", tenant="751", source="unknown", reason=reason)
    with run_ingest(syslog=[], gelf=[UDP]) as ingest:
        send(ingest.ports, [datagram, BODY])
        assert ingest.bodies(1) == [BODY]
    assert counted("vagt_ingest_dropped_total", tenant="751", source="unknown", reason=reason) == before + 1


def test_chunks_that_do_not_all_come_are_counted_when_their_time_is_over(run_ingest: RunIngest) -> None:
    before = counted("vagt_ingest_dropped_total", tenant="751", source="unknown", reason="chunks_late")
    with run_ingest(syslog=[], gelf=[UDP | {"chunk_seconds": 0.1}]) as ingest:
        send(ingest.ports, chunks(BODY, 20)[1:])
        wait_until(
            lambda: counted("vagt_ingest_dropped_total", tenant="751", source="unknown", reason="chunks_late") == before + 1,
            "the drop",
        )


def test_a_message_over_the_limit_becomes_a_dead_letter(run_ingest: RunIngest) -> None:
    with run_ingest(syslog=[], gelf=[UDP], max_log_bytes=2048) as ingest:
        send(ingest.ports, [gzip.compress(b"x" * 5000)])
        wait_until(lambda: len(records(ingest.bus, DEAD)) == 1, "the dead letter")


def test_a_packed_bomb_is_refused_early() -> None:
    with pytest.raises(RejectedError, match="unpacks"):
        unpack(gzip.compress(b"\0" * 50_000_000), 1 << 20)
    assert isinstance(unpack(gzip.compress(b"x" * 3000), 1024), LongBody)


def test_what_is_over_the_rate_is_not_unpacked(run_ingest: RunIngest, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[bytes] = []

    def watched(data: bytes, limit: int) -> Body:
        unpacked.append(data)
        return unpack(data, limit)

    monkeypatch.setattr("ingest.gelf.unpack", watched)
    before = counted("vagt_ingest_dropped_total", tenant="751", source="unknown", reason="rate")
    rate = {"logs_per_second": 0.001, "burst": 2}
    with run_ingest(gelf=[{"protocol": "udp", "port": 0, "tenant": "751", "rate": rate}]) as ingest:
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            for _ in range(5):
                sock.sendto(gzip.compress(BODY), ("127.0.0.1", ingest.ports["gelf.0"]))
        wait_until(
            lambda: counted("vagt_ingest_dropped_total", tenant="751", source="unknown", reason="rate") == before + 3, "drops"
        )
    assert len(unpacked) == 2


def test_chunks_come_in_any_order_and_twice() -> None:
    for order in permutations(chunks(BODY, 15)):
        assembly = Assembly(LISTENER)
        found = [assembly.add(one, "a", SENDER, 0) for one in (order[0], *order)]
        assert [one for one in found if one is not None] == [BODY]
        assert len(assembly) == 0


def test_one_sender_may_not_fill_what_is_waited_for() -> None:
    assembly = Assembly(LISTENER)
    for number in range(2):
        assembly.add(chunks(BODY, 15, b"message%d" % number)[0], "a", SENDER, 0)
    with pytest.raises(RejectedError, match="too many"):
        assembly.add(chunks(BODY, 15, b"message9")[0], "a", SENDER, 0)
    assembly.add(chunks(BODY, 15, b"message9")[0], "b", SENDER, 0)
    assert assembly.expire(4.9) == []
    assert assembly.expire(5) == [SENDER] * 3
    assembly.add(chunks(BODY, 15, b"message9")[0], "a", SENDER, 6)


def test_chunks_hold_no_more_bytes_than_the_settings_say() -> None:
    assembly = Assembly(GelfListener(protocol="udp", port=0, max_chunked_bytes=1 << 16))
    with pytest.raises(RejectedError, match="bytes"):
        for number in range(9):
            assembly.add(chunks(b"x" * 20_000, 10_000, b"message%d" % number)[0], f"192.0.2.{number}", SENDER, 0)
    assert len(assembly) == 6


def test_one_sender_may_not_fill_the_bytes_that_are_waited_for() -> None:
    assembly = Assembly(GelfListener(protocol="udp", port=0, max_chunked_bytes=1 << 18))
    with pytest.raises(RejectedError, match="bytes"):
        for number in range(9):
            assembly.add(chunks(b"x" * 40_000, 20_000, b"message%d" % number)[0], "a", SENDER, 0)
    assert len(assembly) == 3
    assembly.add(chunks(b"x" * 40_000, 20_000)[0], "b", SENDER, 0)


@given(
    st.lists(
        st.tuples(st.binary(min_size=2, max_size=2), st.integers(0, 130), st.integers(0, 130), st.binary(max_size=9)),
        max_size=60,
    )
)
def test_no_chunks_break_the_count_of_what_is_held(sent: list[tuple[bytes, int, int, bytes]]) -> None:
    assembly = Assembly(LISTENER)
    for name, number, count, content in sent:
        try:
            assembly.add(b"\x1e\x0f" + name * 4 + bytes((number, count)) + content, name.decode("latin-1"), SENDER, 0)
        except RejectedError:
            continue
    assembly.expire(10)
    assert (len(assembly), assembly._size, assembly._held) == (0, 0, {})


def test_a_stream_is_cut_at_nul_wherever_its_bytes_are_parted() -> None:
    stream = BODY + b"\0\0" + b'{"a":"1\n2"}\r\n\0' + b"x"
    for at in range(len(stream)):
        decoder = FrameDecoder(1000, 1 << 20, "nul")
        found = [*decoder.feed(stream[:at]), *decoder.feed(stream[at:]), decoder.finish()]
        assert found == [BODY, b'{"a":"1\n2"}', b"x"]
