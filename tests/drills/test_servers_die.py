"""kill -9 of each server under load, servers that are away or refuse: afterwards every line once in every sink."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.drills.conftest import LINES, MakeSite
from tests.drills.site import Counts, Servers, Site, servers

pytestmark = pytest.mark.servers
Finish = Callable[[Site], Counts]
_AWAY_SECONDS = 120


def write_slowly(site: Site, lines: int, parts: int = 10, pause: float = 0.4) -> Iterator[int]:
    """Write in parts; the caller does harm between them."""
    for part in range(parts):
        site.write(lines // parts)
        time.sleep(pause)
        yield part


def test_the_broker_is_killed(site: MakeSite, shared: Servers, finish: Finish) -> None:
    running = site()
    for part in write_slowly(running, LINES):
        if part in (2, 6):
            shared.brokers.brokers[0].kill()
            time.sleep(1)
            shared.brokers.brokers[0].start()
    finish(running)


def test_elasticsearch_is_killed(site: MakeSite, shared: Servers, finish: Finish) -> None:
    running = site()
    for part in write_slowly(running, LINES):
        if part in (2, 6):
            shared.node.kill()
            time.sleep(1)
            shared.node.start()
    finish(running)


def test_postgresql_is_killed(site: MakeSite, shared: Servers, finish: Finish) -> None:
    running = site()
    for part in write_slowly(running, LINES):
        if part in (2, 6):
            shared.postgres.kill()
            time.sleep(1)
            shared.postgres.start()
    finish(running)


def test_kafka_is_away_for_two_minutes(site: MakeSite, shared: Servers, finish: Finish) -> None:
    running = site()
    running.write(LINES // 4)
    time.sleep(2)
    shared.brokers.brokers[0].kill()
    for _ in write_slowly(running, LINES // 2, pause=_AWAY_SECONDS / 10):
        pass
    shared.brokers.brokers[0].start()
    running.write(LINES // 4)
    finish(running)


def test_elasticsearch_refuses_and_then_is_read_only(site: MakeSite, shared: Servers, finish: Finish) -> None:
    """429 by a write queue that holds next to nothing is a test of the indexer's own; here a full disk blocks the index."""
    running = site()
    stream = f"logs-linux-{running.tenant}"
    with shared.node.client() as client:
        running.write(LINES // 4)
        running.wait_for(lambda: running.searchable(), 60, "the first events to be searchable")
        block = {"index.blocks.read_only_allow_delete": True}
        client.put(f"/{stream}/_settings", json=block).raise_for_status()
        for _ in write_slowly(running, LINES // 2):
            pass
        client.put(f"/{stream}/_settings", json={"index.blocks.read_only_allow_delete": None}).raise_for_status()
        client.post(f"/{stream}/_rollover").raise_for_status()
    running.write(LINES // 4)
    finish(running)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Three brokers, replication 3."""
    with servers(tmp_path_factory.mktemp("three"), brokers=3) as started:
        yield started


def test_one_of_three_brokers_is_killed(three: Servers, tmp_path: Path, finish: Finish) -> None:
    running = Site(tmp_path, three)
    running.start()
    try:
        for part in write_slowly(running, LINES):
            if part in (1, 4, 7):
                broker = three.brokers.brokers[part % 3]
                broker.kill()
                time.sleep(3)
                broker.start()
        finish(running)
    finally:
        running.stop()
