"""Wiring of normalise: the step on the topics `raw.*`."""

from normalise.enrichment.enriching import Enrichment
from normalise.registry import sources, use_declared
from normalise.step import Normaliser, make_step, raw_of
from vagt.context import Context
from vagt.contracts.stage import Stage
from vagt.metrics_latency import measured
from vagt.topics import RAW_PATTERN


def build_normaliser(context: Context) -> Normaliser:
    """The normaliser of this context, with all sources imported."""
    use_declared(context.settings.normalise.declared)
    sources()
    return Normaliser(
        context.settings.normalise, context.tenants, context.clock, Enrichment(context.settings.normalise.enrichment)
    )


def build_normalise(context: Context) -> Stage:
    """The stage normalise."""
    step = measured(
        "received_event", make_step(build_normaliser(context)), context.clock, lambda record: raw_of(record).received
    )
    return Stage("normalise", "normalise", (RAW_PATTERN,), step)
