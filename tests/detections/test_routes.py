"""Which rules an event is shown: logsources against channels, event ids, datasets and `_logsource`."""

from typing import Any

import pytest

from detections.engine import Engine
from detections.routes import ECS

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


def placed(dataset: str, categories: list[str], types: list[str], **more: Any) -> dict[str, Any]:
    frame = {"dataset": dataset, "module": dataset.partition(".")[0], "category": categories, "type": types}
    return {"event": frame | more.pop("event", {}), **more}


LINUX = {"os": {"type": "linux"}}
LINUX_PROCESS = "product: linux, category: process_creation"
IOS = {"ios": {"facility": "PARSER"}}


@pytest.mark.parametrize(
    ("logsource", "event", "expected"),
    [
        (LINUX_PROCESS, placed("edr.events", ["process"], ["start"], host=LINUX), True),
        (LINUX_PROCESS, placed("edr.events", ["process"], ["end"], host=LINUX), False),
        (LINUX_PROCESS, placed("edr.events", ["process"], ["start"], host={"os": {"type": "macos"}}), False),
        (LINUX_PROCESS, placed("edr.events", ["process"], ["start"]), False),
        (LINUX_PROCESS, placed("linux.auditd", ["process"], ["start"]), True),
        ("category: process_creation", placed("edr.events", ["process"], ["start"]), True),
        ("product: macos, category: file_event", placed("edr.e", ["file"], ["creation"], host={"os": {"type": "macos"}}), True),
        ("product: linux, category: file_event", placed("edr.e", ["file"], ["deletion"], host=LINUX), False),
        ("product: linux, category: file_delete", placed("edr.e", ["file"], ["deletion"], host=LINUX), True),
        ("category: file_access", placed("edr.e", ["file"], ["access"]), True),
        ("category: file_rename", placed("edr.e", ["file"], ["change"], event={"action": "rename"}), True),
        ("category: file_event", placed("edr.e", ["file"], ["change"], event={"action": "rename"}), False),
        ("category: network_connection", placed("edr.e", ["network"], ["connection"], process={}), True),
        ("category: network_connection", placed("checkpoint.firewall", ["network"], ["connection"]), False),
        ("product: linux, service: sshd", placed("linux.journald", [], [], process={"name": "sshd"}), True),
        ("product: linux, service: auditd", placed("linux.auditd", ["process"], ["start"]), True),
        ("product: linux, service: auditd", placed("linux.journald", ["process"], ["start"]), False),
        ("category: antivirus", placed("eset.protect", ["malware"], ["info"]), True),
        ("category: database", placed("postgresql.log", ["database"], ["info"]), True),
        ("category: dns", placed("isc.bind", ["network"], ["protocol"], dns={}), True),
        ("category: proxy", placed("squid.access", ["web"], ["access"], url={}), True),
        ("category: webserver", placed("squid.access", ["web"], ["access"], url={}), False),
        ("category: webserver", placed("nginx.access", ["web"], ["access"], url={}), True),
        ("category: proxy", placed("nginx.access", ["web"], ["access"], url={}), False),
        ("category: proxy", placed("some.gateway", ["web"], ["access"], url={}, observer={"type": "proxy"}), True),
        ("category: webserver", placed("github.audit", ["configuration"], ["change"], url={}), False),
        ("category: webserver", placed("o365.audit", ["web"], ["info"], url={}), False),
        ("category: firewall", placed("paloalto.panos", ["network"], ["denied"]), True),
        ("category: firewall", placed("pfsense.log", ["network"], ["connection"], observer={"type": "firewall"}), True),
        ("category: firewall", placed("zeek.connection", ["network"], ["connection"]), False),
        ("product: spring, category: application", placed("spring.boot", [], []), True),
        ("product: spring, category: application", placed("my.app", [], [], service={"type": "spring"}), True),
        ("product: spring, category: application", placed("my.app", [], []), False),
        ("product: cisco, service: aaa", placed("cisco.ios", ["configuration"], [], cisco=IOS), True),
        ("product: cisco, service: aaa", placed("cisco.ios", ["network"], [], cisco={"ios": {"facility": "SEC"}}), False),
        ("product: cisco, service: bgp", placed("cisco.ios", ["network"], [], cisco={"ios": {"facility": "SEC"}}), True),
        ("product: aws, service: cloudtrail", placed("aws.cloudtrail", ["iam"], []), True),
        ("product: azure, service: signinlogs", placed("azure.auditlogs", ["iam"], []), False),
    ],
)
def test_a_dataset_without_a_place_of_its_own_is_placed_by_what_it_holds(
    logsource: str, event: dict[str, Any], expected: bool, rules_of: Any
) -> None:
    text = RULE.format(logsource=logsource, taxonomy="sigma").replace(
        "none: {nothing|exists: true}", "none: [no event says this]"
    )
    ruleset = rules_of(text, schema="ecs")
    assert ruleset.refused == ()
    assert bool(Engine(ruleset).match(event)) is expected


@pytest.mark.parametrize(
    "odd",
    [
        {"event": {"category": {"a": 1}, "type": {"b": 2}, "dataset": "x.y", "module": ["x"], "action": ["rename"]}},
        {"event": {"dataset": "x.y"}, "host": {"os": ["linux"]}, "observer": {"type": {}}, "service": {"type": ["spring"]}},
        {"event": {"dataset": "cisco.ios"}, "cisco": {"ios": "text"}, "process": {"name": 7}},
        {"event": {"dataset": "fortinet.fortigate", "type": [["start"]]}, "fortinet": []},
        {"event": {"dataset": ["x.y"]}, "process": "text"},
        {"event": "text"},
        {},
    ],
)
def test_an_event_of_odd_shape_has_a_place_too(odd: dict[str, Any], rules_of: Any) -> None:
    assert Engine(rules_of(RULE.format(logsource="product: windows", taxonomy="sigma"), schema="ecs")).match(odd) == []


def test_values_that_decide_nothing_make_no_new_keys() -> None:
    events = [
        placed("x.y", ["process"], [f"t{n}"], host={"os": {"type": f"os{n}"}}, process={"name": f"p{n}"}) for n in range(9)
    ]
    assert len({ECS.key(event) for event in events}) == 1
