"""Wiring of normalise: the step on the topics `raw.*`."""

from normalise.registry import sources
from normalise.step import Normaliser, make_step, raw_of
from vagt.context import Context
from vagt.contracts.stage import Stage
from vagt.metrics_latency import measured
from vagt.topics import RAW_PATTERN


def build_normaliser(context: Context) -> Normaliser:
    """The normaliser of this context, with all sources imported."""
    sources()
    return Normaliser(context.settings.normalise, context.tenants, context.clock)


def build_normalise(context: Context) -> Stage:
    """The stage normalise."""
    step = measured(
        "received_event", make_step(build_normaliser(context)), context.clock, lambda record: raw_of(record).received
    )
    return Stage("normalise", "normalise", (RAW_PATTERN,), step)
