"""azure.auditlogs: who changed what of whom; that no JSON breaks it."""

from typing import Any

import pytest

from tests.normalise.cloud import Fields, event_of, values

SOURCE = "azure.auditlogs"


def record(activity: str, **properties: Any) -> Fields:
    own = {"activityDisplayName": activity, "loggedByService": "Core Directory", "result": "success", **properties}
    return {"time": "2026-11-22T09:00:00Z", "category": "AuditLogs", "operationName": activity, "properties": own}


@pytest.mark.parametrize(
    ("activity", "category", "kind"),
    [
        ("Add user", ["iam"], ["creation", "user"]),
        ("Delete user", ["iam"], ["deletion", "user"]),
        ("Change user password", ["iam"], ["change", "user"]),
        ("Add eligible member to role in PIM completed (permanent)", ["iam"], ["change", "admin"]),
        ("Add member to group", ["iam"], ["change", "group"]),
        ("Add app role assignment to service principal", ["iam"], ["change", "admin"]),
        ("Add service principal credentials", ["iam"], ["change"]),
        ("Add application", ["iam"], ["creation"]),
        ("Delete conditional access policy", ["configuration"], ["deletion"]),
        ("Set federation settings on domain", ["configuration"], ["change"]),
        ("x" * 1000, ["iam"], ["info"]),
    ],
)
def test_an_activity_is_what_its_words_say(activity: str, category: list[str], kind: list[str]) -> None:
    assert values(event_of(SOURCE, record(activity)), "event.category", "event.type") == (category, kind)


def test_an_initiator_is_a_user_or_an_application() -> None:
    user = {"id": "1", "userPrincipalName": "bo@nordby.example", "ipAddress": "203.0.113.1:50000"}
    event = event_of(SOURCE, record("Add user", initiatedBy={"user": user}))
    assert values(event, "user.name", "user.id", "source.ip", "source.port") == ("bo", "1", "203.0.113.1", 50000)
    event = event_of(
        SOURCE, record("Add user", initiatedBy={"user": None, "app": {"displayName": "Sync", "servicePrincipalId": "2"}})
    )
    assert values(event, "user.name", "user.id") == ("Sync", "2")


def test_targets_are_the_first_user_and_the_first_group() -> None:
    targets = [
        {"type": "Role", "displayName": "Owner"},
        {"type": "User", "id": "1", "userPrincipalName": "erik@nordby.example"},
        {"type": "User", "id": "2", "userPrincipalName": "ole@nordby.example"},
        {"type": "Group", "id": "3", "displayName": "VPN"},
    ]
    event = event_of(SOURCE, record("Add member to group", targetResources=targets))
    assert values(event, "user.target.name", "user.target.id", "group.name", "group.id") == ("erik", "1", "VPN", "3")
    assert [one["id"] for one in event["azure"]["auditlogs"]["properties"]["target_resources"][1:]] == ["1", "2", "3"]


def test_graphs_audit_records_are_the_same() -> None:
    graph = {
        **record("Add user", result="failure")["properties"],
        "activityDateTime": "2026-11-22T09:00:00Z",
        "category": "UserManagement",
    }
    event = event_of(SOURCE, graph)
    assert values(event, "event.action", "event.outcome", "@timestamp") == ("Add user", "failure", "2026-11-22T09:00:00.000Z")
