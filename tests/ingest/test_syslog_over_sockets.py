"""Syslog over real sockets on loopback: UDP, TCP and TLS with client certificates, and what is done to those who misbehave."""

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.ingest.hands import counted, records, wait_until
from vagt.topics import DEAD

RunIngest = Callable[..., Any]
TCP = {"protocol": "tcp", "port": 0, "tenant": "751"}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls_listener(authority: trustme.CA, tmp_path: Path) -> dict[str, Any]:
    """Settings of a TLS listener with a certificate for 127.0.0.1."""
    return {
        "protocol": "tls",
        "port": 0,
        "tls": server_files(authority, tmp_path),
        "clients": [{"common_name": "fw01.example.dk", "tenant": "751"}, {"san": "fw02.example.dk", "tenant": "730"}],
    }


def server_files(authority: trustme.CA, folder: Path) -> dict[str, str]:
    issued = authority.issue_cert("127.0.0.1", "localhost")
    issued.private_key_pem.write_to_path(folder / "server.key")
    (folder / "server.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return {
        name: str(folder / file)
        for name, file in (("certificate", "server.pem"), ("key", "server.key"), ("client_ca", "ca.pem"))
    }


def client_context(authority: trustme.CA, name: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if name is not None:
        authority.issue_cert(name, common_name=name).configure_cert(context)
    return context


def send_tls(port: int, context: ssl.SSLContext, data: bytes) -> None:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as sock,
    ):
        sock.sendall(data)
        time.sleep(0.05)


def test_tcp_messages_arrive_byte_for_byte_with_tenant_and_peer(run_ingest: RunIngest) -> None:
    with run_ingest(syslog=[TCP | {"source": "fortinet.fortigate"}]) as ingest:
        ingest.send("syslog.0", b"<13>date=2026-11-22 \xe6\xf8\xe5\n<13>se", b"cond\r\n")
        found = ingest.wait(2)
    assert [one.body for one in found] == [b"<13>date=2026-11-22 \xe6\xf8\xe5", b"<13>second"]
    assert {(one.tenant, one.source, one.protocol, one.peer) for one in found} == {
        ("751", "fortinet.fortigate", "syslog+tcp", "127.0.0.1")
    }
    assert len({one.position for one in found}) == 2


def test_counted_messages_may_hold_line_ends(run_ingest: RunIngest) -> None:
    with run_ingest(syslog=[TCP]) as ingest:
        ingest.send("syslog.0", b"9 <13>a\nb\nc6 <13>de")
        assert sorted(ingest.bodies(2)) == [b"<13>a\nb\nc", b"<13>de"]


def test_a_datagram_is_a_message(run_ingest: RunIngest) -> None:
    with run_ingest(syslog=[{"protocol": "udp", "port": 0}]) as ingest, socket.socket(type=socket.SOCK_DGRAM) as sock:
        for number in range(50):
            sock.sendto(b"<13>line %d\nmore\n" % number, ("127.0.0.1", ingest.ports["syslog.0"]))
        found = ingest.wait(50)
    assert {one.body for one in found} == {b"<13>line %d\nmore" % number for number in range(50)}
    assert {(one.tenant, one.protocol) for one in found} == {("unit", "syslog+udp")}


def test_the_network_says_the_tenant_and_strangers_are_not_heard(run_ingest: RunIngest) -> None:
    known = {"networks": [{"network": "127.0.0.0/8", "tenant": "730"}]}
    strange = {"networks": [{"network": "192.0.2.0/24", "tenant": "730"}]}
    before = counted("vagt_ingest_refused_total", listener="syslog.1", reason="network")
    with run_ingest(syslog=[TCP | known, TCP | strange]) as ingest:
        ingest.send("syslog.1", b"<13>stranger\n")
        ingest.send("syslog.0", b"<13>friend\n")
        assert [(one.tenant, one.body) for one in ingest.wait(1)] == [("730", b"<13>friend")]
        wait_until(
            lambda: counted("vagt_ingest_refused_total", listener="syslog.1", reason="network") == before + 1, "the refusal"
        )


def test_a_ten_megabyte_line_becomes_a_dead_letter_and_the_next_line_arrives(run_ingest: RunIngest) -> None:
    line = b"<13>" + b"z" * (10 << 20)
    with run_ingest(syslog=[TCP]) as ingest:
        ingest.send("syslog.0", line, b"\n<13>next\n")
        assert ingest.bodies(1) == [b"<13>next"]
        wait_until(lambda: bool(records(ingest.bus, DEAD)), "the dead letter")
        letter = records(ingest.bus, DEAD)[0]
    assert (letter.headers["length"], letter.headers["sha256"]) == (str(len(line)), sha256(line).hexdigest())


