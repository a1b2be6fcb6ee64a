"""What reports say of a batch's events: kinds that were not understood, and the fields of a sample; both bounded."""

from datetime import UTC, datetime
from typing import Any

import orjson

from normalise.partly import partly
from normalise.reports import SAMPLE_EVERY, Reports
from normalise.seen import Seen, field_names
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

RAW = RawLog("751", "cisco.asa", b"x", datetime(2026, 11, 22, 12, tzinfo=UTC), "syslog+udp", "fw", "p")


def event(**more: Any) -> Event:
    return {"@timestamp": "2026-11-22T12:00:00.000Z", "event": {"dataset": "cisco.asa"}, **more}


def report_of(*events: Event) -> Any:
    reports = Reports()
    for one in events:
        reports.add_events(RAW, [one], "fw")
    (message,) = reports.messages()
    return orjson.loads(message.value)


def test_what_a_parser_did_not_know_and_values_of_a_wrong_type_are_counted_by_name() -> None:
    unknown, wrong = event(), event(vagt={"unmapped": {"source.port": "x", "source.ip": "y"}})
    partly(unknown, "message 305099")
    report = report_of(event(), unknown, unknown, wrong, event(vagt={"clock_skewed": True}))
    assert report["partly"] == {"message 305099": 2, "value of source.port": 1}


def test_fields_are_those_of_one_event_in_so_many() -> None:
    report = report_of(*[event(source={"ip": "192.0.2.1", "nat": {"port": 1}})] * (2 * SAMPLE_EVERY + 1))
    assert report["sampled"] == 3
    assert report["fields"] == {"@timestamp": 3, "event.dataset": 3, "source.ip": 3, "source.nat.port": 3}


def test_what_lies_in_a_list_has_the_lists_name() -> None:
    assert list(field_names({"dns": {"answers": [{"data": "a"}, {"data": "b"}]}})) == ["dns.answers"]


def test_names_are_bounded_in_number_and_length() -> None:
    seen, report = Seen(), report_of(event())
    for number in range(500):
        seen.add({"vagt": {"source": {"partly": f"{number} " + "x" * 500}}, f"name{number}": 1}, is_sample=True)
    seen.put_in(report)
    assert len(report["partly"]) == 21 and report["partly"]["(others)"] == 480
    assert len(report["fields"]) == 401
    assert max(map(len, report["partly"])) == 128
