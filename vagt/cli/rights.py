"""Every worker's rights on the bus, from what it reads and writes: the least that it can do its work with."""

from vagt.bus.brokers.acls import Rights
from vagt.cli.wiring import ALL_GROUPS, WRITES
from vagt.topics import DEAD, RAW_PATTERN

_MAKES_RAW = ("ingest", "register", "cli")  # topics of new sources


def worker_rights() -> dict[str, Rights]:
    """By worker: a stage reads as its group; `cli` reads dead letters and sees every topic and group (lag)."""
    rights = {
        name: Rights(
            reads=ALL_GROUPS.get(name, ()),
            writes=topics,
            creates=(RAW_PATTERN,) if name in _MAKES_RAW else (),
            groups=(name,) if name in ALL_GROUPS else (),
        )
        for name, topics in WRITES.items()
    }
    everything = tuple(sorted({topic for topics in (*ALL_GROUPS.values(), *WRITES.values()) for topic in topics}))
    for name in ("cli", "api"):
        own = rights[name]
        reads = (DEAD,) if name == "cli" else ()
        rights[name] = Rights(reads, own.writes, own.creates, everything, (), tuple(ALL_GROUPS))
    return rights