def test_a_slow_sender_is_cut_off_and_others_are_served(run_ingest: RunIngest) -> None:
    before = counted("vagt_ingest_refused_total", listener="syslog.0", reason="frame_timeout")
    dropped = counted("vagt_ingest_dropped_total", tenant="751", source="unknown", reason="truncated")
    with (
        run_ingest(syslog=[TCP | {"frame_seconds": 0.3}]) as ingest,
        socket.create_connection(("127.0.0.1", ingest.ports["syslog.0"])) as slow,
    ):
        slow.settimeout(10)
        slow.sendall(b"<13>never")
        ingest.send("syslog.0", b"<13>quick\n")
        assert ingest.bodies(1) == [b"<13>quick"]
        assert slow.recv(1) == b""
    assert counted("vagt_ingest_refused_total", listener="syslog.0", reason="frame_timeout") == before + 1
    assert counted("vagt_ingest_dropped_total", tenant="751", source="unknown", reason="truncated") == dropped + 1


def test_connections_over_the_limit_are_refused(run_ingest: RunIngest) -> None:
    with run_ingest(syslog=[TCP | {"max_connections": 2}]) as ingest:
        address = ("127.0.0.1", ingest.ports["syslog.0"])
        with socket.create_connection(address) as first, socket.create_connection(address):
            first.sendall(b"<13>one\n")
            ingest.wait(1)
            with socket.create_connection(address) as third:
                third.settimeout(5)
                assert third.recv(1) == b""
            first.sendall(b"<13>two\n")
            ingest.wait(2)


def test_a_tcp_sender_over_its_rate_is_slowed_and_loses_nothing(run_ingest: RunIngest) -> None:
    start = time.monotonic()
    with run_ingest(syslog=[TCP | {"rate": {"logs_per_second": 500, "burst": 10}}]) as ingest:
        for _ in range(5):
            ingest.send("syslog.0", b"".join(b"<13>%d\n" % number for number in range(50)))
        ingest.wait(250)
    assert time.monotonic() - start > 0.3


def test_a_tcp_sender_waits_while_nobody_can_accept_and_loses_nothing(run_ingest: RunIngest) -> None:
    before = counted("vagt_ingest_refused_total", listener="syslog.0", reason="spool_full")
    with run_ingest(syslog=[TCP], spool={"max_bytes": 0}, retry_seconds=0.1) as ingest:
        folder = ingest.bus.folder
        folder.rename(folder.with_name("away"))
        folder.write_text("not a folder")
        ingest.send("syslog.0", b"".join(b"<13>line %d\n" % number for number in range(1000)))
        wait_until(
            lambda: counted("vagt_ingest_refused_total", listener="syslog.0", reason="spool_full") > before + 1, "a refusal"
        )
        folder.unlink()
        folder.with_name("away").rename(folder)
        assert len(set(ingest.bodies(1000))) == 1000


def test_what_was_read_and_waits_for_its_rate_is_handed_over_when_ingest_stops(run_ingest: RunIngest) -> None:
    slow = {"rate": {"logs_per_second": 1, "burst": 1}}
    with run_ingest(syslog=[TCP | slow]) as ingest:
        ingest.send("syslog.0", b"".join(b"<13>line %d\n" % number for number in range(50)))
        time.sleep(0.5)
    assert len(ingest.logs()) == 50


def test_what_was_read_and_nobody_can_accept_when_ingest_stops_is_counted(run_ingest: RunIngest) -> None:
    with run_ingest(syslog=[TCP | {"tenant": "730"}], spool={"max_bytes": 0}, retry_seconds=1) as ingest:
        before = counted("vagt_ingest_dropped_total", tenant="730", source="unknown", reason="spool_full")
        refused = counted("vagt_ingest_refused_total", listener="syslog.0", reason="spool_full")
        ingest.bus.folder.rename(ingest.bus.folder.with_name("away"))
        ingest.bus.folder.write_text("not a folder")
        ingest.send("syslog.0", b"<13>one\n<13>two\n")
        wait_until(
            lambda: counted("vagt_ingest_refused_total", listener="syslog.0", reason="spool_full") > refused, "a refusal"
        )
    assert counted("vagt_ingest_dropped_total", tenant="730", source="unknown", reason="spool_full") == before + 2


def test_datagrams_that_nobody_can_accept_are_counted_as_drops(run_ingest: RunIngest) -> None:
    before = counted("vagt_ingest_dropped_total", tenant="730", source="cisco.asa", reason="spool_full")
    listener = {"protocol": "udp", "port": 0, "tenant": "730", "source": "cisco.asa"}
    with (
        run_ingest(syslog=[listener], spool={"max_bytes": 0}) as ingest,
        socket.socket(type=socket.SOCK_DGRAM) as sock,
    ):
        ingest.bus.folder.rename(ingest.bus.folder.with_name("away"))
        ingest.bus.folder.write_text("not a folder")
        for _ in range(10):
            sock.sendto(b"<13>x", ("127.0.0.1", ingest.ports["syslog.0"]))
        wait_until(
            lambda: counted("vagt_ingest_dropped_total", tenant="730", source="cisco.asa", reason="spool_full") == before + 10,
            "ten drops",
        )


