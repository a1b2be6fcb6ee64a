"""Events in; findings, repeats and matches out: the matcher's step."""

from typing import Any

import pytest

from detections.findings import rule_findings
from detections.matcher import match_batch
from detections.moments import happened_at
from tests.detections.rule_texts import BASE, correlated
from tests.detections.scene import START, detector, documents, event, maker, records
from vagt.clock import to_iso


def test_a_finding_says_which_rule_and_why(rules_of: Any) -> None:
    batch = match_batch(records([event("e1")]), detector(rules_of(BASE, schema="ecs")))
    (finding,) = documents(batch.messages)
    assert finding["event"]["kind"] == "alert"
    assert finding["rule"]["name"] == "Failed login"
    assert finding["organization"] == {"id": "751", "name": "Aarhus"}
    assert finding["vagt"]["finding"]["fields"] == {"event.action": "ssh_login", "event.outcome": "failure"}
    assert finding["vagt"]["finding"]["entity"] == "user:admin"
    assert finding["vagt"]["finding"]["ruleset_version"] == "version 1"
    assert finding["threat"]["technique"]["id"] == ["T1110"]
    assert batch.messages[0].key == b"751|user:admin"
    assert batch.commit is None


def test_without_a_period_each_event_has_its_own_finding(rules_of: Any) -> None:
    batch = match_batch(records([event("e1"), event("e2", 1)]), detector(rules_of(BASE, schema="ecs")))
    assert [one["vagt"]["finding"]["events"] for one in documents(batch.messages)] == [["e1"], ["e2"]]


def test_repeats_within_a_period_share_an_id_and_are_counted(rules_of: Any) -> None:
    ruleset = rules_of(BASE.replace("level: low", "level: low\nvagt.period: 1h"), schema="ecs")
    events = [event("e1"), event("e2", 60), event("other", 61, user="mette"), event("late", 3600)]
    findings = documents(match_batch(records(events), detector(ruleset)).messages)
    assert [one["vagt"]["finding"]["count"] for one in findings] == [2, 1, 1]
    first = findings[0]
    assert first["vagt"]["finding"]["events"] == ["e1", "e2"]
    assert (first["event"]["start"], first["event"]["end"]) == ("2026-11-22T10:00:00.000Z", "2026-11-22T10:01:00.000Z")
    again = documents(match_batch(records([event("e3", 120)]), detector(ruleset)).messages)
    assert again[0]["event"]["id"] == first["event"]["id"]
    assert len({one["event"]["id"] for one in findings}) == 3


def test_a_flood_names_a_hundred_events_and_counts_all(rules_of: Any) -> None:
    ruleset = rules_of(BASE.replace("level: low", "level: low\nvagt.period: 1h"), schema="ecs")
    (finding,) = documents(match_batch(records([event(f"e{n}", n) for n in range(500)]), detector(ruleset)).messages)
    assert finding["vagt"]["finding"]["count"] == 500
    assert len(finding["vagt"]["finding"]["events"]) == 100


def test_a_rule_that_feeds_a_correlation_gives_matches_and_no_findings(rules_of: Any) -> None:
    batch = match_batch(records([event("e1")]), detector(rules_of(correlated("gte: 3", "1m"), schema="ecs")))
    assert documents(batch.messages) == []
    (match,) = documents(batch.messages, "matches")
    assert (match["kind"], match["event"], match["group"], match["tenant"]) == ("match", "e1", "203.0.113.7", "751")
    assert batch.messages[0].key == b"6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a02|751|203.0.113.7"


def test_with_generate_it_gives_both(rules_of: Any) -> None:
    text = correlated("gte: 3", "1m", more="    generate: true\n")
    batch = match_batch(records([event("e1")]), detector(rules_of(text, schema="ecs")))
    assert (len(documents(batch.messages)), len(documents(batch.messages, "matches"))) == (1, 1)


def test_an_alias_joins_fields_of_different_names(rules_of: Any) -> None:
    text = correlated("gte: 3", "1m", more="    aliases:\n        address:\n            failed_login: host.name\n").replace(
        "group-by: source.ip", "group-by: address"
    )
    batch = match_batch(records([event("e1")]), detector(rules_of(text, schema="ecs")))
    assert [one["group"] for one in documents(batch.messages, "matches")] == ["srv01"]


@pytest.mark.parametrize(
    ("stamp", "skewed", "expected"),
    [
        ("2026-11-22T09:00:00.000Z", False, "2026-11-22T09:00:00.000Z"),
        ("2026-11-22T09:00:00.000Z", True, "2026-11-22T10:00:00.000Z"),
        ("2036-11-22T09:00:00.000Z", False, "2026-11-22T10:00:00.000Z"),
        ("2026-11-23T09:00:00.000Z", False, "2026-11-23T09:00:00.000Z"),
        ("not a time", False, "2026-11-22T10:00:00.000Z"),
    ],
)
def test_a_clock_that_cannot_be_trusted_gives_way_to_the_time_of_receipt(stamp: str, skewed: bool, expected: str) -> None:
    one = event("e1") | {"@timestamp": stamp}
    if skewed:
        one["vagt"] = {"clock_skewed": True}
    assert to_iso(START.fromtimestamp(happened_at(one) / 1000, START.tzinfo)) == expected


def test_no_hits_are_no_findings() -> None:
    assert rule_findings([], maker()) == []
