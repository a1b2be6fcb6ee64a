"""The workers of the pipeline: which stage reads what, and what each room is handed from the others.

Imports stand inside the functions: a worker's process loads the rooms that it runs and no others.
"""

import threading
from collections.abc import Callable, Mapping
from functools import partial

from vagt.bus.loop import run_stage
from vagt.bus.protocol import Bus
from vagt.cli.setup import make_context, open_bus
from vagt.context import Context
from vagt.contracts.scope import system_scope
from vagt.contracts.search import EventSearch
from vagt.contracts.stage import Stage
from vagt.operation.tracing import open_traces
from vagt.settings import Settings
from vagt.topics import (
    AUDIT,
    DEAD,
    DELIVERIES,
    EVENTS,
    FINDINGS,
    INCIDENTS,
    MATCHES,
    RAW_PATTERN,
    RULESETS,
    SOURCE_REPORTS,
)
from vagt.worker import WorkerMain

BuildStage = Callable[[Context, Bus], Stage]

# What each group reads: drained means that all of them have finished all of it. A test compares it with the stages.
GROUPS: dict[str, tuple[str, ...]] = {
    "normalise": (RAW_PATTERN,),
    "detections": (EVENTS,),
    "correlations": (MATCHES,),
    "triage": (FINDINGS,),
    "notifier": (INCIDENTS,),
    "store": (EVENTS, FINDINGS, DEAD),
    "cert_bridge": (INCIDENTS,),
    "evidence": (FINDINGS, INCIDENTS, DELIVERIES, AUDIT),
    "register": (SOURCE_REPORTS,),
}
ALL_GROUPS = GROUPS | {"indexer": (EVENTS, FINDINGS, INCIDENTS)}  # where there is an Elasticsearch

# What each worker writes, its outbox and the letters of poison records among it; `cli` are commands that write to the bus
# (`vagt dead replay`). With ALL_GROUPS it is all that access control at the brokers grants.
WRITES: dict[str, tuple[str, ...]] = {
    "ingest": (RAW_PATTERN, DEAD, SOURCE_REPORTS),
    "normalise": (EVENTS, DEAD, SOURCE_REPORTS),
    "detections": (FINDINGS, MATCHES, RULESETS, DEAD),
    "correlations": (FINDINGS, MATCHES, RULESETS, DEAD),
    "triage": (INCIDENTS, DEAD),
    "notifier": (DELIVERIES, FINDINGS, DEAD),
    "store": (AUDIT, DEAD),
    "indexer": (DEAD,),
    "cert_bridge": (DELIVERIES, FINDINGS, DEAD),
    "evidence": (DEAD,),
    "register": (FINDINGS, AUDIT, DEAD),
    "api": (AUDIT,),
    "cli": (RAW_PATTERN, AUDIT),
}


def normalise(context: Context, _bus: Bus) -> Stage:
    """Raw logs to events."""
    from normalise.app import build_normalise

    return build_normalise(context)


def detections(context: Context, _bus: Bus) -> Stage:
    """Events to findings and matches."""
    from detections.app import build_matcher
    from evidence.controls import controls_for

    return build_matcher(context, controls_for)


def correlations(context: Context, bus: Bus) -> Stage:
    """Matches to findings."""
    from detections.app import build_correlator
    from evidence.controls import controls_for

    return build_correlator(context, bus, controls_for)


def triage(context: Context, _bus: Bus) -> Stage:
    """Findings to incidents."""
    from triage.app import build_triage

    return build_triage(context)


def notifier(context: Context, _bus: Bus) -> Stage:
    """Notifications of incidents, by mail and webhook."""
    from evidence.controls import controls_for
    from triage.app import build_notifier

    return build_notifier(context, controls_for)


def store(context: Context, _bus: Bus) -> Stage:
    """Events, findings and dead letters to the archive."""
    from store.app import build_store

    return build_store(context)


def indexer(context: Context, bus: Bus) -> Stage:
    """Events, findings and incidents to Elasticsearch."""
    from store.elastic.indexer import build_indexer
    from triage.queries import find_incident

    return build_indexer(context, bus, partial(find_incident, system_scope("indexer"), context))


def cert_bridge(context: Context, _bus: Bus) -> Stage:
    """Incidents to the CERT."""
    from cert_bridge.app import build_cert_bridge
    from detections.rule_text import rule_text
    from evidence.controls import controls_for
    from triage.queries import findings_of

    return build_cert_bridge(context, partial(findings_of, system_scope("cert_bridge"), context), controls_for, rule_text)


def evidence(context: Context, _bus: Bus) -> Stage:
    """Findings and changes to the ledger."""
    from evidence.app import build_evidence

    return build_evidence(context)


def register(context: Context, bus: Bus) -> Stage:
    """Source reports to the register; silence to findings; topics for registered sources."""
    from evidence.controls import controls_for
    from ingest.app import build_register

    return build_register(context, controls_for, bus.ensure_topic)


STAGES: dict[str, BuildStage] = {
    "normalise": normalise,
    "detections": detections,
    "correlations": correlations,
    "triage": triage,
    "notifier": notifier,
    "store": store,
    "cert_bridge": cert_bridge,
    "evidence": evidence,
    "register": register,
}


def stages_of(settings: Settings) -> dict[str, BuildStage]:
    """The stages that run with these settings: `indexer` too where there is an Elasticsearch."""
    return STAGES | ({"indexer": indexer} if settings.elasticsearch.is_used else {})


def groups_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """What each group of `stages_of` reads."""
    return ALL_GROUPS if settings.elasticsearch.is_used else GROUPS


def stage_worker(build: BuildStage, settings: Settings) -> WorkerMain:
    """A worker that runs one stage with connections of its own."""

    def main(stop: threading.Event) -> None:
        context = make_context(settings)
        bus = open_bus(settings)
        stage = build(context, bus)
        traces = open_traces(settings.operation.tracing, stage.name)
        try:
            run_stage(bus, stage, context.clock, stop, context.state, traces=traces)
        finally:
            traces.close()
            bus.close()
            context.state.close()

    return main


def ingest_worker(settings: Settings) -> WorkerMain:
    """The listeners, files and the journal."""

    def main(stop: threading.Event) -> None:
        from ingest.app import serve
        from normalise.registry import sources, use_declared

        use_declared(settings.normalise.declared)
        unordered = frozenset(name for name, source in sources().items() if not source.ordered)
        serve(make_context(settings), open_bus(settings), stop, frozenset(sources()), unordered)

    return main


def api_worker(settings: Settings) -> WorkerMain:
    """The API and its page."""

    def main(stop: threading.Event) -> None:
        from api.app import serve

        context = make_context(settings)
        search = open_search(context)
        try:
            serve(context, open_bus(settings), search, stop)
        finally:
            search.close()

    return main


def open_search(context: Context) -> EventSearch:
    """What answers searches: Elasticsearch where there is one, else the archive. The caller closes it."""
    from store.queries import ArchiveSearch

    archive = ArchiveSearch(context)
    if not context.settings.elasticsearch.is_used:
        return archive
    from store.elastic.search import StreamSearch

    return StreamSearch(context, archive)


def stage_workers(settings: Settings) -> dict[str, WorkerMain]:
    """All stages, without what listens."""
    return {name: stage_worker(build, settings) for name, build in stages_of(settings).items()}


def all_workers(settings: Settings) -> Mapping[str, WorkerMain]:
    """Everything that `vagt run` starts."""
    return stage_workers(settings) | {"ingest": ingest_worker(settings), "api": api_worker(settings)}
