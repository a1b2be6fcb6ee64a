"""Every source's samples through a real listener, framed as its README's shipper settings frame them: the same documents."""

import socket
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from normalise.registry import sources
from normalise.source import Source
from tests.ingest.hands import Ingest
from tests.ingest.test_http_for_shippers import TOKEN, http_settings
from tests.normalise.test_golden_samples import FILES, RECEIVED, events_of_record, source_of
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

ELSEWHERE = {"journal", "netflow"}  # tried with their own readers: test_journal_followed.py, test_flows_over_udp.py
SENT = [(source, framing) for source in sources().values() for framing in source.framings if framing not in ELSEWHERE]
LARGEST_DATAGRAM = 60_000


def samples(source: Source) -> list[bytes]:
    """All records of the source's samples."""
    files = [path for path in FILES if source_of(path) is source]
    return [line for path in files for line in path.read_bytes().split(b"\n") if line.strip()]


def documents(source: Source, bodies: list[bytes]) -> Counter[bytes]:
    """The events of records, less what the way here decides: ids, time of receipt, the bytes, and the syslog priority."""
    found: Counter[bytes] = Counter()
    for body in bodies:
        for event in events_of_record(source, RawLog("751", source.id, body, RECEIVED, "file", "sample", "p")):
            found[orjson.dumps(_bare(event), option=orjson.OPT_SORT_KEYS)] += 1
    return found


def _bare(event: Event) -> Event:
    inner = {key: value for key, value in event["event"].items() if key not in ("id", "created", "ingested", "original")}
    log = {key: value for key, value in event.get("log", {}).items() if key != "syslog"}
    bare = {**event, "event": inner, "log": log}
    for key in [key for key in ("log",) if not bare[key]]:
        del bare[key]
    return bare


def by_syslog(source: Source, run_ingest: Callable[..., Any], _: Path) -> list[bytes]:
    """Half of the records as datagrams, half over TCP: counted in octets where they have a priority, else by line."""
    sent = samples(source)
    listeners = [{"protocol": kind, "port": 0, "tenant": "751", "source": source.id} for kind in ("udp", "tcp")]
    with run_ingest(syslog=listeners) as ingest, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        small = [body for body in sent[::2] if len(body) < LARGEST_DATAGRAM]
        for body in small:
            datagrams.sendto(body, ("127.0.0.1", ingest.ports["syslog.0"]))
        rest = [body for number, body in enumerate(sent) if number % 2 or len(body) >= LARGEST_DATAGRAM]
        counted = [b"%d %s" % (len(body), body) for body in rest if body.startswith(b"<")]
        ingest.send("syslog.1", b"".join(counted))
        ingest.send("syslog.1", b"".join(body + b"\n" for body in rest if not body.startswith(b"<")))
        return _received(ingest, len(sent), source)


def by_file(source: Source, run_ingest: Callable[..., Any], folder: Path) -> list[bytes]:
    """Files that are followed, one for each of the sample files."""
    (folder / "logs").mkdir()
    count = 0
    for path in FILES:
        if source_of(path) is source:
            lines = [line for line in path.read_bytes().split(b"\n") if line.strip()]
            (folder / "logs" / path.name).write_bytes(b"\n".join(lines) + b"\n")
            count += len(lines)
    files = [{"patterns": [str(folder / "logs" / "*")], "tenant": "751", "source": source.id}]
    with run_ingest(files=files) as ingest:
        return _received(ingest, count, source)


def by_http(source: Source, run_ingest: Callable[..., Any], _: Path) -> list[bytes]:
    """NDJSON, as Vector, Fluent Bit and an Azure function post it."""
    sent = samples(source)
    with run_ingest(http=http_settings()) as ingest:
        answer = httpx.post(
            f"http://127.0.0.1:{ingest.ports['http']}/ingest/v1/{source.id}",
            content=b"\n".join(sent) + b"\n",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=20,
        )
        assert answer.status_code == 200, answer.text
        return _received(ingest, len(sent), source)


def by_gelf(source: Source, run_ingest: Callable[..., Any], _: Path) -> list[bytes]:
    """GELF over TCP."""
    sent = samples(source)
    with run_ingest(gelf=[{"protocol": "tcp", "port": 0, "tenant": "751", "source": source.id}]) as ingest:
        ingest.send("gelf.0", b"".join(body + b"\0" for body in sent))
        return _received(ingest, len(sent), source)


WAYS: dict[str, Callable[[Source, Callable[..., Any], Path], list[bytes]]] = {
    "syslog": by_syslog,
    "file": by_file,
    "http": by_http,
    "gelf": by_gelf,
}


def _received(ingest: Ingest, count: int, source: Source) -> list[bytes]:
    found = ingest.wait(count)
    assert {(log.tenant, log.source) for log in found} == {("751", source.id)}
    return [log.body for log in found]


@pytest.mark.parametrize(("source", "framing"), SENT, ids=lambda value: value if isinstance(value, str) else value.id)
def test_samples_come_as_the_readme_says_and_give_the_same_documents(
    source: Source, framing: str, run_ingest: Callable[..., Any], tmp_path: Path
) -> None:
    received = WAYS[framing](source, run_ingest, tmp_path)
    assert documents(source, received) == documents(source, samples(source))


@pytest.mark.parametrize("source", sources().values(), ids=lambda source: source.id)
def test_a_readme_has_shipper_settings(source: Source) -> None:
    page = Path(__file__).resolve().parents[2] / "normalise/sources" / source.id.replace(".", "_") / "README.md"
    _, _, settings = page.read_text(encoding="utf-8").partition("\n## Shipper settings\n")
    text = settings.partition("\n## ")[0]
    assert len(text.split()) > 15, f"{source.id}: no shipper settings"
