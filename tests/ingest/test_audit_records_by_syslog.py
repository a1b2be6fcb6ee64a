"""Records of the audit log that come by syslog one by one: those of one event are one log, of each sender alone."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import pytest

from ingest.audit_stream import RecordJoiner, read_message
from ingest.identity import Identity
from ingest.letters import Body, Log, LongBody
from ingest.syslog import Door, SyslogDatagrams
from tests.ingest.hands import NOON
from vagt.settings.ingest import IngestSettings, SyslogListener

RunIngest = Callable[..., Any]


def message(kind: str, serial: int, host: str = "srv01", second: int = 1795427702) -> bytes:
    return f"<14>Nov 22 10:05:02 {host} audisp-syslog: type={kind} msg=audit({second}.100:{serial}): x={serial}".encode()


def record(kind: str, serial: int, second: int = 1795427702) -> bytes:
    return f"type={kind} msg=audit({second}.100:{serial}): x={serial}".encode()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_records_are_joined_behind_the_first_header_when_the_last_one_came() -> None:
    joiner = RecordJoiner(Clock())
    assert joiner.add([message("SYSCALL", 1), message("SYSCALL", 2), message("PATH", 1)]) == []
    assert joiner.add([message("PROCTITLE", 1)]) == [
        b"\n".join([message("SYSCALL", 1), record("PATH", 1), record("PROCTITLE", 1)])
    ]
    assert joiner.drain() == [message("SYSCALL", 2)]


def test_what_is_no_record_and_what_comes_alone_pass_at_once() -> None:
    joiner, long = RecordJoiner(Clock()), LongBody()
    bodies: list[Body] = [b"<13>Nov 22 10:05:02 srv01 x: y", message("USER_LOGIN", 1), long]
    assert joiner.add(bodies) == bodies
    assert joiner.wait() is None


def test_machines_behind_one_relay_are_told_apart() -> None:
    joiner = RecordJoiner(Clock())
    joiner.add([message("SYSCALL", 1, "a"), message("SYSCALL", 1, "b")])
    assert len(joiner.drain()) == 2


def test_silence_and_a_younger_event_end_an_event() -> None:
    clock = Clock()
    joiner = RecordJoiner(clock)
    joiner.add([message("SYSCALL", 1)])
    clock.now = 1.5
    assert (joiner.wait(), joiner.due()) == (0.5, [])
    clock.now = 2.0
    assert joiner.due() == [message("SYSCALL", 1)]
    joiner.add([message("SYSCALL", 2, second=1000)])
    assert joiner.add([message("SYSCALL", 3, second=1002)]) == [message("SYSCALL", 2, second=1000)]


def test_what_is_held_is_bounded() -> None:
    joiner = RecordJoiner(Clock())
    ready = joiner.add([message("SYSCALL", serial) for serial in range(5000)])
    assert len(ready) + len(joiner.drain()) == 5000
    assert len(joiner.add([message("PATH", 1)] * 2000)) == 3


def test_bytes_that_are_held_are_bounded_and_none_is_lost() -> None:
    joiner = RecordJoiner(Clock(), most_bytes=10_000)
    sent = [message("SYSCALL", serial) + b"x" * 1000 for serial in range(100)]
    ready = joiner.add(sent)
    assert joiner.size <= 10_000
    assert ready + joiner.drain() == sent
    assert joiner.size == 0


def test_records_that_together_are_over_the_limit_stay_apart() -> None:
    joiner = RecordJoiner(Clock(), limit=300)
    found = [joiner.add([message("PATH", 1) + b"x" * 100]) for _ in range(4)]
    bodies = [one for some in (*found, joiner.drain()) for one in some if isinstance(one, bytes)]
    assert max(map(len, bodies)) <= 300
    assert sum(one.count(b"type=PATH") for one in bodies) == 4


def udp_listener() -> tuple[SyslogDatagrams, list[Log]]:
    accepted: list[Log] = []

    def accept(logs: Sequence[Log]) -> "Future[None]":
        accepted.extend(logs)
        done: Future[None] = Future()
        done.set_result(None)
        return done

    door = Door("syslog.0", accept, lambda: NOON, IngestSettings())
    listener = SyslogListener(protocol="udp", port=0, join="auditd")
    return SyslogDatagrams(door, listener, Identity("751", None)), accepted


def test_many_senders_hold_no_more_than_one_listener_may_and_nothing_is_lost() -> None:
    async def run() -> None:
        datagrams, accepted = udp_listener()
        for number in range(1500):
            datagrams.datagram_received(message("SYSCALL", number) + b"x" * 60_000, (f"192.0.2.{number % 250}", 514))
        assert sum(joiner.size for joiner in datagrams._joiners.values()) <= 64 << 20
        datagrams.close()
        await asyncio.sleep(0)
        assert len(accepted) == 1500

    asyncio.run(run())


def test_a_datagram_costs_the_same_however_many_senders_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        datagrams, _ = udp_listener()
        for number in range(200):
            datagrams.datagram_received(message("SYSCALL", number), (f"192.0.2.{number}", 514))
        asked: list[RecordJoiner] = []
        monkeypatch.setattr(RecordJoiner, "wait", lambda joiner: asked.append(joiner))
        datagrams.datagram_received(message("SYSCALL", 999), ("192.0.2.1", 514))
        assert len(asked) < 5

    asyncio.run(run())


SENDERS = [
    (b"<86>1 2026-11-22T09:05:04Z srv02 audisp-syslog 812 - - type=PATH msg=audit(1.1:2): x", b"srv02 audisp-syslog 812 - -"),
    (b"Nov 22 10:05:02 srv02 audispd: node=n type=PATH msg=audit(1.1:2): x", b"srv02 audispd:"),
    (b"type=PATH msg=audit(1.1:2): x", b""),
]


@pytest.mark.parametrize(("body", "sender"), SENDERS, ids=["rfc 5424", "rfc 3164", "bare"])
def test_the_header_says_the_machine(body: bytes, sender: bytes) -> None:
    found = read_message(body)
    assert found is not None and found[0] == sender
    assert body[found[2] :].startswith((b"type=", b"node="))


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_listener_joins_where_it_is_told_to(run_ingest: RunIngest, protocol: str) -> None:
    sent = [message("SYSCALL", 1), message("SYSCALL", 2), message("PROCTITLE", 1)]
    with run_ingest(syslog=[{"protocol": protocol, "port": 0, "tenant": "751", "join": "auditd"}]) as ingest:
        kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
        with socket.socket(socket.AF_INET, kind) as sock:
            sock.connect(("127.0.0.1", ingest.ports["syslog.0"]))
            for one in sent:
                sock.sendall(one + b"\n")
                time.sleep(0.02)
            bodies = ingest.bodies(2)  # the second event ends by silence while the connection is open
    assert set(bodies) == {message("SYSCALL", 1) + b"\n" + record("PROCTITLE", 1), message("SYSCALL", 2)}


def test_a_connection_that_ends_gives_what_is_held(run_ingest: RunIngest) -> None:
    with run_ingest(syslog=[{"protocol": "tcp", "port": 0, "tenant": "751", "join": "auditd"}]) as ingest:
        ingest.send("syslog.0", message("SYSCALL", 1) + b"\n", message("CWD", 1) + b"\n")
        assert ingest.bodies(1) == [message("SYSCALL", 1) + b"\n" + record("CWD", 1)]
