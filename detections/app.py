"""Wiring of the detections: the stage that matches events and the one that correlates matches."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from detections.correlation_state import CorrelationState
from detections.correlator import Correlations, look_back, rebuild
from detections.engine import Engine
from detections.exceptions import Exceptions
from detections.findings import Maker
from detections.indicators import IndicatorFiles
from detections.loading import load_rules
from detections.matcher import Detector, match_batch
from detections.rule import RuleSet
from vagt.bus.protocol import Bus
from vagt.context import Context
from vagt.contracts.finding import ControlsFor
from vagt.contracts.stage import Outputs, Record, Stage, TopicPartition
from vagt.metrics_latency import created, measured
from vagt.topics import EVENTS, MATCHES

CORRELATIONS = "correlations"


def load(context: Context) -> RuleSet:
    """The rule set that the settings name."""
    settings = context.settings.detections
    return load_rules(settings.rules, settings.builtin)


def build_matcher(context: Context, controls_for: ControlsFor) -> Stage:
    """Events to findings and matches."""
    log = structlog.get_logger().bind(stage="detections")
    ruleset = load(context)
    log.info(
        "rules_loaded",
        rules=len(ruleset.rules),
        correlations=len(ruleset.correlations),
        exceptions=len(ruleset.exceptions),
        refused=len(ruleset.refused),
        version=ruleset.version,
        seconds=round(ruleset.load_seconds, 3),
    )
    settings = context.settings.detections
    files = IndicatorFiles(settings.indicators)
    detector = Detector(
        ruleset=ruleset,
        engine=Engine(ruleset, settings.memory_megabytes << 20),
        exceptions=Exceptions(ruleset, lambda: context.clock().date()),
        maker=Maker(context.tenants, controls_for, context.clock, ruleset.version),
        indicators=lambda: files.current,
    )

    def step(records: Sequence[Record]) -> Outputs:
        return match_batch(records, detector)

    def tick(_: datetime) -> Outputs:
        if files.refresh():
            log.info("indicators_read", indicators=len(files.current), bad_lines=len(files.bad))
        return Outputs()

    timed = measured("received_matched", step, context.clock, created)
    return Stage("detections", "detections", (EVENTS,), timed, tick, tick_seconds=5.0)


def build_correlator(context: Context, bus: Bus, controls_for: ControlsFor) -> Stage:
    """Matches to findings; the state is read back from the bus whenever partitions are assigned."""
    ruleset = load(context)
    settings = context.settings.detections
    lateness = timedelta(seconds=settings.lateness_seconds)

    def fresh() -> CorrelationState:
        return CorrelationState(
            ruleset.correlations,
            settings.lateness_seconds * 1000,
            settings.groups_per_correlation,
            settings.matches_per_group,
        )

    correlations = Correlations(Maker(context.tenants, controls_for, context.clock, ruleset.version), fresh)

    log = structlog.get_logger().bind(stage="correlations")
    told: dict[str, Counter[str]] = {}

    def tick(now: datetime) -> Outputs:
        shed = correlations.shed()
        if shed != told:
            told.update(shed)
            if any(shed.values()):
                log.warning("matches_shed", **{cause: dict(counts) for cause, counts in shed.items() if counts})
        return correlations.tick(now)

    def on_assigned(places: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        committed = bus.committed(CORRELATIONS)
        for place in places:
            correlations.drop([place])
            rebuild(bus, place, correlations.state(place), committed.get(place, 0), look_back(ruleset, lateness))
        return {}

    return Stage(
        CORRELATIONS,
        CORRELATIONS,
        (MATCHES,),
        correlations.step,
        tick,
        on_assigned=on_assigned,
        on_revoked=correlations.drop,
    )
