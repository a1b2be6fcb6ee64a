"""The records of one audit event joined: lines `type=… msg=audit(TIME:SERIAL): …` whose time and serial number are alike.

Records of events of several processors lie between each other. When an event is whole shows in the lines alone, so that a
file that is read again from the same place gives the same logs: its PROCTITLE or EOE came (the kernel's last ones), it is
of a kind that comes alone, a line came that is two seconds younger, or it is over a bound. Only silence is told by the clock.
"""

from typing import NamedTuple

from ingest.lines import Line
from vagt.topics import MAX_RECORD_BYTES

OLDER_SECONDS = 2  # libauparse's limit too
MOST_RECORDS = 512  # of one event
_MOST_LINES = 4096  # between two places where no event is open
MOST_BYTES = 192 << 10
# messages of programs (types 1100 to 1299 and 2100 to 2999 of audit-records.h): one record each
ALONE = (
    *(b"USER_", b"CRED_", b"SERVICE_", b"SYSTEM_", b"ADD_", b"DEL_", b"GRP_", b"ACCT_", b"ROLE_", b"CHGRP_", b"CHUSER_"),
    *(b"DAEMON_", b"VIRT_", b"CRYPTO_", b"SOFTWARE_", b"USYS_", b"DEV_", b"RESP_", b"TEST", b"TRUSTED_APP", b"LABEL_"),
)
LAST = (b"PROCTITLE", b"EOE")


class Record(NamedTuple):
    """What a line says of itself: the machine (`node=`, where lines have it), the event, its type, and its whole second."""

    node: bytes
    event: bytes
    kind: bytes
    second: int


def read_record(line: bytes) -> Record | None:
    """None for a line that is no audit record."""
    if not line.startswith((b"type=", b"node=")):
        return None
    node, found, rest = line.partition(b"type=")
    kind, _, rest = rest.partition(b" ")
    if not found or not rest.startswith(b"msg=audit("):
        return None
    stamp, closed, _ = rest[10:90].partition(b")")
    second = stamp.partition(b":")[0].partition(b".")[0]
    if not closed or not second.isdigit() or len(second) > 12:
        return None
    return Record(node, node + stamp, kind, int(second))


class _Joining:
    """The events begun since the last place where none was open, in the order of their first lines."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.joined: list[Line] = []
        self.begun: list[list[Line]] = []
        self.open: dict[bytes, tuple[Record, list[Line]]] = {}
        self._sizes: dict[bytes, int] = {}  # of the open events
        self._youngest: dict[bytes, int] = {}
        self._count = 0

    def add(self, line: Line) -> None:
        record = read_record(line.body)
        if record is not None and record.second > self._youngest.get(record.node, 0):
            self._close_older(record)
        if not self.open:
            self.cut()
        self._count += 1
        if record is None:
            self.begun.append([line])
        else:
            self._youngest[record.node] = max(record.second, self._youngest.get(record.node, 0))
            self._add_record(line, record)
        if self._count >= _MOST_LINES or line.end - self.begun[0][0].start >= MOST_BYTES:
            self.cut()

    def _add_record(self, line: Line, record: Record) -> None:
        _, lines = self.open.get(record.event, (record, None))
        size = self._sizes.get(record.event, 0) + len(line.body) + 1
        if lines is None or size > self._limit:
            lines, size = [], len(line.body) + 1
            self.begun.append(lines)
            self.open.pop(record.event, None)
            if not record.kind.startswith(ALONE):
                self.open[record.event] = record, lines
        lines.append(line)
        self._sizes[record.event] = size
        if record.kind in LAST or len(lines) >= MOST_RECORDS:
            self._close(record.event)

    def _close(self, event: bytes) -> None:
        self.open.pop(event, None)
        self._sizes.pop(event, None)

    def _close_older(self, younger: Record) -> None:
        oldest = younger.second - OLDER_SECONDS
        for event, (record, _) in list(self.open.items()):
            if record.second <= oldest and record.node == younger.node:
                self._close(event)

    def cut(self) -> None:
        """What was begun is given as it is; what comes next is read as if nothing had been before."""
        self.joined += map(_joined, self.begun)
        self.begun.clear()
        self.open.clear()
        self._sizes.clear()
        self._youngest.clear()
        self._count = 0


def join_records(lines: list[Line], *, is_whole: bool, limit: int = MAX_RECORD_BYTES) -> tuple[list[Line], int | None]:
    """(joined logs, where what is held back begins or None). A log stands where its first line does and holds all its lines.

    Held back is what follows the last place where no event is open, so that no event is ever parted by where reading goes
    on. `is_whole`: nothing more comes; what is open is given as it is. Records are not joined to a log of over `limit` bytes:
    it would become a dead letter, and be cut.
    """
    joining = _Joining(limit)
    for line in lines:
        joining.add(line)
    if is_whole or not joining.open:
        joining.cut()
    return joining.joined, joining.begun[0][0].start if joining.begun else None


def _joined(lines: list[Line]) -> Line:
    first, last = lines[0], lines[-1]
    return first if first is last else Line(first.start, last.end, b"\n".join(line.body for line in lines))
