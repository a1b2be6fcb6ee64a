"""kill -9 of any process while lines flow: afterwards archive and findings hold every line exactly once."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.pipeline.conftest import Pipeline, free_port
from vagt.contracts.scope import system_scope

LINES = 50_000
STAGES = ("normalise", "detections", "correlations", "triage", "store", "evidence", "register", "cert_bridge", "notifier")


def auth_line(number: int) -> str:
    """One of many senders; every 100th line is a login of root from outside, which is a finding."""
    stamp = f"2026-11-22T{8 + number // 18000:02d}:{number // 300 % 60:02d}:{number // 5 % 60:02d}+01:00"
    if number % 100 == 0:
        return f"{stamp} srv{number % 40} sshd[{number}]: Accepted password for root from 203.0.113.{number % 250} port 40000 ssh2"
    return f"{stamp} srv{number % 40} sshd[{number}]: Connection closed by 192.0.2.{number % 250} port 40000 [preauth]"


def pids_in_archive(pipeline: Pipeline) -> Counter[int]:
    """How often each line's number (its process id) stands in the archive."""
    from store.queries import EventQuery, search_events

    from vagt.cli.setup import make_context
    from vagt.settings import load_settings

    context = make_context(load_settings(pipeline.config, {}))
    found: Counter[int] = Counter()
    cursor = None
    while True:
        page = search_events(system_scope("test"), context, EventQuery(dataset="linux.auth"), cursor, 1000)
        found.update(event["process"]["pid"] for event in page.items)
        cursor = page.next
        if cursor is None:
            return found


def finding_events(pipeline: Pipeline) -> Counter[str]:
    """The ids of all findings of the login rule on the bus, as sinks see them (distinct)."""
    bus = pipeline.bus()
    found: Counter[str] = Counter()
    for place, end in bus.next_offsets("findings").items():
        offset = 0
        while offset < end:
            records = bus.read(place, offset, 5000)
            for record in records:
                finding = json.loads(record.value)
                found[finding["event"]["id"]] += 1
            offset = records[-1].offset + 1
    return found


def check(pipeline: Pipeline, expected: range) -> None:
    """Every line is one event in the archive; triage holds each finding once, and the archive as many."""
    from store.queries import EventQuery, search_findings

    from triage.queries import totals
    from vagt.cli.setup import make_context
    from vagt.settings import load_settings

    numbers = pids_in_archive(pipeline)
    assert numbers.keys() == set(expected) and set(numbers.values()) == {1}
    context = make_context(load_settings(pipeline.config, {}))
    on_bus = finding_events(pipeline)
    assert on_bus
    assert totals(system_scope("test"), context)[0] == len(on_bus)
    archived: Counter[str] = Counter()
    cursor = None
    while True:
        page = search_findings(system_scope("test"), context, EventQuery(), cursor, 1000)
        archived.update(finding["event"]["id"] for finding in page.items)
        cursor = page.next
        if cursor is None:
            break
    assert archived.keys() == on_bus.keys() and set(archived.values()) == {1}
    verified = pipeline.vagt("evidence", "verify")
    assert verified.returncode == 0, verified.stdout
