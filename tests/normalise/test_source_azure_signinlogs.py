"""azure.signinlogs: who signed in from where and whether it went well, from Azure and from Graph; that no JSON breaks it."""

import json
from typing import Any

import pytest

from normalise.registry import source_for
from tests.normalise.cloud import Fields, event_of, events_of, values
from vagt.errors import NormaliseError

SOURCE = "azure.signinlogs"


def record(properties: Fields | None = None, **parts: Any) -> Fields:
    start = {"time": "2026-11-22T09:00:00.1234567Z", "category": "SignInLogs", "operationName": "Sign-in activity"}
    return {**start, "resultType": "0", "properties": properties or {}, **parts}


def test_a_sign_in_says_who_and_from_where() -> None:
    properties = {
        "userPrincipalName": "anne@nordby.example",
        "userId": "1",
        "userDisplayName": "Anne",
        "ipAddress": "203.0.113.1",
    }
    event = event_of(SOURCE, record(properties, callerIpAddress="198.51.100.1"))
    assert values(event, "user.name", "user.domain", "user.id", "user.full_name") == ("anne", "nordby.example", "1", "Anne")
    assert values(event, "source.ip", "event.outcome", "event.category") == ("203.0.113.1", "success", ["authentication"])


@pytest.mark.parametrize("result", ["50126", 50126])
def test_any_error_number_is_a_failure_with_its_reason(result: Any) -> None:
    event = event_of(SOURCE, record({"status": {"failureReason": "no"}}, resultType=result))
    assert values(event, "event.outcome", "event.code", "event.reason", "message") == ("failure", "50126", "no", "no")


def test_a_service_principal_is_the_user_of_its_sign_in() -> None:
    properties = {"servicePrincipalName": "Sagsflow", "servicePrincipalId": "9a8b", "ipAddress": ""}
    event = event_of(SOURCE, record(properties, category="ServicePrincipalSignInLogs"))
    assert values(event, "user.name", "user.id", "source.ip") == ("Sagsflow", "9a8b", None)


def test_a_users_name_that_is_an_id_is_still_a_name() -> None:
    name = "3c9a8b7c-5e4f-4a3b-8c2d-1e0f9a8b7c6d"
    assert values(event_of(SOURCE, record({"userPrincipalName": name})), "user.name", "user.domain") == (name, None)


def test_names_are_as_in_elastics_integration() -> None:
    properties = {"deviceDetail": {"trustType": "Azure AD joined"}, "riskLevelDuringSignIn": "high", "createdDateTime": "x"}
    own = event_of(SOURCE, record(properties, tenantId="t", correlationId="c"))["azure"]
    assert own["tenant_id"] == "t" and own["correlation_id"] == "c"
    assert own["signinlogs"]["properties"] == {
        "device_detail": {"trust_type": "Azure AD joined"},
        "risk_level_during_signin": "high",
        "created_at": "x",
    }


def test_graphs_sign_ins_are_the_same() -> None:
    graph = {
        "createdDateTime": "2026-11-22T09:00:00Z",
        "conditionalAccessStatus": "failure",
        "riskLevelDuringSignIn": "none",
        "status": {"errorCode": 53003, "failureReason": "blocked"},
        "userPrincipalName": "anne@nordby.example",
        "signInEventTypes": ["nonInteractiveUser"],
    }
    event = event_of(SOURCE, graph)
    assert values(event, "event.code", "user.name", "@timestamp") == ("53003", "anne", "2026-11-22T09:00:00.000Z")
    assert values(event, "azure.signinlogs.category") == ("NonInteractiveUserSignInLogs",)
    assert source_for(None, json.dumps({"value": [graph]}).encode())[0].id == SOURCE


def test_another_category_is_an_event_that_says_so() -> None:
    event = event_of(SOURCE, record(category="B2CRequestLogs"))
    assert values(event, "vagt.source.partly") == ("category B2CRequestLogs",)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"category":"SignInLogs"}',
        b'{"records":[{"category":5}]}',
        b'{"category":"SignInLogs","properties":{},"time":5}',
    ],
    ids=range(5),
)
def test_what_is_no_record_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(NormaliseError, match=r"\w"):
        events_of(SOURCE, body)
