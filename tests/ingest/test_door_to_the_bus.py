"""The acceptor: durable first, then acknowledged; the spool while the bus is away; dead letters for what is too long."""

import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from hashlib import sha256
from pathlib import Path

import pytest

from ingest.acceptor import Acceptor
from ingest.letters import LongBody, long_log
from tests.ingest.hands import counted, log, raw_logs, records, wait_until
from vagt.bus.embedded import EmbeddedBus
from vagt.contracts.stage import Record
from vagt.errors import RejectedError, SettingsError
from vagt.settings.bus import BusSettings
from vagt.topics import DEAD, SOURCE_REPORTS

MakeAcceptor = Callable[..., Acceptor]


@pytest.fixture
def lost_bus(bus: EmbeddedBus) -> Callable[[bool], None]:
    """Takes the bus's folder away, and gives it back."""
    away = bus.folder.with_name("bus.away")

    def take(is_away: bool) -> None:
        if is_away:
            bus.close()
            bus.folder.rename(away)
            bus.folder.write_text("not a folder")
        else:
            bus.folder.unlink()
            away.rename(bus.folder)

    return take


def test_a_log_is_on_its_topic_once_it_is_acknowledged(make_acceptor: MakeAcceptor, bus: EmbeddedBus) -> None:
    sent = [log(b"one", "1"), log(b"two", "2", source=None), log(b"three", "3", tenant="730")]
    make_acceptor(bus).accept(sent).result(timeout=60)
    assert sorted(raw_logs(bus), key=lambda one: one.position) == sent
    assert [record.key for record in records(bus, "raw.751.unknown")] == [b"web01"]


def test_a_log_over_the_limit_becomes_a_dead_letter_with_its_head_length_and_hash(
    make_acceptor: MakeAcceptor, bus: EmbeddedBus
) -> None:
    body = os.urandom(1 << 20) + b"!"
    long = LongBody()
    long.add(b"y" * 100_000)
    before = counted("vagt_ingest_dead_letters_total", tenant="751", source="linux.auth", reason="too_long")
    make_acceptor(bus).accept([log(body, "big"), long_log(log(b"", "bigger"), long), log(b"small", "s")]).result(timeout=60)
    letters = {record.headers["position"]: record for record in records(bus, DEAD)}
    assert letters["big"].value == body[: 64 << 10]
    assert letters["big"].key == b"751,linux.auth"
    headers = letters["big"].headers
    assert (headers["stage"], headers["topic"], headers["length"]) == ("ingest", "raw.751.linux.auth", str(len(body)))
    assert headers["sha256"] == sha256(body).hexdigest()
    assert letters["bigger"].headers["length"] == "100000"
    assert [found.body for found in raw_logs(bus)] == [b"small"]
    assert counted("vagt_ingest_dead_letters_total", tenant="751", source="linux.auth", reason="too_long") == before + 2
    assert len(records(bus, SOURCE_REPORTS)) == 2


def test_logs_go_to_the_spool_while_the_bus_is_away_and_to_the_bus_when_it_is_back(
    make_acceptor: MakeAcceptor, bus: EmbeddedBus, lost_bus: Callable[[bool], None]
) -> None:
    acceptor = make_acceptor(bus)
    acceptor.accept([log(b"before", "0")]).result(timeout=60)
    lost_bus(True)
    acceptor._drop_producer()  # its open files would outlive the folder's move
    for number in range(5):
        acceptor.accept([log(b"during", str(number + 1))]).result(timeout=60)
    assert counted("vagt_ingest_bus_away") == 1
    lost_bus(False)
    acceptor.accept([log(b"after", "6")]).result(timeout=60)
    wait_until(lambda: len(raw_logs(bus)) == 7, "the spooled logs on the bus")
    assert [found.position for found in sorted(raw_logs(bus), key=lambda one: one.position)] == list("0123456")
    order = [record.headers["position"] for record in records(bus, "raw.751.linux.auth")]
    assert order == list("0123456")


