"""Traces: real spans over OTLP/HTTP to a receiver that decodes them; nothing of a log in them, and nothing at all when off."""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from vagt.bus.embedded import EmbeddedBus
from vagt.bus.loop import run_stage
from vagt.clock import system_clock
from vagt.contracts.stage import Message, Outputs, Record, Stage
from vagt.errors import DependencyError
from vagt.operation.pulse import Pulse
from vagt.operation.tracing import HEADER, NO_TRACES, open_traces
from vagt.settings.bus import BusSettings
from vagt.settings.operation import TracingSettings

pytest.importorskip("opentelemetry.sdk", reason="the extra tracing is not installed")
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

ERROR = 2  # Status.STATUS_CODE_ERROR


class Collector:
    """An OTLP receiver: `requests` as they came, decoded."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        collector = self

        class Receive(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
                collector.requests.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Receive)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def settings(self) -> TracingSettings:
        return TracingSettings(endpoint=f"http://127.0.0.1:{self.server.server_port}/v1/traces", sample_ratio=1)

    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    receiver = Collector()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def attributes(span: Span) -> dict[str, object]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value") or "") for one in span.attributes}


def run(bus: EmbeddedBus, stage: Stage, settings: TracingSettings, until: threading.Event) -> None:
    stop = threading.Event()
    traces = open_traces(settings, stage.name)
    thread = threading.Thread(target=run_stage, args=(bus, stage, system_clock, stop, None, Pulse(), traces))
    thread.start()
    until.wait(30)
    stop.set()
    thread.join()
    traces.close()
    assert until.is_set()


def bus_with(folder: Path, *bodies: bytes) -> EmbeddedBus:
    bus = EmbeddedBus(folder, BusSettings(fsync=False, partitions=1))
    bus.ensure_topic("in", 1)
    producer = bus.producer()
    for body in bodies:
        producer.send(Message("in", b"k", body))
    producer.flush()
    return bus


def test_a_batch_is_a_span_with_its_parts_and_leads_to_the_batch_of_the_next_stage(
    tmp_path: Path, collector: Collector
) -> None:
    bus = bus_with(tmp_path, *[b"secret log"] * 50)
    first, second = threading.Event(), threading.Event()

    def copy(records: Sequence[Record]) -> Outputs:
        first.set()
        return Outputs([Message("out", b"k", record.value, {"tenant": "751"}) for record in records])

    def take(_records: Sequence[Record]) -> Outputs:
        second.set()
        return Outputs()

    run(bus, Stage("normalise", "one", ("in",), copy), collector.settings, first)
    ratio = TracingSettings(endpoint=collector.settings.endpoint, sample_ratio=1e-9)  # only what is led on to it
    run(bus, Stage("detections", "two", ("out",), take), ratio, second)

    spans = {span.name: span for span in collector.spans() if span.name.endswith("batch")}
    one, two = spans["normalise batch"], spans["detections batch"]
    assert attributes(one)["messaging.batch.message_count"] == 50 and attributes(one)["vagt.stage"] == "normalise"
    parts = [span.name for span in collector.spans() if span.parent_span_id == one.span_id]
    assert parts == ["step", "deliver", "commit"]
    assert [(link.trace_id, link.span_id) for link in two.links] == [(one.trace_id, one.span_id)]
    assert b"secret" not in b"".join(request.SerializeToString() for request in collector.requests)
    names = {one.value.string_value for request in collector.requests for one in request.resource_spans[0].resource.attributes}
    assert {"vagt-normalise", "vagt-detections"} <= names


def test_headers_of_a_record_are_kept_and_few_carry_the_trace(tmp_path: Path, collector: Collector) -> None:
    bus = bus_with(tmp_path, *[b"x"] * 50)
    done = threading.Event()

    def copy(records: Sequence[Record]) -> Outputs:
        done.set()
        return Outputs([Message("out", b"k", record.value, {"tenant": "751"}) for record in records])

    run(bus, Stage("copy", "copy", ("in",), copy), collector.settings, done)
    written = [record for place in bus.next_offsets("out") for record in bus.read(place, 0, 100)]
    assert len(written) == 50 and all(record.headers["tenant"] == "751" for record in written)
    assert sum(HEADER in record.headers for record in written) == 32


def test_an_error_is_told_by_its_kind_and_never_by_its_text(tmp_path: Path, collector: Collector) -> None:
    bus = bus_with(tmp_path, b"x")
    done = threading.Event()
    tries: list[int] = []

    def fails_once(records: Sequence[Record]) -> Outputs:
        tries.append(len(records))
        if len(tries) == 1:
            raise DependencyError("user anne of 192.0.2.5 cannot be written")
        done.set()
        return Outputs()

    run(bus, Stage("fails", "fails", ("in",), fails_once), collector.settings, done)
    failed = [span for span in collector.spans() if span.status.code == ERROR]
    assert {span.name for span in failed} == {"fails batch", "step"}
    assert {span.status.message for span in failed} == {"DependencyError"}
    assert b"anne" not in b"".join(request.SerializeToString() for request in collector.requests)


def test_what_a_shipper_writes_into_its_headers_makes_no_trace(tmp_path: Path, collector: Collector) -> None:
    bus = EmbeddedBus(tmp_path, BusSettings(fsync=False))
    producer = bus.producer()
    parent = f"00-{'ab' * 16}-{'cd' * 8}-01"
    producer.send(Message("raw.751.linux.auth", b"k", b"x", {HEADER: parent}))
    producer.flush()
    done = threading.Event()

    def take(_records: Sequence[Record]) -> Outputs:
        done.set()
        return Outputs()

    rare = TracingSettings(endpoint=collector.settings.endpoint, sample_ratio=1e-9)
    run(bus, Stage("normalise", "normalise", ("raw.*",), take), rare, done)
    assert collector.spans() == []


def test_a_collector_that_is_away_stops_no_stage(tmp_path: Path) -> None:
    bus = bus_with(tmp_path, b"x")
    done = threading.Event()

    def take(_records: Sequence[Record]) -> Outputs:
        done.set()
        return Outputs()

    run(
        bus,
        Stage("alone", "alone", ("in",), take),
        TracingSettings(endpoint="http://127.0.0.1:9/v1/traces", sample_ratio=1),
        done,
    )


def test_off_loads_nothing() -> None:
    assert open_traces(TracingSettings(), "normalise") is NO_TRACES
    code = (
        "import sys, vagt.cli.wiring, vagt.bus.loop\n"
        "from vagt.operation.tracing import open_traces\n"
        "from vagt.settings.operation import TracingSettings\n"
        "open_traces(TracingSettings(), 'x')\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
