"""azure.platformlogs: firewalls, requests, vaults, storage, SQL, Kubernetes; that no JSON breaks it."""

import json
from typing import Any

import pytest

from normalise.registry import source_for
from tests.normalise.cloud import Fields, event_of, values
from vagt.errors import NormaliseError

SOURCE = "azure.platformlogs"
THING = "/SUBSCRIPTIONS/S1/RESOURCEGROUPS/G1/PROVIDERS/MICROSOFT.NETWORK/AZUREFIREWALLS/FW1"


def record(category: str, properties: Fields, **parts: Any) -> Fields:
    return {"time": "2026-11-22T09:00:00Z", "category": category, "resourceId": THING, "properties": properties, **parts}


@pytest.mark.parametrize(
    "properties",
    [
        {"msg": "TCP request from 10.0.0.4:50000 to 198.51.100.2:445. Action: Deny. Rule Collection: c. Rule: r"},
        {"msg": "TCP request from 10.0.0.4:50000 to 198.51.100.2:445. Action: Deny. . Rule Collection: c. Rule: r"},
    ],
    ids=["with a dot", "with an empty sentence"],
)
def test_a_firewalls_sentence_is_read(properties: Fields) -> None:
    event = event_of(SOURCE, record("AzureFirewallNetworkRule", properties))
    assert values(event, "source.ip", "source.port", "destination.ip", "destination.port") == (
        "10.0.0.4",
        50000,
        "198.51.100.2",
        445,
    )
    assert values(event, "event.type", "rule.name", "rule.ruleset") == (["connection", "denied"], "r", "c")
    assert values(event, "network.transport", "observer.name") == ("tcp", "FW1")


def test_a_structured_firewall_log_names_both_ends_and_the_rule() -> None:
    properties = {
        "Protocol": "UDP",
        "SourceIp": "10.0.0.4",
        "SourcePort": 5,
        "DestinationIp": "10.0.0.5",
        "DestinationPort": 53,
    }
    event = event_of(SOURCE, record("AZFWNetworkRule", {**properties, "Action": "Allow", "Rule": "r"}))
    assert values(event, "event.type", "network.direction", "rule.name") == (["connection", "allowed"], "internal", "r")


def test_a_key_vault_that_refuses_is_a_failure_though_the_result_is_a_success() -> None:
    vault = record(
        "AuditEvent", {"httpStatusCode": 403}, operationName="SecretGet", resultType="Success", resultSignature="Forbidden"
    )
    assert values(event_of(SOURCE, vault), "event.outcome", "event.type") == ("failure", ["access"])


@pytest.mark.parametrize("as_text", [True, False])
def test_kubernetes_audit_is_an_object_or_its_text(as_text: bool) -> None:
    log = {"verb": "create", "user": {"username": "u"}, "sourceIPs": ["203.0.113.1"], "objectRef": {"resource": "pods"}}
    event = event_of(SOURCE, record("kube-audit", {"log": json.dumps(log) if as_text else log}))
    assert values(event, "event.action", "user.name", "source.ip") == ("create", "u", "203.0.113.1")
    assert event["azure"]["platformlogs"]["properties"]["log"] == log


def test_the_time_of_event_hubs_is_read() -> None:
    event = event_of(
        SOURCE, {"category": "OperationalLogs", "resourceId": THING, "EventTimeString": "11/3/2026 9:06:42 PM +00:00"}
    )
    assert values(event, "@timestamp") == ("2026-11-03T21:06:42.000Z",)
    with pytest.raises(NormaliseError, match="not a time of Event Hubs"):
        event_of(SOURCE, {"category": "OperationalLogs", "resourceId": THING, "EventTimeString": "never"})


def test_a_category_that_is_not_known_is_still_an_event() -> None:
    event = event_of(SOURCE, record("SomeNewLogs", {}, operationName="DoIt", resultType="Failed"))
    assert values(event, "event.action", "event.outcome", "vagt.source.partly") == ("DoIt", "failure", "category SomeNewLogs")
    assert source_for(None, json.dumps(record("SomeNewLogs", {})).encode())[0].id == SOURCE
