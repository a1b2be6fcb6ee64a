"""microsoft.defender: alerts with their evidence, incidents, hunting tables; that no JSON breaks it."""

from typing import Any

import pytest

from tests.normalise.cloud import Fields, event_of, events_of, values
from vagt.errors import NormaliseError

SOURCE = "microsoft.defender"
KIND = "#microsoft.graph.security."


def alert(**parts: Any) -> Fields:
    return {
        "title": "T",
        "serviceSource": "microsoftDefenderForEndpoint",
        "lastUpdateDateTime": "2026-11-22T09:00:00Z",
        **parts,
    }


def row(table: str, action: str, **columns: Any) -> Fields:
    own = {"Timestamp": "2026-11-22T09:00:00.1234567Z", "DeviceName": "pc-1", "DeviceId": "d", "ActionType": action, **columns}
    return {"time": "2026-11-22T09:00:05Z", "category": f"AdvancedHunting-{table}", "properties": own}


def test_an_alert_has_its_severity_techniques_and_times() -> None:
    times = {"firstActivityDateTime": "2026-11-22T08:00:00.0000001Z", "lastActivityDateTime": "2026-11-22T08:00:01.5000002Z"}
    event = event_of(SOURCE, alert(severity="high", category="LateralMovement", mitreTechniques=["T1021.002", "x"], **times))
    assert values(event, "event.kind", "event.severity", "event.duration") == ("alert", 4, 1_500_000_100)
    assert values(event, "threat.technique.id", "threat.technique.subtechnique.id") == (["T1021"], ["T1021.002"])
    assert values(event, "threat.tactic.name", "message", "rule.name") == (["Lateral Movement"], "T", "T")


def test_a_duration_does_not_depend_on_how_the_times_are_written() -> None:
    times = {"firstActivityDateTime": "2026-11-22T10:00+02:00", "lastActivityDateTime": "2026-11-22T08:00:01Z"}
    event = event_of(SOURCE, alert(**times))
    assert values(event, "event.start", "event.duration") == ("2026-11-22T08:00:00.000Z", 1_000_000_000)


def test_evidence_gives_the_first_of_each_kind_and_relates_all() -> None:
    evidence = [
        {"@odata.type": f"{KIND}deviceEvidence", "deviceDnsName": "pc-1", "mdeDeviceId": "a", "osPlatform": "Windows11"},
        {"@odata.type": f"{KIND}deviceEvidence", "deviceDnsName": "pc-2", "mdeDeviceId": "b"},
        {"@odata.type": f"{KIND}userEvidence", "userAccount": {"accountName": "anne", "domainName": "NORDBY"}},
        {"@odata.type": f"{KIND}fileEvidence", "fileDetails": {"fileName": "x.exe", "filePath": "C:\\T", "sha1": "aa"}},
        {"@odata.type": f"{KIND}ipEvidence", "ipAddress": "203.0.113.1", "roles": ["attacker"]},
        {"@odata.type": f"{KIND}ipEvidence", "ipAddress": "203.0.113.2"},
    ]
    event = event_of(SOURCE, alert(evidence=evidence))
    assert values(event, "host.name", "host.os.type", "user.name", "file.path") == ("pc-1", "windows", "anne", "C:\\T\\x.exe")
    assert values(event, "source.ip", "related.ip") == ("203.0.113.1", ["203.0.113.1", "203.0.113.2"])
    assert {"pc-1", "pc-2"} <= set(event["related"]["hosts"])


def test_an_incident_gives_an_event_for_each_alert() -> None:
    incident = {"incidentName": "I", "lastUpdateTime": "2026-11-22T10:00:00Z", "severity": "Medium"}
    events = events_of(SOURCE, {**incident, "alerts": [alert(title="A"), alert(title="B", severity="Low")]})
    assert [values(one, "message", "event.severity") for one in events] == [("A", 3), ("B", 2)]
    assert {one["@timestamp"] for one in events} == {"2026-11-22T10:00:00.000Z"}
    alone = event_of(SOURCE, {**incident, "alerts": []})
    assert values(alone, "message", "event.kind", "event.severity") == ("I", "alert", 3)


def test_a_new_process_has_its_parent_and_whole_paths() -> None:
    new = {
        "FileName": "cmd.exe",
        "FolderPath": "C:\\Windows\\System32\\cmd.exe",
        "ProcessId": 2,
        "ProcessCommandLine": "cmd /c x",
    }
    old = {"InitiatingProcessFileName": "a.exe", "InitiatingProcessFolderPath": "C:\\T", "InitiatingProcessId": 1}
    event = event_of(SOURCE, row("DeviceProcessEvents", "ProcessCreated", AccountName="anne", **new, **old))
    assert values(event, "process.executable", "process.command_line") == ("C:\\Windows\\System32\\cmd.exe", "cmd /c x")
    assert values(event, "process.parent.executable", "process.parent.pid", "user.name") == ("C:\\T\\a.exe", 1, "anne")
    assert values(event, "host.os.type", "event.type") == ("windows", ["start"])


@pytest.mark.parametrize(
    ("action", "source", "destination", "direction"),
    [
        ("ConnectionSuccess", "10.0.0.1", "203.0.113.1", "egress"),
        ("InboundConnectionAccepted", "203.0.113.1", "10.0.0.1", "ingress"),
    ],
)
def test_a_connection_has_its_ends_by_direction(action: str, source: str, destination: str, direction: str) -> None:
    ends = {"LocalIP": "10.0.0.1", "LocalPort": 1, "RemoteIP": "203.0.113.1", "RemotePort": 2, "Protocol": "Tcp"}
    event = event_of(SOURCE, row("DeviceNetworkEvents", action, **ends))
    assert values(event, "source.ip", "destination.ip", "network.direction") == (source, destination, direction)


@pytest.mark.parametrize(
    ("action", "outcome"), [("LogonSuccess", "success"), ("LogonFailed", "failure"), ("LogonAttempted", "unknown")]
)
def test_a_logon_says_how_it_ended(action: str, outcome: str) -> None:
    event = event_of(SOURCE, row("DeviceLogonEvents", action, AccountName="anne", RemoteIP="203.0.113.1"))
    assert values(event, "event.outcome", "source.ip", "user.name") == (outcome, "203.0.113.1", "anne")


def test_a_registry_key_is_split_into_hive_and_key() -> None:
    columns = {"RegistryKey": "HKEY_LOCAL_MACHINE\\SOFTWARE\\X", "RegistryValueName": "v", "RegistryValueData": "d"}
    event = event_of(SOURCE, row("DeviceRegistryEvents", "RegistryValueSet", **columns))
    assert values(event, "registry.hive", "registry.key", "registry.value") == ("HKLM", "SOFTWARE\\X", "v")


def test_a_table_that_is_not_known_still_is_an_event() -> None:
    event = event_of(SOURCE, row("SomeNewTable", "X"))
    assert values(event, "event.code", "host.name", "vagt.source.partly") == ("SomeNewTable", "pc-1", "table SomeNewTable")


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"category":"AdvancedHunting-DeviceEvents"}',
        b'{"category":"AdvancedHunting-DeviceEvents","properties":{"Timestamp":"never"}}',
        b'{"title":"T","serviceSource":"x","lastUpdateDateTime":"never"}',
    ],
    ids=range(4),
)
def test_what_is_no_record_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(NormaliseError, match=r"\w"):
        events_of(SOURCE, body)
