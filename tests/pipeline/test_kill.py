"""kill -9 of any process while lines flow: afterwards archive and findings hold every line exactly once."""

import gzip
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from store.queries import ArchiveSearch
from tests.pipeline.conftest import Pipeline
from tests.servers.ports import free_port
from triage.queries import totals
from vagt.bus.protocol import Bus
from vagt.cli.setup import make_context
from vagt.contracts.scope import system_scope
from vagt.contracts.search import EventQuery, FindingQuery
from vagt.settings import load_settings

LINES = 50_000
STAGES = "normalise detections correlations triage store notifier evidence register cert_bridge ingest".split()
RULES = """
title: Root login
id: 5d1c1a52-6a3e-4b5e-9d0b-0f6f0a1b2c3d
name: root_login
status: test
taxonomy: ecs
logsource: {product: linux, service: linux.auth}
detection:
    selection: {event.action: ssh_login, event.outcome: success, user.name: root}
    condition: selection
level: high
tags: [attack.t1078]
---
title: Many root logins
id: 6e2d2b63-7b4f-4c6f-8e1c-1a7a1b2c3d4e
status: test
taxonomy: ecs
correlation:
    type: event_count
    rules: [root_login]
    group-by: [host.name]
    timespan: 30m
    condition: {gte: 5}
    generate: true
level: high
tags: [attack.t1078]
"""
SCOPE = system_scope("test")
# of yesterday: what a sender says live of more than a week ago is taken for a wrong clock
_DAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
Make = Callable[[dict[str, Any]], Pipeline]


def auth_line(number: int) -> str:
    """One of 40 hosts; every 100th line is a login of root from outside, which is a finding."""
    stamp = f"{_DAY}T{8 + number // 18000:02d}:{number // 300 % 60:02d}:{number // 5 % 60:02d}+01:00"
    head = f"{stamp} srv{number % 40} sshd[{number + 1}]: "
    if number % 100 == 0:
        return f"{head}Accepted password for root from 203.0.113.{number % 250} port 40000 ssh2"
    return f"{head}Connection closed by 192.0.2.{number % 250} port 40000 [preauth]"


def check_every_line_once(pipeline: Pipeline, lines: int) -> None:
    """Every line is one event in the archive; archive and triage hold each finding once; the ledger is whole."""
    context = make_context(load_settings(pipeline.config, {}))
    search = ArchiveSearch(context)
    numbers: Counter[int] = Counter()
    cursor = None
    while True:
        page = search.search_events(SCOPE, EventQuery(dataset="linux.auth"), cursor, 1000)
        assert page.problems == []
        numbers.update(event["process"]["pid"] for event in page.items)
        cursor = page.cursor
        if cursor is None:
            break
    assert numbers.keys() == set(range(1, lines + 1))
    assert set(numbers.values()) == {1}
    with closing(pipeline.bus()) as bus:
        found = ids_on_bus(bus, "findings")
    assert len(found) > lines // 100, "one for each login of root, and those of the correlation"
    archived: Counter[str] = Counter()
    cursor = None
    while True:
        page = search.search_findings(SCOPE, FindingQuery(), cursor, 1000)
        archived.update(finding["event"]["id"] for finding in page.items)
        cursor = page.cursor
        if cursor is None:
            break
    assert archived.keys() == found and set(archived.values()) == {1}
    assert totals(SCOPE, context)[0] == len(found)
    verified = pipeline.vagt("evidence", "verify")
    assert verified.returncode == 0, verified.stdout


def ids_on_bus(bus: Bus, topic: str) -> set[str]:
    """The ids of all events or findings that were written."""
    found: set[str] = set()
    for place, end in bus.next_offsets(topic).items():
        offset = 0
        while offset < end:
            records = bus.read(place, offset, 5000)
            found.update(json.loads(record.value)["event"]["id"] for record in records)
            offset = records[-1].offset + 1
    return found


def rules(folder: Path) -> dict[str, Any]:
    """Settings of detections: the two rules above and no others."""
    (folder / "rules").mkdir()
    (folder / "rules" / "root.yml").write_text(RULES)
    return {"builtin": False, "rules": [str(folder / "rules")]}


