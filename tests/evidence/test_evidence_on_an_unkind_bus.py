"""The stage on a bus that redelivers, moves partitions and stops it between output and commit."""

from pathlib import Path

from sqlalchemy import func, select

from evidence.app import build_evidence
from evidence.entries import KINDS
from evidence.tables import ledger_entries
from evidence.verify import verify
from tests.evidence.records import change_record, finding_record
from tests.unkind_bus import UnkindBus, run_until_drained
from vagt.context import Context
from vagt.contracts.stage import Message


def test_every_record_is_in_the_ledger_once_and_the_ledger_holds(context: Context, tmp_path: Path) -> None:
    bus = UnkindBus(tmp_path / "bus", seed=5)
    producer = bus.producer()
    for number in range(40):
        for record in (finding_record(number), change_record("audit", number, f"key{number}")):
            producer.send(Message(record.topic, str(number).encode(), record.value))
    producer.flush()
    for topic in KINDS:
        bus.ensure_topic(topic)
    stops = run_until_drained(bus, lambda: build_evidence(context), context.clock, context.state, ["findings", "audit"])
    with context.state.read() as connection:
        rows = connection.execute(select(ledger_entries.c.kind, func.count()).group_by(ledger_entries.c.kind)).all()
    counts = {row[0]: row[1] for row in rows}
    assert counts == {"finding": 40, "audit": 40}
    assert stops > 0
    assert verify(context.state, context.data_dir).ok
    producer.close()
    bus.close()
