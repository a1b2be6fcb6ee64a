"""The register of sources: counted once, silent ones found once, and only what the asker may see."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from ingest.app import build_register
from ingest.commands import register_source, unregister_source
from ingest.queries import list_sources, reported_days
from tests.ingest.hands import NOON, records
from tests.unkind_bus import UnkindBus, run_until_drained
from vagt.clock import to_iso
from vagt.context import Context
from vagt.contracts.event import Event
from vagt.contracts.finding import Controls
from vagt.contracts.scope import Scope, system_scope
from vagt.contracts.source_report import SourceReport
from vagt.contracts.stage import Message, Record, Stage
from vagt.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from vagt.state.outbox import outbox
from vagt.topics import AUDIT, DEAD, FINDINGS, SOURCE_REPORTS

OPERATOR = Scope("per", frozenset({"operator"}), None, "operation")
EVERYBODY = system_scope("test")


class Hands:
    """The stage, and the clock that the test moves."""

    def __init__(self, make_context: Callable[..., Context], **ingest: Any) -> None:
        self.now = NOON
        self.context = make_context(clock=lambda: self.now, **ingest)
        self.stage: Stage = build_register(self.context, lambda tags: Controls(tuple(tags), "1"))
        self.offset = 0

    def report(self, minutes_ago: float = 0, **more: Any) -> Record:
        at = to_iso(self.now - timedelta(minutes=minutes_ago))
        report: SourceReport = {
            "tenant": "751",
            "source": "linux.auth",
            "host": "web01",
            "events": 10,
            "dead": 0,
            "bytes": 1000,
            "last_event": at,
            "last_received": at,
            "skew_seconds": 0.5,
        }
        record = Record(SOURCE_REPORTS, 0, self.offset, b"", orjson.dumps(report | more), {}, 0)
        self.offset += 1
        return record

    def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)
        assert self.stage.tick is not None
        self.stage.tick(self.now)

    def put(self, topic: str) -> list[Any]:
        with self.context.state.read() as connection:
            rows = connection.execute(outbox.select().where(outbox.c.topic == topic)).all()
        return [orjson.loads(row.value) for row in rows]

    def findings(self) -> list[tuple[str, str, str]]:
        return [(one["rule"]["id"], one["organization"]["id"], one["vagt"]["finding"]["entity"]) for one in self.put(FINDINGS)]


@pytest.fixture
def make_hands(make_context: Callable[..., Context]) -> Callable[..., Hands]:
    return lambda **ingest: Hands(make_context, **ingest)


@pytest.fixture
def hands(make_hands: Callable[..., Hands]) -> Hands:
    return make_hands(sources=[{"tenant": "751", "source": "linux.auth", "cadence_seconds": 600, "owner": "drift"}])


def test_a_report_that_comes_twice_is_counted_once(hands: Hands) -> None:
    records = [hands.report(), hands.report(events=5, dead=2)]
    hands.stage.step(records[:1])
    hands.stage.step(records)
    hands.stage.step(records)
    (source,) = list_sources(EVERYBODY, hands.context)
    assert (source["events"], source["dead"], source["bytes"]) == (15, 2, 2000)
    (day,) = reported_days(EVERYBODY, hands.context, "751", date(2026, 11, 1), date(2026, 11, 30))
    assert (day["day"], day["events"], day["dead"]) == ("2026-11-22", 15, 2)


@pytest.mark.parametrize(("named", "stored"), [("H" * 300, "h" * 255), ("web\0", "web\ufffd")], ids=["long", "nul"])
def test_a_hosts_name_that_no_column_holds_keeps_no_report_out(hands: Hands, named: str, stored: str) -> None:
    hands.stage.step([hands.report(host=named)])
    hands.stage.step([hands.report(host=named)])
    assert [(one["host"], one["events"]) for one in list_sources(EVERYBODY, hands.context)] == [(stored, 20)]


def test_hosts_that_anybody_can_invent_are_bounded_and_those_with_a_duty_are_not_among_them(
    make_hands: Callable[..., Hands], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.reports.MOST_HOSTS", 4)
    hands = make_hands(sources=[{"tenant": "751", "source": "linux.auth", "host": "db01"}])
    hands.later(seconds=1)
    hands.stage.step([hands.report(host=f"web{number}") for number in range(9)])
    hands.stage.step([hands.report(host="db01"), hands.report(host="web0"), hands.report(host="web10")])
    found = {one["host"]: one["events"] for one in list_sources(EVERYBODY, hands.context)}
    assert found == {"web0": 20, "web1": 10, "web2": 10, "db01": 10, "(others)": 70}


def test_a_host_not_heard_of_for_as_long_as_days_are_kept_is_forgotten(make_hands: Callable[..., Hands]) -> None:
    hands = make_hands(
        sources=[{"tenant": "751", "source": "cisco.asa", "cadence_seconds": 600}], register_limits={"keep_days": 30}
    )
    hands.stage.step([hands.report(), hands.report(source="cisco.asa")])
    hands.later(days=31)
    assert [one["source"] for one in list_sources(EVERYBODY, hands.context)] == ["cisco.asa"]


def test_reports_of_a_topic_that_was_made_anew_are_counted(hands: Hands) -> None:
    hands.stage.step([hands.report()._replace(offset=5000, timestamp=1000)])
    hands.stage.step([hands.report()._replace(offset=0, timestamp=2000)])
    hands.stage.step([hands.report()._replace(offset=0, timestamp=2000)])
    assert [one["events"] for one in list_sources(EVERYBODY, hands.context)] == [20]


def test_on_an_unkind_bus_every_report_is_counted_once(hands: Hands, tmp_path: Path) -> None:
    bus = UnkindBus(tmp_path / "unkind", seed=3)
    producer = bus.producer()
    for number in range(60):
        producer.send(Message(SOURCE_REPORTS, str(number).encode(), hands.report(host=f"web{number % 5}").value))
    producer.flush()
    stops = run_until_drained(bus, lambda: hands.stage, hands.context.clock, hands.context.state, [SOURCE_REPORTS])
    assert stops > 0
    assert [one["events"] for one in list_sources(EVERYBODY, hands.context)] == [120] * 5
    producer.close()
    bus.close()


def test_a_report_that_is_none_becomes_a_dead_letter_and_the_others_are_counted(hands: Hands, tmp_path: Path) -> None:
    bus = UnkindBus(tmp_path / "unkind", seed=1)
    producer = bus.producer()
    for value in (b"{broken", hands.report().value, b"[]", hands.report().value):
        producer.send(Message(SOURCE_REPORTS, b"one", value))
    producer.flush()
    run_until_drained(bus, lambda: hands.stage, hands.context.clock, hands.context.state, [SOURCE_REPORTS])
    assert [one["events"] for one in list_sources(EVERYBODY, hands.context)] == [20]
    assert {record.value for record in records(bus, DEAD)} == {b"{broken", b"[]"}
    producer.close()
    bus.close()


def test_a_source_silent_past_its_cadence_is_one_finding_for_each_silence(hands: Hands) -> None:
    hands.later()
    hands.stage.step([hands.report()])
    for _ in range(3):
        hands.later(minutes=6)
    assert hands.findings() == [("vagt-source-silent", "751", "source:linux.auth")]
    hands.stage.step([hands.report()])
    hands.later()
    hands.later(minutes=30)
    assert [rule for rule, _, _ in hands.findings()] == ["vagt-source-silent"] * 2
    first, second = hands.put(FINDINGS)
    assert first["event"]["id"] != second["event"]["id"]
    assert first["event"]["start"] == to_iso(NOON)
    assert "drift" in first["message"]
    assert first["vagt"]["finding"]["controls"] == ["vagt.source_silent"]
    assert first["vagt"]["finding"]["first_action"] == "source_silent"


def test_the_same_silence_found_by_a_restarted_stage_has_the_same_id(hands: Hands) -> None:
    hands.later()
    hands.stage.step([hands.report()])
    hands.later(minutes=20)
    again = build_register(hands.context, lambda tags: Controls((), "1"))
    assert again.tick is not None
    again.tick(hands.now)
    again.tick(hands.now + timedelta(minutes=10))
    assert len(hands.findings()) == 1


def test_after_a_start_nobody_is_called_silent_before_the_grace_is_over(hands: Hands) -> None:
    hands.stage.step([hands.report()])
    hands.now += timedelta(hours=5)
    hands.later()
    hands.later(seconds=60)
    assert hands.findings() == []
    hands.later(seconds=90)
    assert len(hands.findings()) == 1


def test_a_source_that_never_came_is_a_finding_once_its_cadence_is_over(hands: Hands) -> None:
    hands.later()
    hands.later(minutes=9)
    assert hands.findings() == []
    hands.later(minutes=2)
    assert hands.findings() == [("vagt-source-never-seen", "751", "source:linux.auth")]
    (status,) = list_sources(EVERYBODY, hands.context)
    assert (status["registered"], status["last_seen"], status["silent_since"]) == (True, None, to_iso(NOON))


def test_a_host_that_must_report_is_not_covered_by_another(make_hands: Callable[..., Hands]) -> None:
    hands = make_hands(sources=[{"tenant": "751", "source": "linux.auth", "host": "DB01", "cadence_seconds": 600}])
    hands.later()
    hands.stage.step([hands.report(host="db01"), hands.report(host="web01")])
    hands.later(minutes=9)
    hands.stage.step([hands.report(host="web01")])
    hands.later(minutes=5)
    assert hands.findings() == [("vagt-source-silent", "751", "source:linux.auth/db01")]


def test_too_many_dead_letters_are_one_finding_until_they_stop(hands: Hands) -> None:
    hands.later()
    hands.stage.step([hands.report(events=40, dead=20)])
    hands.later(seconds=5)
    assert hands.findings() == []  # 60 logs say nothing yet
    hands.stage.step([hands.report(events=40, dead=20, host="web02")])
    hands.later(seconds=5)
    hands.later(seconds=5)
    assert hands.findings() == [("vagt-dead-letter-rate", "751", "source:linux.auth")]
    hands.stage.step([hands.report(events=10_000)])
    hands.later(seconds=5)
    hands.stage.step([hands.report(events=0, dead=9_000)])
    hands.later(seconds=5)
    assert len(hands.findings()) == 2


def test_a_wrong_clock_is_one_finding_of_its_host(hands: Hands) -> None:
    hands.later()
    hands.stage.step([hands.report(skew_seconds=3600.0), hands.report(skew_seconds=None), hands.report(host="db01")])
    hands.later(seconds=5)
    hands.later(seconds=5)
    assert hands.findings() == [("vagt-clock-skew", "751", "source:linux.auth/web01")]


def test_registering_and_unregistering_are_audited(hands: Hands) -> None:
    register_source(OPERATOR, hands.context, "730", "cisco.asa", "FW01", cadence_seconds=60, owner="net")
    register_source(OPERATOR, hands.context, "730", "cisco.asa", "fw01", cadence_seconds=120)
    hands.later()
    hands.later(minutes=5)
    assert ("vagt-source-never-seen", "730", "source:cisco.asa/fw01") in hands.findings()
    unregister_source(OPERATOR, hands.context, "730", "cisco.asa", "fw01")
    audit = hands.put(AUDIT)
    assert [(one["action"], one["actor"], one["subject"]) for one in audit] == [
        ("registered", "per", "source:730/cisco.asa/fw01"),
        ("registered", "per", "source:730/cisco.asa/fw01"),
        ("unregistered", "per", "source:730/cisco.asa/fw01"),
    ]
    assert audit[0]["before"] is None
    assert audit[1]["before"]["cadence_seconds"] == 60
    assert audit[2]["after"] is None


def test_what_the_settings_register_is_changed_there(hands: Hands) -> None:
    hands.later()
    for change in (register_source, unregister_source):
        with pytest.raises(ConflictError, match=r"ingest\.sources"):
            change(OPERATOR, hands.context, "751", "linux.auth")


@pytest.mark.parametrize(
    ("scope", "tenant", "source", "error"),
    [
        (Scope("a", frozenset({"analyst"}), None), "751", "linux.auth", ForbiddenError),
        (Scope("b", frozenset({"operator"}), frozenset({"730"})), "751", "linux.auth", NotFoundError),
        (OPERATOR, "101", "linux.auth", UsageError),
        (OPERATOR, "751", "Linux/Auth", UsageError),
    ],
)
def test_who_may_not_or_names_nothing_is_refused(
    hands: Hands, scope: Scope, tenant: str, source: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        register_source(scope, hands.context, tenant, source)
    with pytest.raises(error):
        unregister_source(scope, hands.context, tenant, source)


def test_unregistering_what_is_not_registered_says_so(hands: Hands) -> None:
    with pytest.raises(NotFoundError, match="not registered"):
        unregister_source(OPERATOR, hands.context, "730", "cisco.asa")


def test_a_municipality_sees_its_own_sources_alone(hands: Hands) -> None:
    hands.later()
    hands.stage.step([hands.report(), hands.report(tenant="730")])
    own = Scope("m", frozenset({"municipality"}), frozenset({"730"}))
    assert [one["tenant"] for one in list_sources(own, hands.context)] == ["730"]
    with pytest.raises(NotFoundError):
        reported_days(own, hands.context, "751", date(2026, 11, 1), date(2026, 11, 30))
    assert len(reported_days(own, hands.context, "730", date(2026, 11, 22), date(2026, 11, 22))) == 1


def test_the_rate_is_that_of_the_window(hands: Hands) -> None:
    hands.later()
    hands.stage.step([hands.report(events=900), hands.report(minutes_ago=120, events=5000, host="web02")])
    rates = {one["host"]: one["rate"] for one in list_sources(EVERYBODY, hands.context)}
    assert rates["web01"] == pytest.approx(1.0)
    assert rates["web02"] == 0


def test_old_days_are_forgotten(make_hands: Callable[..., Hands]) -> None:
    hands = make_hands(register_limits={"keep_days": 30})
    hands.later()
    hands.stage.step([hands.report()])
    hands.later(days=29)
    assert len(reported_days(EVERYBODY, hands.context, "751", date(2026, 1, 1), date(2027, 1, 1))) == 1
    hands.later(days=3)
    assert reported_days(EVERYBODY, hands.context, "751", date(2026, 1, 1), date(2027, 1, 1)) == []


def test_a_finding_is_a_whole_alert_document(hands: Hands) -> None:
    hands.later()
    hands.later(minutes=20)
    document: Event = hands.put(FINDINGS)[0]
    assert document["event"]["kind"] == "alert"
    assert document["vagt"]["finding"]["kind"] == "pipeline"
    assert document["organization"] == {"id": "751", "name": "Aarhus"}
    assert datetime.fromisoformat(document["event"]["start"]) == NOON
