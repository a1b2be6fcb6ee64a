"""Wiring of normalise: the step on the topics `raw.*`."""

from normalise.registry import sources
from normalise.step import Normaliser, make_step
from vagt.context import Context
from vagt.contracts.stage import Stage
from vagt.topics import RAW_PATTERN


def build_normaliser(context: Context) -> Normaliser:
    """The normaliser of this context, with all sources imported."""
    sources()
    return Normaliser(context.settings.normalise, context.tenants, context.clock)


def build_normalise(context: Context) -> Stage:
    """The stage normalise."""
    return Stage("normalise", "normalise", (RAW_PATTERN,), make_step(build_normaliser(context)))
