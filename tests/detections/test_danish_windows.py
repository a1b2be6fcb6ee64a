"""The same thing happens on an English and on a Danish Windows: the raw logs differ, what the rules find does not."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.recordings import rule_folders
from detections.engine import Engine
from detections.loading import load_rules
from detections.rule import RuleSet
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

DOMAIN = "S-1-5-21-1004336348-1177238915-682003330"
SECURITY = ("Microsoft-Windows-Security-Auditing", "Security")
SYSMON = ("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational")
DEFENDER = ("Microsoft-Windows-Windows Defender", "Microsoft-Windows-Windows Defender/Operational")
BY = {"SubjectUserSid": f"{DOMAIN}-1104", "SubjectUserName": "adm-lene", "SubjectDomainName": "KOMMUNE"}
SYSTEM = {"ProcessId": "4", "Image": r"C:\Windows\System32\whoami.exe", "CommandLine": "whoami /all", "LogonId": "0x3e7"}
MALWARE = {"Threat Name": "HackTool:Win32/Mimikatz", "Path": r"file:_C:\Temp\m.exe", "Severity ID": "4"}

# name: (provider and channel, event id, what both have, what only the English has, what only the Danish has)
SAME: dict[str, tuple[tuple[str, str], int, dict[str, str], dict[str, str], dict[str, str]]] = {
    "a member of Administrators": (
        SECURITY,
        4732,
        {**BY, "MemberSid": f"{DOMAIN}-1219", "MemberName": "-", "TargetSid": "S-1-5-32-544", "TargetDomainName": "Builtin"},
        {"TargetUserName": "Administrators"},
        {"TargetUserName": "Administratorer"},
    ),
    "a member of Domain Admins": (
        SECURITY,
        4728,
        {**BY, "MemberSid": f"{DOMAIN}-1219", "MemberName": "-", "TargetSid": f"{DOMAIN}-512", "TargetDomainName": "KOMMUNE"},
        {"TargetUserName": "Domain Admins"},
        {"TargetUserName": "Domæneadministratorer"},
    ),
    "the guest account switched on": (
        SECURITY,
        4722,
        {**BY, "TargetSid": f"{DOMAIN}-501", "TargetDomainName": "KOMMUNE"},
        {"TargetUserName": "Guest"},
        {"TargetUserName": "Gæst"},
    ),
    "an anonymous client on a pipe": (
        SECURITY,
        5145,
        {"SubjectUserSid": "S-1-5-7", "ShareName": r"\\*\IPC$", "RelativeTargetName": "lsarpc", "IpAddress": "192.0.2.7"},
        {"SubjectUserName": "ANONYMOUS LOGON", "SubjectDomainName": "NT AUTHORITY"},
        {"SubjectUserName": "ANONYMT LOGON", "SubjectDomainName": "NT-MYNDIGHED"},
    ),
    "SYSTEM asks who it is": (SYSMON, 1, SYSTEM, {"User": r"NT AUTHORITY\SYSTEM"}, {"User": r"NT-MYNDIGHED\SYSTEM"}),
    "Defender finds a tool": (
        DEFENDER,
        1116,
        MALWARE,
        {"Severity Name": "High", "Category Name": "Tool", "Detection User": r"NT AUTHORITY\SYSTEM"},
        {"Severity Name": "Høj", "Category Name": "Værktøj", "Detection User": r"NT-MYNDIGHED\SYSTEM"},
    ),
}
OWN = """
title: {name}
id: 6f7d5d6e-1d53-4c5f-9d22-{number:012}
logsource: {{product: windows, {place}}}
detection:
    s: {{{asked}}}
    condition: s
---
"""
ASKED = (
    ("service: security", "EventID: 4732, TargetUserName: Administrators"),
    ("service: security", "EventID: 4728, TargetUserName: 'Domain Admins'"),
    ("service: security", "EventID: 4722, TargetUserName: Guest"),
    ("service: security", "EventID: 5145, SubjectUserName: 'ANONYMOUS LOGON'"),
    ("category: process_creation", "Image|endswith: '\\whoami.exe', User|contains: [AUTHORI, AUTORI]"),
    ("category: antivirus", "Signature|contains: Mimikatz"),
)
Normalise = Callable[[RawLog], Sequence[Event]]


def raw(what: str, danish: bool) -> RawLog:
    """The record as NXLog sends it: level, category and text are in Windows' language too."""
    (provider, channel), code, both, english, danes = SAME[what]
    frame = {"EventTime": "2026-11-22T09:00:00.000+01:00", "Hostname": "dc01.kommune.example", "Keywords": "0x8020000000000000"}
    words = {"Category": "Brugerkontostyring", "Opcode": "Oplysninger", "Message": "Der skete noget."}
    body = {**frame, "EventID": code, "SourceName": provider, "Channel": channel, **both, **(danes if danish else english)}
    body |= words if danish else {"Category": "User Account Management", "Opcode": "Info", "Message": "Something happened."}
    received = datetime(2026, 11, 22, 8, 0, 1, tzinfo=UTC)
    return RawLog("751", None, orjson.dumps(body), received, "http", "192.0.2.1", what)


def found(ruleset: RuleSet, normalise: Normalise, what: str, danish: bool) -> list[Any]:
    (event,) = normalise(raw(what, danish))
    assert event["event"]["dataset"] == "windows.eventlog"
    return sorted(hit.rule.info.id for hit in Engine(ruleset).match(event))


@pytest.mark.parametrize(("number", "what"), enumerate(SAME), ids=SAME)
def test_a_rule_in_english_finds_it_on_both(number: int, what: str, normalise: Normalise, rules_of: Any) -> None:
    place, asked = ASKED[number]
    ruleset = rules_of(OWN.format(name=what, number=number, place=place, asked=asked), schema="ecs")
    assert found(ruleset, normalise, what, danish=False) == found(ruleset, normalise, what, danish=True) != []


@pytest.mark.corpus
def test_public_rules_find_the_same_on_both(corpus: Path, normalise: Normalise) -> None:
    paths = [folder / "windows/builtin" for folder in rule_folders(corpus) if (folder / "windows/builtin").is_dir()]
    ruleset = load_rules(paths, builtin=True, parsed=True)
    hits = 0
    for what in SAME:
        in_english = found(ruleset, normalise, what, danish=False)
        assert found(ruleset, normalise, what, danish=True) == in_english, what
        hits += len(in_english)
    assert hits > 2
