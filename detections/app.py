"""Wiring of the detections: the stage that matches events and the one that correlates matches."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from detections.cache_files import cache_folder
from detections.correlation_state import CorrelationState
from detections.correlator import Correlations, look_back, rebuild
from detections.current import Current
from detections.engine import Engine
from detections.exceptions import Exceptions
from detections.findings import Maker
from detections.indicators import IndicatorFiles
from detections.loaded import Loaded, definitions
from detections.matcher import Detector, match_batch
from detections.plan_cache import PlanCache
from detections.reloading import Reloading
from detections.rule import RuleSet
from detections.rulesets import Version
from vagt.bus.protocol import Bus
from vagt.context import Context
from vagt.contracts.finding import ControlsFor
from vagt.contracts.stage import Outputs, Record, Stage, TopicPartition
from vagt.metrics_latency import created, measured
from vagt.topics import EVENTS, MATCHES

CORRELATIONS = "correlations"
RELOADING = Reloading()


def make_maker(context: Context, controls_for: ControlsFor, loaded: Loaded, version: Version) -> Maker:
    """A maker of findings that say which version they were made with."""
    return Maker(context.tenants, controls_for, context.clock, loaded.hash, version.number, loaded.enablement)


def build_matcher(context: Context, controls_for: ControlsFor, reloading: Reloading = RELOADING) -> Stage:
    """Events to findings and matches."""
    log = structlog.get_logger().bind(stage="detections")
    settings = context.settings.detections
    files = IndicatorFiles(settings.indicators)

    def prepare(loaded: Loaded) -> tuple[Engine, Exceptions]:
        engine = Engine(worth_compiling(loaded), PlanCache(cache_folder(context.data_dir)))
        return engine, Exceptions(loaded.ruleset, lambda: context.clock().date())

    def detector_of(loaded: Loaded, made: tuple[Engine, Exceptions], version: Version) -> Detector:
        maker = make_maker(context, controls_for, loaded, version)
        return Detector(loaded.ruleset, *made, maker, lambda: files.current)

    current = Current(context, "detections", prepare, reloading)
    detector = detector_of(current.loaded, current.made, current.version)

    def swap(loaded: Loaded, made: tuple[Engine, Exceptions], version: Version) -> None:
        nonlocal detector
        detector = detector_of(loaded, made, version)

    def step(records: Sequence[Record]) -> Outputs:
        return match_batch(records, detector)

    def tick(_: datetime) -> Outputs:
        news = current.refresh(swap)
        if files.refresh():
            log.info("indicators_read", indicators=len(files.current), bad_lines=len(files.bad))
        current.made[0].keep()
        return Outputs(news)

    timed = measured("received_matched", step, context.clock, created)
    return Stage("detections", "detections", (EVENTS,), timed, tick, tick_seconds=5.0)


def worth_compiling(loaded: Loaded) -> RuleSet:
    """The rules without those that are off for everybody and for good."""
    rules = tuple(rule for rule in loaded.ruleset.rules if not loaded.enablement.is_off_for_good(rule.info.id))
    return replace(loaded.ruleset, rules=rules)


def build_correlator(context: Context, bus: Bus, controls_for: ControlsFor, reloading: Reloading = RELOADING) -> Stage:
    """Matches to findings; the state is read back from the bus whenever partitions are assigned."""
    settings = context.settings.detections
    lateness = timedelta(seconds=settings.lateness_seconds)
    current = Current(context, CORRELATIONS, lambda loaded: None, reloading)

    def fresh_of(loaded: Loaded) -> Callable[[], CorrelationState]:
        return lambda: CorrelationState(
            loaded.ruleset.correlations,
            settings.lateness_seconds * 1000,
            settings.groups_per_correlation,
            settings.matches_per_group,
        )

    maker = make_maker(context, controls_for, current.loaded, current.version)
    correlations = Correlations(maker, fresh_of(current.loaded), bus.read)

    log = structlog.get_logger().bind(stage=CORRELATIONS)
    told: dict[str, Counter[str]] = {}

    counting, day = definitions(current.loaded), context.clock().date()

    def swap(loaded: Loaded, _: None, version: Version) -> None:
        nonlocal counting
        wanted = definitions(loaded)
        kept = frozenset(name for name, one in wanted.items() if counting.get(name) == one)
        back = look_back(loaded.ruleset.correlations, lateness)
        committed = bus.committed(CORRELATIONS)

        def rebuild_others(place: TopicPartition, state: CorrelationState) -> None:
            if len(kept) < len(loaded.ruleset.correlations):
                rebuild(bus, place, state, committed.get(place, 0), back, loaded.enablement)

        maker = make_maker(context, controls_for, loaded, version)
        correlations.swap(maker, fresh_of(loaded), kept, rebuild_others)
        counting = wanted

    def tick(now: datetime) -> Outputs:
        nonlocal day
        if day != (today := context.clock().date()):
            if definitions(current.loaded) != counting:  # a switch has expired
                swap(current.loaded, None, current.version)
            day = today
        news = current.refresh(swap)
        shed = correlations.shed()
        if shed != told:
            told.update(shed)
            if any(shed.values()):
                log.warning("matches_shed", **{cause: dict(counts) for cause, counts in shed.items() if counts})
        return Outputs([*news, *correlations.tick(now).messages])

    def on_assigned(places: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        committed = bus.committed(CORRELATIONS)
        back = look_back(current.loaded.ruleset.correlations, lateness)
        for place in places:
            correlations.drop([place])
            state = correlations.state(place)
            rebuild(bus, place, state, committed.get(place, 0), back, current.loaded.enablement)
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
