"""google_workspace.audit: who did what, in every form that an activity comes in; that no JSON breaks it."""

import json
from typing import Any

import pytest

from normalise.registry import source_for
from tests.normalise.cloud import Fields, event_of, events_of, values
from vagt.errors import NormaliseError

SOURCE = "google_workspace.audit"


def activity(application: str, kind: str, *names: str, parameters: Any = (), **parts: Any) -> Fields:
    identity = {"applicationName": application, "time": "2026-11-22T09:00:00.123Z", "customerId": "C1", "uniqueQualifier": "-1"}
    events = [{"type": kind, "name": name, "parameters": list(parameters)} for name in names]
    return {
        "kind": "admin#reports#activity",
        "id": identity,
        "actor": {"email": "anne@nordby.example"},
        "events": events,
        **parts,
    }


@pytest.mark.parametrize(
    ("application", "kind", "name", "category", "types", "outcome"),
    [
        ("login", "login", "login_success", ["authentication"], ["start"], "success"),
        ("login", "login", "login_failure", ["authentication"], ["start"], "failure"),
        ("login", "login", "logout", ["authentication"], ["end"], "success"),
        ("user_accounts", "2sv_change", "2sv_disable", ["iam"], ["change", "user"], "success"),
        ("admin", "USER_SETTINGS", "CREATE_USER", ["iam"], ["creation", "user"], "success"),
        ("admin", "USER_SETTINGS", "GRANT_ADMIN_PRIVILEGE", ["iam"], ["change", "user"], "success"),
        ("admin", "DELEGATED_ADMIN_SETTINGS", "DELETE_ROLE", ["iam"], ["deletion", "admin"], "success"),
        ("admin", "GROUP_SETTINGS", "ADD_GROUP_MEMBER", ["iam"], ["change", "group"], "success"),
        ("admin", "APPLICATION_SETTINGS", "CHANGE_APPLICATION_SETTING", ["configuration"], ["change"], "success"),
        ("drive", "access", "download", ["file"], ["access"], "success"),
        ("drive", "access", "trash", ["file"], ["deletion"], "success"),
        ("drive", "acl_change", "change_user_access", ["iam", "file"], ["change"], "success"),
        ("groups_enterprise", "moderator_action", "add_member", ["iam"], ["change", "group"], "success"),
        ("context_aware_access", "x", "ACCESS_DENY_EVENT", ["authentication"], ["info"], "failure"),
        ("chat", "user_action", "message_posted", ["web"], ["info"], "success"),
    ],
)
def test_a_thing_is_what_its_application_and_name_say(
    application: str, kind: str, name: str, category: list[str], types: list[str], outcome: str
) -> None:
    event = event_of(SOURCE, activity(application, kind, name))
    assert values(event, "event.category", "event.type", "event.outcome") == (category, types, outcome)
    assert values(event, "event.provider", "event.action", "user.name") == (application, name, "anne")


@pytest.mark.parametrize(
    ("application", "name", "category"),
    [
        ("login", "suspicious_login", ["intrusion_detection", "authentication"]),
        ("login", "gov_attack_warning", ["intrusion_detection"]),
        ("mobile", "DEVICE_COMPROMISED_EVENT", ["intrusion_detection"]),
        ("chrome", "MALWARE_TRANSFER", ["malware"]),
        ("rules", "rule_match", ["intrusion_detection"]),
    ],
)
def test_what_google_warns_of_is_an_alert(application: str, name: str, category: list[str]) -> None:
    assert values(event_of(SOURCE, activity(application, "x", name)), "event.kind", "event.category") == ("alert", category)


def test_each_thing_in_an_activity_is_an_event_in_its_order() -> None:
    events = events_of(SOURCE, activity("drive", "access", "view", "edit"))
    assert [event["event"]["action"] for event in events] == ["view", "edit"]


def test_parameters_of_every_type_are_read() -> None:
    parameters = [
        {"name": "SETTING_NAME", "value": "s"},
        {"name": "NEW_VALUE", "boolValue": False},
        {"name": "COUNT", "intValue": "12"},
        {"name": "A.B", "multiValue": ["x", "y"]},
        {"name": "M", "messageValue": {"parameter": [{"name": "n", "value": "v"}]}},
        {"name": "MM", "multiMessageValue": [{"parameter": [{"name": "n", "value": "v"}]}]},
        {"name": "nothing"},
    ]
    event = event_of(SOURCE, activity("admin", "x", "CHANGE", parameters=parameters))
    assert event["google_workspace"]["admin"] == {
        "setting": {"name": "s"},
        "new_value": False,
        "count": 12,
        "a_b": ["x", "y"],
        "m": {"n": "v"},
        "mm": [{"n": "v"}],
    }


def test_a_user_a_group_and_a_file_that_were_acted_on_are_named() -> None:
    both = [{"name": "USER_EMAIL", "value": "erik@nordby.example"}, {"name": "GROUP_EMAIL", "value": "it@nordby.example"}]
    event = event_of(SOURCE, activity("admin", "GROUP_SETTINGS", "ADD_GROUP_MEMBER", parameters=both))
    assert values(event, "user.target.name", "group.name") == ("erik", "it@nordby.example")
    document = [{"name": "doc_title", "value": "a.xlsx"}, {"name": "owner", "value": "anne@nordby.example"}]
    event = event_of(SOURCE, activity("drive", "access", "view", parameters=document))
    assert values(event, "file.name", "file.extension", "file.owner") == ("a.xlsx", "xlsx", "anne@nordby.example")


def test_cloud_loggings_form_and_the_flattened_one_are_the_same() -> None:
    metadata = {
        "@type": "type.googleapis.com/ccc_hosted_reporting.ActivityProto",
        "event": [
            {"eventName": "suspicious_login", "eventType": "account_warning", "parameter": [{"name": "a", "value": "b"}]}
        ],
    }
    payload = {
        "serviceName": "login.googleapis.com",
        "metadata": metadata,
        "authenticationInfo": {"principalEmail": "a@b.example"},
    }
    logged = {"protoPayload": {**payload, "requestMetadata": {"callerIp": "203.0.113.1"}}, "timestamp": "2026-11-22T09:00:00Z"}
    event = event_of(SOURCE, logged)
    assert values(event, "event.provider", "event.action", "source.ip") == ("login", "suspicious_login", "203.0.113.1")
    assert values(event, "google_workspace.login.a", "user.name") == ("b", "a")
    flat = {**activity("login", "x"), "type": "login", "name": "logout", "parameters": {"Login_Type": "saml"}}
    del flat["events"]
    assert values(event_of(SOURCE, flat), "event.action", "google_workspace.login.login_type") == ("logout", "saml")
    assert {source_for(None, json.dumps(one).encode())[0].id for one in (logged, flat)} == {SOURCE}


def test_an_application_that_is_not_known_is_still_an_event() -> None:
    event = event_of(SOURCE, activity("new_thing", "x", "y"))
    assert values(event, "event.action", "vagt.source.partly") == ("y", "application new_thing")


NEVER = activity("login", "x", "y") | {"id": {"applicationName": "login", "time": "never"}}


@pytest.mark.parametrize("body", [{}, activity("login", "login"), NEVER], ids=range(3))
def test_what_is_no_activity_or_holds_nothing_is_refused_with_a_reason(body: Fields) -> None:
    with pytest.raises(NormaliseError, match=r"\w"):
        events_of(SOURCE, body)
