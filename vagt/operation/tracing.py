"""Traces of batches, as an option (OpenTelemetry, OTLP over HTTP): a span for each batch, its step, delivery and commit.

A share of batches is traced. Some messages of a traced batch carry `traceparent` (W3C Trace Context); the batch that reads them
is traced too and links to it, so that a trace leads from stage to stage. No span holds log content, nor an error's text.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from vagt.contracts.stage import Message, Record, Stage
from vagt.errors import SettingsError
from vagt.settings.operation import TracingSettings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import Span, TracerProvider
    from opentelemetry.trace import Link

HEADER = "traceparent"
_CARRIERS = 32  # messages of a batch that carry its trace, and links of one batch
_SECONDS = 5
_NOTHING = nullcontext()


class Traces(Protocol):
    """What the loop tells; one thread's."""

    def batch(self, stage: Stage, records: Sequence[Record]) -> AbstractContextManager[None]:
        """Around all that is done with a batch."""

    def part(self, name: str) -> AbstractContextManager[None]:
        """Around a part of it."""

    def carried(self, messages: list[Message]) -> list[Message]:
        """The messages of the batch, some of which lead on to it."""

    def close(self) -> None:
        """Send what waits, for some seconds at most."""


class NoTraces:
    """Tracing is off: nothing is loaded, nothing is done."""

    def batch(self, _stage: Stage, _records: Sequence[Record]) -> AbstractContextManager[None]:
        """Nothing."""
        return _NOTHING

    def part(self, _name: str) -> AbstractContextManager[None]:
        """Nothing."""
        return _NOTHING

    def carried(self, messages: list[Message]) -> list[Message]:
        """The same."""
        return messages

    def close(self) -> None:
        """Nothing."""


NO_TRACES = NoTraces()


class BatchTraces:
    """Spans through `provider`, for the share `ratio` of batches. `chance()` gives numbers from 0 to 1."""

    def __init__(self, provider: "TracerProvider", ratio: float, chance: Callable[[], float] = random.random) -> None:
        self._provider, self._ratio, self._chance = provider, ratio, chance
        self._tracer = provider.get_tracer("vagt")
        self._span: Span | None = None

    @contextmanager
    def batch(self, stage: Stage, records: Sequence[Record]) -> Iterator[None]:
        """Around all that is done with a batch."""
        links = _links(records)
        if not links and self._chance() >= self._ratio:
            yield
            return
        attributes: dict[str, Any] = {
            "vagt.stage": stage.name,
            "messaging.consumer.group.name": stage.group,
            "messaging.batch.message_count": len(records),
            "messaging.destination.name": sorted({record.topic for record in records})[:_CARRIERS],
        }
        with self._open(f"{stage.name} batch", attributes, links) as self._span:
            try:
                yield
            finally:
                self._span = None

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """A span inside the batch's."""
        if self._span is None:
            yield
            return
        with self._open(name, {}, []):
            yield

    @contextmanager
    def _open(self, name: str, attributes: dict[str, Any], links: "list[Link]") -> Iterator["Span"]:
        from opentelemetry.trace import StatusCode

        with self._tracer.start_as_current_span(
            name, attributes=attributes, links=links, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span  # type: ignore[misc] # the SDK's span behind the API's
            except Exception as error:
                span.set_status(StatusCode.ERROR, type(error).__name__)  # its text may hold a log's
                raise

    def carried(self, messages: list[Message]) -> list[Message]:
        """The first messages lead on to the traced batch."""
        if self._span is None:
            return messages
        context = self._span.get_span_context()
        parent = f"00-{context.trace_id:032x}-{context.span_id:016x}-01"
        marked = [one._replace(headers={**one.headers, HEADER: parent}) for one in messages[:_CARRIERS]]
        return [*marked, *messages[_CARRIERS:]]

    def close(self) -> None:
        """Send what waits."""
        self._provider.shutdown()


def _links(records: Sequence[Record]) -> "list[Link]":
    """One for each batch of ours that sent some of `records`; what a shipper wrote into a header of its own decides nothing."""
    ours = (record for record in records if HEADER in record.headers and not record.topic.startswith("raw."))
    parents = list(dict.fromkeys(record.headers[HEADER] for record in ours))
    if not parents:
        return []
    from opentelemetry.trace import Link, get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    contexts = [
        get_current_span(TraceContextTextMapPropagator().extract({HEADER: one})).get_span_context()
        for one in parents[:_CARRIERS]
    ]
    return [Link(context) for context in contexts if context.is_valid]


def open_traces(settings: TracingSettings, worker: str) -> Traces:
    """Traces of `worker` as the settings say. Raises SettingsError where the extra `tracing` is not installed."""
    if settings.endpoint is None:
        return NO_TRACES
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON
    except ImportError:
        raise SettingsError("operation.tracing.endpoint needs the extra tracing: pip install 'vagt[tracing]'") from None
    authority = None if settings.ca_file is None else str(settings.ca_file)
    exporter = OTLPSpanExporter(settings.endpoint, certificate_file=authority, timeout=_SECONDS)
    resource = Resource.create({"service.name": f"vagt-{worker}", "service.namespace": "vagt"})
    provider = TracerProvider(ALWAYS_ON, resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter, export_timeout_millis=_SECONDS * 1000))
    return BatchTraces(provider, settings.sample_ratio)
