"""Which machine an event is of: the one that it names, else the one that sent the record."""

from normalise.conform import valid_ip
from normalise.source import Role
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

# By these a sender's own name comes: a file's and the journal's machine, the host that a shipper names in its document or as
# the key of its record. An address is no name, and may be a relay's.
_BY_NAME = frozenset(("file", "journal", "http", "kafka"))


def host_of(event: Event) -> str | None:
    """The device or host that the event names."""
    for name in ("host", "observer"):
        machine = event.get(name)
        if machine is not None and (found := machine.get("name") or machine.get("hostname")):
            return str(found)
    return None


def name_sender(event: Event, role: Role, raw: RawLog) -> None:
    """`host` or `observer` of the machine that sent the record, where the record names none. For a typed event."""
    name = raw.peer
    if raw.protocol not in _BY_NAME or not name or host_of(event) is not None or valid_ip(name):
        return
    machine = event.get(role, {})
    if "ip" not in machine:
        event[role] = {**machine, "name": name, "hostname": name}
