"""azure.activitylogs: what was done to which resource by whom; that no JSON breaks it."""

from typing import Any

import pytest

from tests.normalise.cloud import Fields, event_of, values

SOURCE = "azure.activitylogs"
DISK = "/subscriptions/S1/resourceGroups/G1/providers/Microsoft.Compute/disks/disk1"


def record(operation: str, **parts: Any) -> Fields:
    start = {"time": "2026-11-22T09:00:00Z", "category": "Administrative", "resourceId": DISK, "operationName": operation}
    return {**start, "resultType": "Success", **parts}


@pytest.mark.parametrize(
    ("operation", "category", "kind"),
    [
        ("MICROSOFT.COMPUTE/DISKS/WRITE", ["configuration"], ["change"]),
        ("Microsoft.Compute/disks/delete", ["configuration"], ["deletion"]),
        ("Microsoft.Compute/disks/read", ["configuration"], ["access"]),
        ("Microsoft.Compute/disks/beginGetAccess/action", ["configuration"], ["change"]),
        ("MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE", ["iam"], ["admin", "change"]),
    ],
)
def test_an_operation_is_what_its_last_word_says(operation: str, category: list[str], kind: list[str]) -> None:
    assert values(event_of(SOURCE, record(operation)), "event.category", "event.type") == (category, kind)


@pytest.mark.parametrize(
    ("result", "outcome"),
    [("Success", "success"), ("Succeeded", "success"), ("Failed", "failure"), ("Failure", "failure"), ("Start", None)],
)
def test_what_has_only_started_has_no_outcome(result: str, outcome: str | None) -> None:
    assert values(event_of(SOURCE, record("x/write", resultType=result)), "event.outcome") == (outcome,)


@pytest.mark.parametrize("resource", [DISK, DISK.upper()])
def test_a_resource_is_taken_apart_in_any_case(resource: str) -> None:
    own = event_of(SOURCE, record("x/write", resourceId=resource))["azure"]
    assert (own["subscription_id"], own["resource"]["group"].upper(), own["resource"]["name"].upper()) == ("S1", "G1", "DISK1")
    assert (own["resource"]["provider"].lower(), own["resource"]["type"].lower()) == ("microsoft.compute", "disks")


def test_the_caller_is_in_the_claims_or_the_evidence() -> None:
    upn = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
    event = event_of(SOURCE, record("x/write", identity={"claims": {upn: "bo@nordby.example", "ipaddr": "203.0.113.1"}}))
    assert values(event, "user.name", "source.ip") == ("bo", "203.0.113.1")
    event = event_of(SOURCE, record("x/write", identity={"authorization": {"evidence": {"principalId": "9a8b"}}}))
    assert values(event, "user.id", "user.name") == ("9a8b", None)


def test_the_apis_records_are_the_same() -> None:
    def word(text: str) -> Fields:
        return {"value": text, "localizedValue": text}

    api = {
        "eventTimestamp": "2026-11-22T09:00:00Z",
        "operationName": word("Microsoft.Compute/disks/delete"),
        "resourceId": DISK,
    }
    api |= {"category": word("Administrative"), "status": word("Succeeded"), "caller": "bo@nordby.example"}
    event = event_of(SOURCE, {**api, "httpRequest": {"clientIpAddress": "203.0.113.1"}})
    assert values(event, "event.type", "event.outcome", "user.name", "source.ip") == (
        ["deletion"],
        "success",
        "bo",
        "203.0.113.1",
    )
