"""azure.identity_protection: risks of users and service principals; that no JSON breaks it."""

from typing import Any

from tests.normalise.cloud import Fields, event_of, values

SOURCE = "azure.identity_protection"


def record(category: str, **properties: Any) -> Fields:
    return {"time": "2026-11-22T09:00:00Z", "category": category, "operationName": "Risk", "properties": properties}


def test_a_detection_is_an_alert_that_names_the_risk_where_rules_look_for_it() -> None:
    properties = {"riskEventType": "unlikelyTravel", "riskLevel": "high", "userPrincipalName": "anne@nordby.example"}
    event = event_of(SOURCE, record("UserRiskEvents", ipAddress="203.0.113.1", **properties))
    assert values(event, "event.kind", "event.severity", "rule.name", "user.name") == ("alert", 4, "unlikelyTravel", "anne")
    assert values(event, "azure.identityprotection.properties.risk_event_type", "source.ip") == (
        "unlikelyTravel",
        "203.0.113.1",
    )


def test_a_risky_user_is_an_alert_until_the_risk_is_over() -> None:
    at_risk = event_of(SOURCE, record("RiskyUsers", id="1", riskState="atRisk", riskLevel="high"))
    over = event_of(SOURCE, record("RiskyUsers", id="1", riskState="remediated", riskLevel="none"))
    assert values(at_risk, "event.kind", "user.id") == ("alert", "1")
    assert values(over, "event.kind", "event.severity") == ("event", None)


def test_graphs_detections_are_the_same() -> None:
    graph = {
        "riskEventType": "leakedCredentials",
        "riskState": "atRisk",
        "riskLevel": "low",
        "detectedDateTime": "2026-11-22T09:00:00Z",
    }
    event = event_of(SOURCE, {"value": [graph]} | {"@odata.context": "x"})
    assert values(event, "rule.name", "azure.identityprotection.category") == ("leakedCredentials", "UserRiskEvents")