def file_input(path: Path) -> dict[str, Any]:
    return {
        "detections": rules(path.parent),
        "ingest": {
            "syslog": [],
            "http": {"enabled": False},
            "journal": {"enabled": False},
            "files": [{"patterns": [str(path)], "tenant": "751", "source": "linux.auth"}],
        },
    }


def test_kill_9_of_every_stage_in_turn_loses_and_doubles_nothing(pipeline: Make, tmp_path: Path) -> None:
    file = tmp_path / "auth.log"
    file.touch()
    running = pipeline(file_input(file))
    running.start()
    numbers = iter(range(LINES))
    with file.open("a") as log:
        for stage in itertools.chain(STAGES, STAGES[:6]):
            log.writelines(auth_line(number) + "\n" for number in itertools.islice(numbers, LINES // 16))
            log.flush()
            time.sleep(0.4)
            running.kill(stage)
        log.writelines(auth_line(number) + "\n" for number in numbers)
    wait_for_events(running, LINES)
    running.wait_until_drained()
    running.stop()
    check_every_line_once(running, LINES)


def test_kill_9_of_everything_at_once_loses_and_doubles_nothing(pipeline: Make, tmp_path: Path) -> None:
    file = tmp_path / "auth.log"
    file.write_text("".join(auth_line(number) + "\n" for number in range(LINES // 2)))
    running = pipeline(file_input(file))
    for seconds in (1.0, 2.5):
        running.start()
        time.sleep(seconds)
        running.kill_all()
    running.start()
    wait_for_events(running, LINES // 2)
    running.wait_until_drained()
    running.stop()
    check_every_line_once(running, LINES // 2)


def wait_for_events(running: Pipeline, count: int) -> None:
    bus = running.bus()
    running.wait_for(lambda: sum(bus.next_offsets("events").values()) >= count, 180, f"{count} events")
    bus.close()


def test_an_http_client_that_resends_with_its_own_ids_is_read_once(pipeline: Make, tmp_path: Path) -> None:
    port = free_port()
    token = {"name": "shipper", "tenant": "751", "token": "only-for-this-test", "source": "linux.auth"}
    ingest = {"syslog": [], "own_logs": False, "journal": {"enabled": False}, "http": {"port": port, "tokens": [token]}}
    running = pipeline({"ingest": ingest, "detections": rules(tmp_path)})
    running.start()
    stop = threading.Event()

    def kill_now_and_then() -> None:
        for _ in range(3):
            if stop.wait(2):
                return
            running.kill("ingest")
            running.kill("normalise")

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    try:
        for start in range(0, LINES, 1000):
            send_until_acknowledged(port, start)
    finally:
        stop.set()
        killer.join()
    running.wait_until_drained()
    running.stop()
    check_every_line_once(running, LINES)


def send_until_acknowledged(port: int, start: int) -> None:
    """A `_bulk` request of 1,000 documents with ids of the client, again until every one is acknowledged."""
    pending = list(range(start, start + 1000))
    deadline = time.monotonic() + 90
    while pending:
        assert time.monotonic() < deadline, f"not acknowledged in time: {len(pending)} documents from {pending[0]}"
        rows = [({"create": {"_index": "logs", "_id": f"doc-{n}"}}, {"message": auth_line(n)}) for n in pending]
        body = "".join(json.dumps(action) + "\n" + json.dumps(document) + "\n" for action, document in rows)
        headers = {
            "Authorization": "Bearer only-for-this-test",
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
        }
        try:
            answer = httpx.post(
                f"http://127.0.0.1:{port}/_bulk", content=gzip.compress(body.encode(), 1), headers=headers, timeout=20
            )
        except httpx.HTTPError:
            time.sleep(0.1)
            continue
        if answer.status_code == 200:
            items = answer.json()["items"]
            pending = [n for n, item in zip(pending, items, strict=True) if item["create"]["status"] not in (200, 201)]
        else:
            assert answer.status_code in (429, 503), answer.text
            time.sleep(0.2)
