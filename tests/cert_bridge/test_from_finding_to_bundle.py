"""Triage and the bridge on one bus, as they run: findings become an incident, the incident a bundle in the folder."""

import threading
import time
from functools import partial

import stix2

from cert_bridge.app import build_cert_bridge
from tests.cert_bridge.bridge import EVERYONE, Bridge, no_controls
from tests.triage.desk import finding
from triage.app import build_triage
from triage.commands import set_state
from triage.queries import findings_of, list_incidents
from vagt.bus.embedded import EmbeddedBus
from vagt.bus.loop import run_stage
from vagt.contracts.stage import Message, Stage
from vagt.settings.bus import BusSettings


def test_findings_become_a_bundle_and_a_verdict_its_update(bridge: Bridge) -> None:
    context = bridge.context
    bus_folder, stop = context.data_dir / "bus", threading.Event()
    bus = EmbeddedBus(bus_folder, BusSettings(fsync=False))
    for topic in ("findings", "incidents"):
        bus.ensure_topic(topic)
    stages = [build_triage(context), build_cert_bridge(context, partial(findings_of, EVERYONE, context), no_controls)]

    def work(stage: Stage) -> None:
        run_stage(EmbeddedBus(bus_folder, BusSettings(fsync=False)), stage, context.clock, stop, context.state)

    workers = [threading.Thread(target=work, args=(stage,)) for stage in stages]
    for worker in workers:
        worker.start()
    try:
        producer = bus.producer()
        producer.send(Message("findings", b"k", finding("a", level="critical")))
        producer.flush()
        _wait_for(lambda: bridge.states() == ["delivered"])
        (incident,) = list_incidents(EVERYONE, context)["items"]
        bridge.clock.move(seconds=1)  # a later version has a later time
        set_state(EVERYONE, context, incident["id"], "closed", verdict="false_positive", reason="our own scanner")
        _wait_for(lambda: len(bridge.states()) == 2)
        bridge.clock.move(seconds=60)
        _wait_for(lambda: bridge.states() == ["delivered", "delivered"])
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    bundles = [stix2.parse(path.read_text(), allow_custom=False) for path in (context.data_dir / "cert_outbox").glob("*.json")]
    told = sorted((one for bundle in bundles for one in bundle.objects if one.type == "incident"), key=lambda one: one.modified)
    assert [next(iter(one.extensions.values()))["determination"] for one in told] == ["suspected", "false-positive"]
    assert len({one.id for one in told}) == 1
    producer.close()
    bus.close()


def _wait_for(condition: object, seconds: float = 20) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
