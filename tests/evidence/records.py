"""Records as the bus gives them to the stage `evidence`."""

import orjson

from vagt.contracts.stage import Record


def finding_record(number: int, tenant: str = "751", controls: tuple[str, ...] = ("nis2:21.2.b",), day: int = 20) -> Record:
    """A finding on the bus."""
    document = {
        "@timestamp": f"2026-11-{day:02}T10:00:00.000Z",
        "event": {"id": f"finding{number}", "kind": "alert"},
        "organization": {"id": tenant},
        "vagt": {"finding": {"controls": list(controls)}},
        "message": "Aflæst: ætøå",
    }
    return Record("findings", 0, number, b"k", orjson.dumps(document), {}, 1_790_000_000_000)


def change_record(topic: str, number: int, subject: str, tenant: str = "751", action: str = "opened") -> Record:
    """A change on the bus."""
    change = {
        "id": f"{topic}{number}",
        "kind": topic,
        "subject": subject,
        "tenant": tenant,
        "at": "2026-11-21T08:00:00.000Z",
        "actor": "triage",
        "action": action,
        "purpose": None,
        "before": None,
        "after": {"state": "new"},
    }
    return Record(topic, 0, number, b"k", orjson.dumps(change), {"id": str(change["id"])}, 1_790_000_000_000)
