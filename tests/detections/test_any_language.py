"""Rules that look for Windows' English names of accounts and groups find the same ones on a Windows in another language."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.recordings import rule_folders
from detections.engine import Engine
from detections.loading import load_rules
from detections.oracle import Oracle
from detections.rule import RuleSet

SYSMON = "Microsoft-Windows-Sysmon/Operational"
ID = "6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a21"
AS_SERVICE = """
title: a service account runs whoami
id: {id}
logsource: {{product: windows, category: process_creation}}
detection:
    s:
        {field}|contains: ['AUTHORI', 'AUTORI']
        Image|endswith: '\\whoami.exe'
    condition: s
"""
BY_NAME = """
title: a name in the Security log
id: {id}
logsource: {{product: windows, service: security}}
detection:
    s: {{EventID: {code}, {item}}}
    condition: s
"""


def windows(channel: str, code: str, **data: str) -> dict[str, Any]:
    frame = {"dataset": "windows.eventlog", "module": "windows", "code": code}
    return {"event": frame, "winlog": {"channel": channel, "event_data": data}}


def fires(ruleset: RuleSet, event: dict[str, Any]) -> bool:
    assert ruleset.refused == ()
    found = [hit.rule.info.id for hit in Engine(ruleset).match(event)]
    assert [hit.rule.info.id for hit in Oracle(ruleset).match(event)] == found
    return bool(found)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"User": r"NT AUTHORITY\SYSTEM"}, True),
        ({"User": r"NT-MYNDIGHED\SYSTEM", "LogonId": "0x3e7"}, True),
        ({"User": r"NT-MYNDIGHET\LOKAL TJENESTE", "LogonId": "0x3e5"}, True),
        ({"User": r"NT INSTANS\SYSTEM"}, True),
        ({"User": r"whatever it is called\NETVÆRKSTJENESTE", "LogonId": "0x3e4"}, True),
        ({"User": r"KOMMUNE\kim", "LogonId": "0x3e70"}, False),
        ({"User": r"NTFS\kim"}, False),
    ],
)
def test_sysmon_has_a_logon_id_beside_the_name(data: dict[str, str], expected: bool, rules_of: Any) -> None:
    ruleset = rules_of(AS_SERVICE.format(id=ID, field="User"), schema="ecs")
    assert fires(ruleset, windows(SYSMON, "1", Image=r"C:\Windows\System32\whoami.exe", **data)) is expected


@pytest.mark.parametrize(
    ("field", "subject", "target", "expected"),
    [
        ("User", "S-1-5-18", "S-1-0-0", True),
        ("User", "S-1-5-18", None, True),
        ("User", "S-1-5-18", "S-1-5-21-1-2-3-1104", False),
        ("User", "S-1-5-21-1-2-3-1104", "S-1-5-18", True),
        ("User", "S-1-5-21-1-2-3-1104", "S-1-0-0", False),
        ("ParentUser", "S-1-5-20", "S-1-5-21-1-2-3-1104", True),
        ("ParentUser", "S-1-5-21-1-2-3-1104", "S-1-5-18", False),
    ],
)
def test_4688_says_by_sid_who_made_a_process_and_who_it_runs_as(
    field: str, subject: str, target: str | None, expected: bool, rules_of: Any
) -> None:
    data = {"NewProcessName": r"C:\Windows\System32\whoami.exe", "SubjectUserName": "SRV01$", "SubjectUserSid": subject}
    data |= {} if target is None else {"TargetUserSid": target, "TargetUserName": "-"}
    ruleset = rules_of(AS_SERVICE.format(id=ID, field=field), schema="ecs")
    assert fires(ruleset, windows("Security", "4688", **data)) is expected


@pytest.mark.parametrize(
    ("code", "item", "data", "expected"),
    [
        ("4732", "TargetUserName: Administrators", {"TargetUserName": "Administratorer", "TargetSid": "S-1-5-32-544"}, True),
        ("4732", "TargetUserName: Administrators", {"TargetUserName": "Brugere", "TargetSid": "S-1-5-32-545"}, False),
        ("4728", "TargetUserName: Domain Admins", {"TargetUserName": "x", "TargetSid": "S-1-5-21-1-2-3-512"}, True),
        ("4728", "TargetUserName: Domain Admins", {"TargetUserName": "x", "TargetSid": "S-1-5-21-1-2-3-513"}, False),
        ("4662", "SubjectUserName|startswith: NT AUT", {"SubjectUserName": "x", "SubjectUserSid": "S-1-5-18"}, True),
        ("5145", "SubjectUserName: ANONYMOUS LOGON", {"SubjectUserName": "x", "SubjectUserSid": "S-1-5-7"}, True),
        ("5145", "SubjectUserName: ANONYMOUS LOGON", {"SubjectUserName": "x", "SubjectUserSid": "S-1-5-70"}, False),
    ],
)
def test_the_security_log_has_a_sid_beside_the_name(
    code: str, item: str, data: dict[str, str], expected: bool, rules_of: Any
) -> None:
    ruleset = rules_of(BY_NAME.format(id=ID, code=code, item=item), schema="ecs")
    assert fires(ruleset, windows("Security", code, **data)) is expected


def test_a_filter_on_a_name_keeps_the_same_account_out_in_any_language(rules_of: Any) -> None:
    text = BY_NAME.format(id=ID, code="4662", item="ObjectType: x").replace(
        "condition: s", "f: {SubjectUserName|startswith: NT AUT}\n    condition: s and not f"
    )
    ruleset = rules_of(text, schema="ecs")
    assert fires(ruleset, windows("Security", "4662", ObjectType="x", SubjectUserSid="S-1-5-21-1-2-3-1104"))
    assert not fires(ruleset, windows("Security", "4662", ObjectType="x", SubjectUserSid="S-1-5-18", SubjectUserName="x"))


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("rule", "english", "danish"),
    [
        (
            "win_security_petitpotam_network_share",
            {"SubjectUserName": "ANONYMOUS LOGON", "SubjectUserSid": "S-1-5-7"},
            {"SubjectUserName": "ANONYMT LOGON", "SubjectUserSid": "S-1-5-7"},
        ),
    ],
)
def test_a_public_rule_fires_on_both(rule: str, english: dict[str, str], danish: dict[str, str], corpus: Path) -> None:
    (path,) = [path for folder in rule_folders(corpus) for path in folder.rglob(f"{rule}.yml")]
    ruleset = load_rules([path], builtin=False, parsed=True)
    share = {"ShareName": r"\\\\*\\IPC$", "RelativeTargetName": "lsarpc"}
    share["ShareName"] = r"\\*\IPC$"
    assert fires(ruleset, windows("Security", "5145", **share, **english))
    assert fires(ruleset, windows("Security", "5145", **share, **danish))


def test_a_danish_group_is_typed_in_danish(rules_of: Any) -> None:
    text = """
title: made an administrator
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a22
logsource: {product: windows, category: process_creation}
detection:
    s: {CommandLine|contains: ' administrators '}
    condition: s
"""
    ruleset = rules_of(text, schema="ecs")
    assert fires(ruleset, windows(SYSMON, "1", CommandLine="net localgroup Administratorer kim /add"))
    assert not fires(ruleset, windows(SYSMON, "1", CommandLine="net localgroup Brugere kim /add"))