def test_spooled_logs_survive_the_process(
    make_acceptor: MakeAcceptor, bus: EmbeddedBus, lost_bus: Callable[[bool], None], tmp_path: Path
) -> None:
    lost_bus(True)
    first = make_acceptor(bus)
    first.accept([log(b"spooled", "1")]).result(timeout=60)
    first.close()
    lost_bus(False)
    make_acceptor(bus)
    wait_until(lambda: [one.body for one in raw_logs(bus)] == [b"spooled"], "the spooled log on the bus")


def test_a_full_spool_refuses_so_that_senders_wait(
    make_acceptor: MakeAcceptor, bus: EmbeddedBus, lost_bus: Callable[[bool], None]
) -> None:
    lost_bus(True)
    acceptor = make_acceptor(bus, spool={"max_bytes": 300})
    acceptor.accept([log(b"x" * 20)]).result(timeout=60)
    with pytest.raises(RejectedError) as refused:
        acceptor.accept([log(b"x" * 300)]).result(timeout=60)
    assert refused.value.reason == "spool_full"


def test_more_than_may_be_pending_is_refused_and_the_rest_is_written(make_acceptor: MakeAcceptor, bus: EmbeddedBus) -> None:
    bus.ensure_topic("raw.751.linux.auth")
    holder = sqlite3.connect(bus.folder / "raw.751.linux.auth.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    acceptor = make_acceptor(bus, max_pending_bytes=1 << 20)
    waiting: list[Future[None]] = [acceptor.accept([log(b"x" * 600_000, str(number))]) for number in range(3)]
    assert isinstance(waiting[2].exception(timeout=60), RejectedError)
    holder.execute("ROLLBACK")
    holder.close()
    waiting[0].result(timeout=20)
    assert len(raw_logs(bus)) >= 1


def test_what_comes_while_closing_is_refused_and_what_came_before_is_written(
    make_acceptor: MakeAcceptor, bus: EmbeddedBus
) -> None:
    acceptor = make_acceptor(bus)
    before = acceptor.accept([log(b"in time")])
    acceptor.close()
    before.result(timeout=0)
    with pytest.raises(RejectedError, match="closing"):
        acceptor.accept([log(b"too late")]).result(timeout=1)


def test_a_tenant_that_no_topic_may_have_is_refused_at_once(make_acceptor: MakeAcceptor, bus: EmbeddedBus) -> None:
    with pytest.raises(SettingsError, match="tenant"):
        make_acceptor(bus).accept([log(b"x", tenant="../etc")])


def test_many_senders_share_few_flushes(make_acceptor: MakeAcceptor, tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path / "synced", BusSettings(fsync=True))
    acceptor = make_acceptor(bus)
    waiting = [acceptor.accept([log(b"x", str(number), peer=f"host{number % 50}")]) for number in range(2000)]
    for one in waiting:
        one.result(timeout=30)
    found: list[Record] = records(bus, "raw.751.linux.auth")
    assert len({record.timestamp for record in found}) < 400
    bus.close()


def test_a_damaged_topic_holds_up_no_other_and_its_logs_wait_for_it(make_acceptor: MakeAcceptor, bus: EmbeddedBus) -> None:
    theirs = bus.folder / "raw.730.linux.auth.db"
    theirs.write_bytes(b"this is no database " * 1000)
    acceptor = make_acceptor(bus)
    for number in range(5):
        pair = [log(b"theirs", f"t{number}", tenant="730"), log(b"ours", f"o{number}")]
        acceptor.accept(pair).result(timeout=60)
    ours = [record.headers["position"] for record in records(bus, "raw.751.linux.auth")]
    assert list(dict.fromkeys(ours)) == [f"o{number}" for number in range(5)]
    assert len(ours) <= 6, "only the batch that found the damage may be written once more"
    acceptor.close()

    assert [path.name.startswith(f"{theirs.name}.damaged-") for path in bus.put_damaged_aside()] == [True]
    make_acceptor(bus)
    wait_until(lambda: len(records(bus, "raw.730.linux.auth")) == 5, "what had waited")
    found = records(bus, "raw.730.linux.auth")
    assert [record.headers["position"] for record in found] == [f"t{number}" for number in range(5)]
