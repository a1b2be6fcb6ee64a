"""What an installation has come to, as JSON; run inside a container (`python -m tests.deploy.count VERB`).

`drained N` ends when N events are on the bus and every group has read everything, and gives what is there (to a super-user of
the brokers); `sinks N` gives what archive and Elasticsearch hold for the API, once N events are searchable.
"""

import json
import os
import ssl
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from store.queries import ArchiveSearch
from tests.drills.site import STREAM, all_of, ids_of, signature
from tests.pipeline.test_kill import ids_on_bus
from vagt.cli.drain import wait_until_drained
from vagt.cli.setup import make_context, open_bus
from vagt.settings import Settings, load_settings
from vagt.topics import DEAD, EVENTS, FINDINGS

_TENANT = "751"


def drained(settings: Settings, events: int) -> dict[str, Any]:
    """`events`, `findings`: how many ids; `dead`: how many letters."""
    bus = open_bus(settings)
    context = make_context(settings)
    while sum(bus.next_offsets(EVENTS).values()) < events:
        time.sleep(0.5)
    wait_until_drained(bus, context, lambda _: None)
    ids = {topic: len(ids_on_bus(bus, topic)) for topic in (EVENTS, FINDINGS)}
    dead = sum(bus.next_offsets(DEAD).values())
    bus.close()
    context.state.close()
    return {**ids, "dead": dead}


def sinks(settings: Settings, events: int) -> dict[str, Any]:
    """Ids with how often each is there, the numbers of the lines, and the signatures of findings."""
    context = make_context(settings)
    search = ArchiveSearch(context)
    archived = list(all_of(search, "events"))
    found = list(all_of(search, "findings"))
    context.state.close()
    deadline = time.monotonic() + 60
    while len(searchable := _searchable(settings, STREAM.format(tenant=_TENANT))) < events and time.monotonic() < deadline:
        time.sleep(0.5)
    return {
        "archived": Counter(event["event"]["id"] for event in archived),
        "numbers": [event["process"]["pid"] for event in archived],
        "searchable": searchable,
        "findings": Counter(finding["event"]["id"] for finding in found),
        "alerts": _searchable(settings, f"alerts-vagt-{_TENANT}"),
        "signatures": sorted(list(signature(finding)) for finding in found),
    }


def _searchable(settings: Settings, name: str) -> Counter[str]:
    own = settings.elasticsearch
    assert own.user is not None and own.password_file is not None
    trusted = ssl.create_default_context(cafile=str(own.ca_file))
    auth = (own.user, own.password_file.read_text().strip())
    return ids_of(httpx.Client(base_url=own.urls[0], verify=trusted, auth=auth, timeout=60), name)


if __name__ == "__main__":
    environment = dict(os.environ)
    verbs = {"drained": drained, "sinks": sinks}
    settings = load_settings(Path(environment["VAGT_CONFIG"]), environment)
    json.dump(verbs[sys.argv[1]](settings, int(sys.argv[2])), sys.stdout)
