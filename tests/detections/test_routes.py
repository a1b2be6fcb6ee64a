"""Which rules an event is shown: logsources against channels, event ids, datasets and `_logsource`."""

from typing import Any

import pytest

from detections.engine import Engine

RULE = """
title: shown
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01
taxonomy: {taxonomy}
logsource: {{{logsource}}}
detection:
    none: {{nothing|exists: true}}
    condition: not none
"""
SYSMON = "Microsoft-Windows-Sysmon/Operational"


def shown(rules_of: Any, logsource: str, event: dict[str, Any], schema: str, taxonomy: str = "sigma") -> bool:
    text = RULE.format(logsource=logsource, taxonomy=taxonomy)
    if schema == "ecs" and taxonomy == "sigma":  # only fields that the source has can be asked
        text = text.replace("nothing", "{field}".format(field=FIELDS.get(logsource, "nothing")))
    ruleset = rules_of(text, schema=schema)
    assert ruleset.refused == ()
    return bool(Engine(ruleset).match(event))


FIELDS = {"category: firewall": "src_port", "category: dns": "record_type", "category: proxy": "c-uri-extension"}
FIELDS |= dict.fromkeys(("product: linux, service: sshd", "product: linux, service: auth", "product: linux"), "USER")


@pytest.mark.parametrize(
    ("channel", "code", "logsource", "expected"),
    [
        (SYSMON, 1, "product: windows, category: process_creation", True),
        (SYSMON, "1", "product: windows, service: sysmon", True),
        (SYSMON, 1, "category: process_creation", True),
        (SYSMON, 1, "product: windows", True),
        (SYSMON, 1, "product: linux, category: process_creation", False),
        (SYSMON, 1, "product: windows, service: security", False),
        (SYSMON, 12, "product: windows, category: registry_event", True),
        (SYSMON, 12, "product: windows, category: registry_add", True),
        (SYSMON, 12, "product: windows, category: registry_delete", True),
        (SYSMON, 12, "product: windows, category: registry_set", False),
        (SYSMON, 13, "product: windows, category: registry_set", True),
        (SYSMON, 23, "product: windows, category: file_delete", True),
        (SYSMON, 26, "product: windows, category: file_delete", True),
        (SYSMON, 17, "product: windows, category: pipe_created", True),
        (SYSMON, 20, "product: windows, category: wmi_event", True),
        ("Security", 4688, "product: windows, category: process_creation", True),
        ("Security", 4688, "product: windows, service: security", True),
        ("Security", 4689, "product: windows, category: process_creation", False),
        ("PowerShellCore/Operational", 4104, "product: windows, category: ps_script", True),
        ("Windows PowerShell", 400, "product: windows, category: ps_classic_start", True),
        ("Microsoft-Windows-Windows Defender/Operational", 1116, "product: windows, service: windefend", True),
        ("Microsoft-Windows-Windows Defender/Operational", 1116, "category: antivirus", True),
        ("Microsoft-Windows-TaskScheduler/Operational", 106, "product: windows, service: taskscheduler", True),
    ],
)
def test_windows_events_stand_where_channel_and_event_id_say(
    channel: str, code: Any, logsource: str, expected: bool, rules_of: Any
) -> None:
    assert shown(rules_of, logsource, {"Channel": channel, "EventID": code}, "sigma") is expected
    ours = {
        "event": {"dataset": "windows.eventlog", "module": "windows", "code": str(code)},
        "winlog": {"channel": channel},
    }
    if "linux" not in logsource:
        assert shown(rules_of, logsource, ours, "ecs") is expected


@pytest.mark.parametrize(
    ("named", "logsource", "expected"),
    [
        ({"product": "windows", "category": "file_event"}, "product: windows, category: file_event", True),
        ({"product": "windows", "category": ["file_event", "x"]}, "category: file_event", True),
        ({"product": "windows", "category": "file_event"}, "product: windows, service: sysmon", False),
        ({"product": "linux"}, "product: windows, category: process_creation", False),
    ],
)
def test_logsource_in_the_event_goes_before_the_channel(named: Any, logsource: str, expected: bool, rules_of: Any) -> None:
    event = {"Channel": SYSMON, "EventID": 1, "_logsource": named}
    assert shown(rules_of, logsource, event, "sigma") is expected


def test_any_other_event_is_shown_to_every_rule(rules_of: Any) -> None:
    for logsource in ("product: zeek, service: dns", "product: windows, category: process_creation"):
        assert shown(rules_of, logsource, {"query": "example.com"}, "sigma")


