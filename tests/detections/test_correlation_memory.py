"""A day of matches with a compressed clock: memory stays flat, and nothing is left when all windows are over."""

from benchmarks.correlations import DAY, LATENESS, a_day, day_rules
from detections.correlation_state import CorrelationState

MATCHES = 120_000
HOURS = 24


def test_a_day_runs_in_flat_memory_and_leaves_nothing() -> None:
    state = CorrelationState(day_rules(), LATENESS)
    hourly = []
    position, moment = 0, 0
    for position, (moment, match) in enumerate(a_day(MATCHES), 1):
        state.take(match, position, moment)
        if position % (MATCHES // HOURS) == 0:
            hourly.append((state.groups, state.matches))
    settled = hourly[5:]  # the longest windows are over once by then
    for kept in zip(*settled, strict=True):
        assert max(kept) < 1.15 * min(kept)
    assert max(matches for _, matches in settled) < MATCHES // 4
    assert not any((state.shed.late, state.shed.events, state.shed.groups))
    for _ in range(DAY // 4 // 60_000):
        position, moment = position + 1, moment + 60_000
        state.pass_time(position, moment)
    assert (state.groups, state.matches) == (0, 0)


def test_groups_of_a_correlation_that_hears_nothing_more_are_forgotten_by_the_tick() -> None:
    state = CorrelationState(day_rules(), LATENESS)
    for position, (moment, match) in enumerate(a_day(2_000), 1):
        state.take(match, position, moment)
    assert state.groups > 0
    state.expire(moment + DAY)
    state.pass_time(position + 1, moment + DAY)
    assert (state.groups, state.matches) == (0, 0)
