"""Text to audit records, and records to events: `[node=N ]type=T msg=audit(TIME:SERIAL): fields` (auditd(8), audit-fields).

Records with the same time and serial number are one event. They stand on lines of their own or, as some shippers join
them, one after another on one line.
"""

import re
from typing import NamedTuple

from vagt.errors import NormaliseError


class Record(NamedTuple):
    """`stamp` is in seconds since 1970; with `serial` and `node` it is the event's identity. `text` holds the fields."""

    kind: str
    stamp: str
    serial: str
    node: str | None
    text: str


_HEAD = re.compile(
    r"(?:node=(\S{1,255}) )?type=([A-Z][A-Z0-9_]{1,40}|UNKNOWN\[[0-9]{1,5}\]|[0-9]{4})"
    r" (?:msg=)?audit\(([0-9]{1,12}(?:\.[0-9]{1,9})?):([0-9]{1,20})\): ?"
)
_NEXT = re.compile(r" (?=(?:node=\S{1,255} )?type=[A-Z][A-Z0-9_]{1,40} msg=audit\([0-9])")
_MOST_RECORDS = 4096
# linux/audit.h: what the kernel's own log and an older auditd give as a number
_NUMBERED = {
    "1300": "SYSCALL", "1302": "PATH", "1303": "IPC", "1304": "SOCKETCALL", "1305": "CONFIG_CHANGE", "1306": "SOCKADDR",
    "1307": "CWD", "1309": "EXECVE", "1311": "IPC_SET_PERM", "1312": "MQ_OPEN", "1313": "MQ_SENDRECV", "1314": "MQ_NOTIFY",
    "1315": "MQ_GETSETATTR", "1316": "KERNEL_OTHER", "1317": "FD_PAIR", "1318": "OBJ_PID", "1319": "TTY", "1320": "EOE",
    "1321": "BPRM_FCAPS", "1322": "CAPSET", "1323": "MMAP", "1324": "NETFILTER_PKT", "1325": "NETFILTER_CFG",
    "1326": "SECCOMP", "1327": "PROCTITLE", "1328": "FEATURE_CHANGE", "1329": "REPLACE", "1330": "KERN_MODULE",
    "1331": "FANOTIFY", "1332": "TIME_INJOFFSET", "1333": "TIME_ADJNTPVAL", "1334": "BPF", "1335": "EVENT_LISTENER",
    "1336": "URINGOP", "1337": "OPENAT2", "1338": "DM_CTRL", "1339": "DM_EVENT", "1400": "AVC", "1401": "SELINUX_ERR",
    "1402": "AVC_PATH", "1403": "MAC_POLICY_LOAD", "1404": "MAC_STATUS", "1405": "MAC_CONFIG_CHANGE", "1500": "AVC",
    "1501": "AVC", "1502": "AVC", "1503": "AVC", "1504": "AVC", "1505": "AVC", "1506": "AVC",
    "1700": "ANOM_PROMISCUOUS", "1701": "ANOM_ABEND", "1702": "ANOM_LINK", "1703": "ANOM_CREAT",
    "1006": "LOGIN", "1100": "USER_AUTH", "1101": "USER_ACCT", "1103": "CRED_ACQ", "1104": "CRED_DISP", "1105": "USER_START",
    "1106": "USER_END", "1107": "USER_AVC", "1110": "CRED_REFR", "1112": "USER_LOGIN", "1113": "USER_LOGOUT",
    "1123": "USER_CMD", "1130": "SERVICE_START", "1131": "SERVICE_STOP",
}  # fmt: skip


def kind_of(name: str) -> str:
    """A record type's name, also where the log has its number (`1400`, `UNKNOWN[1334]`)."""
    if name[0] == "U" and name.startswith("UNKNOWN["):
        return _NUMBERED.get(name[8:-1], name)
    return _NUMBERED.get(name, name) if name[0] == "1" else name


def split_events(text: str) -> list[list[Record]]:
    """The records of `text`, those of one event together; events in the order of their first records.

    A line that is no record belongs to none and is left out, as long as there is one. Raises NormaliseError where there
    is none, and for more than 4,096.
    """
    if "\n" not in text and (one := _read(text)) is not None and " type=" not in one.text:
        return [[one]]
    found: dict[tuple[str, str, str | None], list[Record]] = {}
    count = 0
    for line in text.split("\n"):  # `splitlines` would part a record from the names behind its control character
        for record in _records(line):
            count += 1
            if count > _MOST_RECORDS:
                raise NormaliseError(f"more than {_MOST_RECORDS} audit records in one")
            found.setdefault((record.stamp, record.serial, record.node), []).append(record)
    if not found:
        raise NormaliseError("no audit record: `type=… msg=audit(TIME:SERIAL): …` is not there")
    return list(found.values())


def _records(line: str) -> list[Record]:
    """The record of a line, and those behind it of the same event; a record's text cannot begin another event."""
    first = _read(line)
    if first is None:
        return []
    if " type=" not in first.text:
        return [first]
    begun, *rest = _NEXT.split(first.text)
    records = [first._replace(text=begun)]
    for piece in rest:
        record = _read(piece)
        if record is not None and (record.stamp, record.serial) == (first.stamp, first.serial):
            records.append(record._replace(node=first.node))
        else:
            records[-1] = records[-1]._replace(text=f"{records[-1].text} {piece}")
    return records


def _read(line: str) -> Record | None:
    match = _HEAD.match(line)
    if match is None:
        return None
    node, kind, stamp, serial = match.groups()
    return Record(kind_of(kind), stamp, serial, node, line[match.end() :])