@pytest.mark.parametrize(
    ("logsource", "event", "expected"),
    [
        ("product: linux, service: sshd", {"process": {"name": "sshd"}}, True),
        ("product: linux, service: sshd", {"process": {"name": "su"}}, False),
        ("product: linux, service: auth", {"process": {"name": "su"}}, True),
        ("product: linux", {}, True),
    ],
)
def test_linux_services_are_programs(logsource: str, event: dict[str, Any], expected: bool, rules_of: Any) -> None:
    ours = {"event": {"dataset": "linux.auth", "module": "linux"}, **event}
    assert shown(rules_of, logsource, ours, "ecs") is expected


@pytest.mark.parametrize(
    ("logsource", "event", "expected"),
    [
        ("category: firewall", {"event": {"dataset": "cisco.asa", "module": "cisco", "code": "106023"}}, True),
        ("category: firewall", {"event": {"dataset": "linux.auth", "module": "linux"}}, False),
        ("category: dns", {"event": {"dataset": "suricata.eve"}, "dns": {"question": {}}}, True),
        ("category: dns", {"event": {"dataset": "suricata.eve"}}, False),
        ("category: proxy", {"event": {"dataset": "fortinet.fortigate"}, "url": {"domain": "x"}}, True),
        (
            "product: fortigate, service: event",
            {"event": {"dataset": "fortinet.fortigate"}, "fortinet": {"fortigate": {"type": "event"}}},
            True,
        ),
        (
            "product: fortigate, service: event",
            {"event": {"dataset": "fortinet.fortigate"}, "fortinet": {"fortigate": {"type": "traffic"}}},
            False,
        ),
    ],
)
def test_network_devices(logsource: str, event: dict[str, Any], expected: bool, rules_of: Any) -> None:
    assert shown(rules_of, logsource, event, "ecs") is expected


@pytest.mark.parametrize(
    ("logsource", "expected"),
    [
        ("service: fortinet.fortigate", True),
        ("product: fortinet", True),
        ("category: network", True),
        ("product: fortinet, service: fortinet.fortigate, category: session", True),
        ("service: cisco.asa", False),
        ("category: process", False),
        ("product: cisco", False),
    ],
)
def test_rules_in_ecs_names_name_module_dataset_and_category(logsource: str, expected: bool, rules_of: Any) -> None:
    event = {"event": {"dataset": "fortinet.fortigate", "module": "fortinet", "category": ["network", "session"]}}
    assert shown(rules_of, logsource, event, "ecs", "ecs") is expected


def test_one_rule_meets_both_kinds_of_process_creation(rules_of: Any) -> None:
    text = """
title: whoami as SYSTEM
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01
logsource: {product: windows, category: process_creation}
detection:
    s:
        Image|endswith: '\\whoami.exe'
        ParentImage|endswith: '\\cmd.exe'
        IntegrityLevel: System
    condition: s
"""
    engine = Engine(rules_of(text, schema="ecs"))
    frame = {"dataset": "windows.eventlog", "module": "windows"}
    sysmon = {"Image": r"C:\whoami.exe", "ParentImage": r"C:\cmd.exe", "IntegrityLevel": "System"}
    security = {"NewProcessName": r"C:\whoami.exe", "ParentProcessName": r"C:\cmd.exe", "MandatoryLabel": "S-1-16-16384"}
    assert engine.match({"event": {**frame, "code": "1"}, "winlog": {"channel": SYSMON, "event_data": sysmon}})
    assert engine.match({"event": {**frame, "code": "4688"}, "winlog": {"channel": "Security", "event_data": security}})
    assert not engine.match({"event": {**frame, "code": "4688"}, "winlog": {"channel": "Security", "event_data": sysmon}})


def test_user_data_and_the_frame_are_found_in_our_events(rules_of: Any) -> None:
    text = """
title: level and provider
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01
logsource: {product: windows, service: system}
detection:
    s: {Provider_Name: Some-Provider, Level: 2, Package: x, EventID: 7}
    condition: s
"""
    event = {
        "event": {"dataset": "windows.eventlog", "module": "windows", "code": "7"},
        "log": {"level": "error"},
        "winlog": {"channel": "System", "provider_name": "Some-Provider", "user_data": {"Package": "X"}},
    }
    assert Engine(rules_of(text, schema="ecs")).match(event)
