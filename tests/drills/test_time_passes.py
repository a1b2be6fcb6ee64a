"""A clock that jumps, and a certificate that expires and is replaced, while lines flow: every line once in every sink."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.clock import SteppedClock
from tests.drills.conftest import LINES
from tests.drills.site import Counts, Servers, Site
from tests.drills.test_servers_die import write_slowly
from tests.servers.kafka_brokers import ADMIN

pytestmark = pytest.mark.servers
Finish = Callable[[Site], Counts]


@pytest.mark.debian("gcc", "/usr/bin/cc")
def test_the_clock_jumps_an_hour_ahead_and_half_an_hour_back(shared: Servers, tmp_path: Path, finish: Finish) -> None:
    running = Site(tmp_path, shared)
    clock = SteppedClock(tmp_path)
    running.environment = clock.environment
    running.start()
    try:
        for part in write_slowly(running, LINES, pause=1):
            if part in (3, 6):
                clock.step(timedelta(hours=1) if part == 3 else timedelta(minutes=-30))
        ahead = (datetime.now(UTC) + timedelta(minutes=50)).isoformat()[:16]
        finish(running)
        ingested = [event["event"]["ingested"] for event in running.archived()]
        assert max(ingested) > ahead, "the workers saw the clock jump"
        assert b"clock_set_back" in running.log.read_bytes(), "the workers noticed the step back"
    finally:
        running.stop()


def test_our_certificate_expires_and_is_replaced_while_running(shared: Servers, tmp_path: Path, finish: Finish) -> None:
    """The broker is restarted after the expiry: whoever connects is refused until the files hold a new certificate."""
    authority, broker = shared.brokers.authority, shared.brokers.brokers[0]
    until = datetime.now(UTC) + timedelta(seconds=45)
    pem = authority.issue(ADMIN, not_after=until, file="short-lived")
    files = {"ca_file": str(authority.ca), "certificate_file": str(pem.certificate), "key_file": str(pem.key)}
    running = Site(tmp_path, shared, kafka={"bootstrap_servers": shared.brokers.tls, "security": "tls", **files})
    running.start()
    try:
        running.write(LINES // 4)
        running.wait_for(lambda: running.searchable(), 60, "the first events to be searchable")
        time.sleep(max(0.0, (until - datetime.now(UTC)).total_seconds()) + 1)
        broker.kill()
        broker.start()
        before = running.log.stat().st_size
        for _ in write_slowly(running, LINES // 2, pause=1):
            pass
        running.wait_for(lambda: b"dependency_away" in running.log.read_bytes()[before:], 30, "the broker to refuse")
        authority.issue(ADMIN, file="short-lived")
        running.write(LINES // 4)
        finish(running)
    finally:
        running.stop()
