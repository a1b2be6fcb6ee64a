"""What the loop tells of itself: lag, latency, dead letters, dependencies that are away; and what it costs."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from prometheus_client import REGISTRY

from vagt import metrics
from vagt.bus.dead import dead_letter
from vagt.bus.embedded import EmbeddedBus
from vagt.bus.loop import run_stage
from vagt.clock import system_clock, to_iso
from vagt.contracts.stage import Message, Outputs, Record, Stage
from vagt.errors import DependencyError
from vagt.metrics_latency import WAYS, created, measured, observe_batch, observe_latency
from vagt.operation.loop_gauges import LoopGauges
from vagt.operation.pulse import Pulse
from vagt.settings.bus import BusSettings

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def written(bus: EmbeddedBus, topic: str, values: Sequence[bytes]) -> None:
    producer = bus.producer()
    for number, body in enumerate(values):
        producer.send(Message(topic, b"%d" % number, body))
    producer.flush()
    producer.close()


def run_until(bus: EmbeddedBus, stage: Stage, is_done: Callable[[], bool], pulse: Pulse) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=run_stage, args=(bus, stage, system_clock, stop, None, pulse))
    thread.start()
    end = threading.Event()
    for _ in range(600):
        if is_done():
            break
        end.wait(0.05)
    stop.set()
    thread.join()
    assert is_done()


def test_a_sample_stands_for_its_whole_batch() -> None:
    count, total = (value(f"vagt_latency_seconds_{end}", way="received_searchable") for end in ("count", "sum"))
    moments = [NOW - timedelta(seconds=number) for number in range(1001)]
    observe_batch("received_searchable", NOW, moments, lambda moment: moment)
    assert value("vagt_latency_seconds_count", way="received_searchable") - count == 1001
    assert (value("vagt_latency_seconds_sum", way="received_searchable") - total) / 1001 == pytest.approx(500, rel=0.01)


def test_many_equal_observations_are_as_many_single_ones() -> None:
    before = {le: value("vagt_latency_seconds_bucket", way="finding_incident", le=le) for le in ("0.1", "0.25", "+Inf")}
    observe_latency("finding_incident", 0.2, 30)
    observe_latency("finding_incident", -5)  # a clock that went back
    after = {le: value("vagt_latency_seconds_bucket", way="finding_incident", le=le) for le in before}
    assert {le: after[le] - before[le] for le in before} == {"0.1": 1, "0.25": 31, "+Inf": 31}


def test_a_step_is_measured_from_the_event_s_receipt_however_old_the_log_is() -> None:
    event = {"@timestamp": "2019-01-01T00:00:00.000Z", "event": {"created": to_iso(NOW - timedelta(seconds=3))}}
    record = Record("events", 0, 0, b"", orjson.dumps(event), {}, 0)
    before = value("vagt_latency_seconds_sum", way="received_matched")
    measured("received_matched", lambda _: Outputs(), lambda: NOW, created)([record])
    assert value("vagt_latency_seconds_sum", way="received_matched") - before == pytest.approx(3)


@pytest.mark.parametrize("body", [b"no json", b"[]", b"{}", b'{"event": 1}', b'{"event": {"created": "yesterday"}}'])
def test_a_document_without_a_time_of_receipt_is_not_measured(body: bytes) -> None:
    assert created(Record("events", 0, 0, b"", body, {}, 0)) is None


def test_every_part_of_the_way_is_shown_before_the_first_log() -> None:
    assert all(REGISTRY.get_sample_value("vagt_latency_seconds_count", {"way": way}) is not None for way in WAYS)


def test_a_worker_tells_how_far_it_is_behind_in_its_own_partitions(tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path, BusSettings(fsync=False))
    written(bus, "raw.751.linux.auth", [b"x"] * 40)
    written(bus, "raw.851.linux.auth", [b"x"] * 2)
    stage = Stage("behind", "behind", ("raw.*",), lambda _: Outputs())
    first = bus.consumer("behind", stage.topics)
    first.poll(0, 0)
    seconds = [0.0]
    gauges = LoopGauges(bus, stage, first, now=lambda: seconds[0])
    gauges.look()
    assert value("vagt_stage_lag_records", group="behind", topic="raw") == 42
    done = {record.place: record.offset + 1 for record in first.poll(30, 0)}
    first.commit(done)
    gauges.committed(done)
    seconds[0] += 10
    gauges.look()
    left = sum(bus.next_offsets(topic)[place] for topic in bus.topics() for place in bus.next_offsets(topic)) - sum(
        done.values()
    )
    assert value("vagt_stage_lag_records", group="behind", topic="raw") == left
    first.close()
    seconds[0] += 10
    gauges.look()
    assert value("vagt_stage_lag_records", group="behind", topic="raw") == 0  # its partitions are another's


def test_dead_letters_are_counted_by_stage_municipality_and_source(tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path, BusSettings(fsync=False))
    written(bus, "in", [b"x"] * 3)

    def step(records: Sequence[Record]) -> Outputs:
        return Outputs([dead_letter("counts", "cannot be read", one, "751", "cisco.asa") for one in records])

    labels = {"stage": "counts", "tenant": "751", "source": "cisco.asa"}
    stage = Stage("counts", "counts", ("in",), step)
    run_until(bus, stage, lambda: value("vagt_dead_letters_total", **labels) == 3, Pulse())
    assert value("vagt_stage_records_total", stage="counts") == 3
    assert value("vagt_stage_batch_records_sum", stage="counts") == 3
    assert value("vagt_stage_rebalances_total", stage="counts") >= 1


def test_names_that_a_shipper_makes_up_do_not_make_metrics_without_end() -> None:
    for number in range(5100):
        metrics.count_dead_letter("many", "751", f"made.up{number}")
    assert value("vagt_dead_letters_total", stage="many", tenant="other", source="other") > 0


def test_a_dependency_that_is_away_is_told_with_its_time_and_over_when_it_is_back(tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path, BusSettings(fsync=False))
    written(bus, "in", [b"x"])
    tries: list[float] = []

    def step(records: Sequence[Record]) -> Outputs:
        tries.append(value("vagt_stage_dependency_away_timestamp_seconds", stage="waits"))
        if len(tries) < 3:
            raise DependencyError("the database at 192.0.2.7 does not answer")
        return Outputs()

    pulse = Pulse()
    stage = Stage("waits", "waits", ("in",), step)
    run_until(bus, stage, lambda: value("vagt_stage_records_total", stage="waits") == 1, pulse)
    assert tries[0] == 0 < tries[1] == tries[2]
    assert value("vagt_stage_dependency_away_timestamp_seconds", stage="waits") == 0 and pulse.absence is None
    assert value("vagt_stage_backoff_seconds_total", stage="waits") == pytest.approx(0.6)