def test_datagrams_over_the_rate_are_counted_as_drops(run_ingest: RunIngest) -> None:
    before = counted("vagt_ingest_dropped_total", tenant="751", source="linux.auth", reason="rate")
    listener = {"protocol": "udp", "port": 0, "tenant": "751", "source": "linux.auth"}
    with (
        run_ingest(syslog=[listener | {"rate": {"logs_per_second": 0.001, "burst": 5}}]) as ingest,
        socket.socket(type=socket.SOCK_DGRAM) as sock,
    ):
        for _ in range(20):
            sock.sendto(b"<13>x", ("127.0.0.1", ingest.ports["syslog.0"]))
        wait_until(
            lambda: counted("vagt_ingest_dropped_total", tenant="751", source="linux.auth", reason="rate") == before + 15,
            "fifteen drops",
        )
        assert len(ingest.wait(5)) == 5


@pytest.mark.parametrize(("name", "tenant"), [("fw01.example.dk", "751"), ("fw02.example.dk", "730")])
def test_the_client_certificate_says_the_tenant(
    run_ingest: RunIngest, tls_listener: dict[str, Any], authority: trustme.CA, name: str, tenant: str
) -> None:
    with run_ingest(syslog=[tls_listener]) as ingest:
        send_tls(ingest.ports["syslog.0"], client_context(authority, name), b"6 <13>ab")
        found = ingest.wait(1)[0]
    assert (found.tenant, found.protocol, found.body) == (tenant, "syslog+tls", b"<13>ab")
    assert f"CN={name}" in found.subject


def test_a_fingerprint_says_the_tenant(run_ingest: RunIngest, tls_listener: dict[str, Any], authority: trustme.CA) -> None:
    issued = authority.issue_cert("fw03.example.dk")
    encoded = ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())
    client = {"fingerprint": sha256(encoded).hexdigest(), "tenant": "730"}
    context = client_context(authority, None)
    issued.configure_cert(context)
    with run_ingest(syslog=[tls_listener | {"clients": [client]}]) as ingest:
        send_tls(ingest.ports["syslog.0"], context, b"<13>ab\n")
        assert ingest.wait(1)[0].tenant == "730"


def test_a_certificate_of_no_tenant_is_refused(
    run_ingest: RunIngest, tls_listener: dict[str, Any], authority: trustme.CA
) -> None:
    before = counted("vagt_ingest_refused_total", listener="syslog.0", reason="unknown_certificate")
    with run_ingest(syslog=[tls_listener]) as ingest:
        send_tls(ingest.ports["syslog.0"], client_context(authority, "stranger.example.dk"), b"6 <13>ab")
        wait_until(
            lambda: counted("vagt_ingest_refused_total", listener="syslog.0", reason="unknown_certificate") == before + 1,
            "the refusal",
        )
        assert ingest.logs() == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("fault", ["no certificate", "other authority", "no TLS", "half a handshake", "old TLS"])
def test_a_faulty_handshake_is_counted_and_others_are_served(
    run_ingest: RunIngest, tls_listener: dict[str, Any], authority: trustme.CA, fault: str
) -> None:
    def refusals() -> float:
        reasons = ("handshake", "certificate", "handshake_timeout")
        return sum(counted("vagt_ingest_refused_total", listener="syslog.0", reason=reason) for reason in reasons)

    before = refusals()
    with run_ingest(syslog=[tls_listener | {"handshake_seconds": 0.5}]) as ingest:
        port = ingest.ports["syslog.0"]
        if fault in ("no TLS", "half a handshake"):
            sock = socket.create_connection(("127.0.0.1", port))
            sock.sendall(b"<13>plain text\n" if fault == "no TLS" else b"\x16\x03\x01")
        else:
            context = client_context(authority, None if fault == "no certificate" else "fw01.example.dk")
            if fault == "other authority":
                trustme.CA().issue_cert("fw01.example.dk", common_name="fw01.example.dk").configure_cert(context)
            if fault == "old TLS":
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
            with suppress(ssl.SSLError, ConnectionError):  # TLS 1.3 lets a client send before it is told no
                send_tls(port, context, b"6 <13>ab")
            sock = socket.socket()
        wait_until(lambda: refusals() > before, "the refusal")
        sock.close()
        send_tls(port, client_context(authority, "fw01.example.dk"), b"6 <13>cd")
        assert ingest.bodies(1) == [b"<13>cd"]


def test_a_renewed_certificate_is_served_without_a_restart(
    run_ingest: RunIngest, tls_listener: dict[str, Any], authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.listening._LOOK_SECONDS", 0.0)
    with run_ingest(syslog=[tls_listener]) as ingest:
        port = ingest.ports["syslog.0"]
        send_tls(port, client_context(authority, "fw01.example.dk"), b"6 <13>ab")
        ingest.wait(1)
        (tmp_path / "server.pem").write_text("half written")
        send_tls(port, client_context(authority, "fw01.example.dk"), b"6 <13>cd")
        ingest.wait(2)
        other = trustme.CA()
        server_files(other, tmp_path)
        (tmp_path / "ca.pem").write_bytes(authority.cert_pem.bytes())
        context = client_context(authority, "fw01.example.dk")
        other.configure_trust(context)
        send_tls(port, context, b"6 <13>ef")
        with pytest.raises(ssl.SSLCertVerificationError):
            send_tls(port, client_context(authority, "fw01.example.dk"), b"6 <13>gh")
        assert len(ingest.wait(3)) == 3
