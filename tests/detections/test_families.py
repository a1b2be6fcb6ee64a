"""Each family of sources: a public rule fires on a document of it and not on a near miss; engine and oracle agree on both."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.recordings import rule_folders
from detections.engine import Engine
from detections.loading import load_rules
from detections.oracle import Oracle
from detections.pipelines.security import SECURITY_FEEDS
from detections.pipelines.sources import FAMILIES
from tests.detections.families import CASES, FamilyCase
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

RECEIVED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A document of dotted paths."""
    document: dict[str, Any] = {}
    for path, value in fields.items():
        *above, name = path.split(".")
        node = document
        for one in above:
            node = node.setdefault(one, {})
        if isinstance(value, dict) and isinstance(node.get(name), dict):
            node[name] |= value
        else:
            node[name] = dict(value) if isinstance(value, dict) else value
    return document


@pytest.fixture(scope="module")
def public(corpus: Path) -> dict[str, Path]:
    """The files of the public rules by their names."""
    return {path.stem: path for folder in rule_folders(corpus) for path in folder.rglob("*.yml")}


def test_every_family_has_a_case() -> None:
    names = {family.name for family in FAMILIES} | {feed.family for feed in SECURITY_FEEDS}
    assert names - {case.family for case in CASES} == set()


@pytest.mark.corpus
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.family}-{case.rule}")
def test_a_public_rule_fires_on_a_document_of_the_family_and_not_on_a_near_miss(
    case: FamilyCase, public: dict[str, Path]
) -> None:
    ruleset = load_rules([public[case.rule]], builtin=False, parsed=True)
    assert ruleset.refused == ()
    engine, oracle = Engine(ruleset), Oracle(ruleset)
    hit, miss = nested({**case.frame, **case.hit}), nested({**case.frame, **case.hit, **case.miss})
    found = engine.match(hit)
    assert [one.variant.family for one in found] == [case.family]
    assert engine.match(miss) == []
    assert [one.rule.info.id for one in oracle.match(hit)] == [one.rule.info.id for one in found]
    assert oracle.match(miss) == []


WINDOWS_LOGS = {
    "registry_set_disable_administrative_share": {
        "EventID": 4657,
        "ObjectName": r"\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\LanmanServer\Parameters",
        "ObjectValueName": "AutoShareWks",
        "OperationType": "%%1904",
        "NewValueType": "%%1876",
        "NewValue": "0",
    },
    "file_access_win_susp_unattend_xml": {
        "EventID": 4663,
        "ObjectServer": "Security",
        "ObjectType": "File",
        "ObjectName": r"C:\Windows\Panther\unattend.xml",
        "ProcessName": r"C:\Users\Public\x.exe",
    },
    "net_connection_win_susp_outbound_smtp_connections": {
        "EventID": 5156,
        "Application": r"\device\harddiskvolume4\users\public\x.exe",
        "Direction": "%%14593",
        "SourceAddress": "192.0.2.10",
        "DestAddress": "203.0.113.7",
        "DestPort": "25",
        "Protocol": "6",
    },
    "proc_creation_win_susp_elevated_system_shell": {
        "EventID": 4688,
        "NewProcessName": r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
        "ParentProcessName": r"C:\Users\Public\x.exe",
        "SubjectUserSid": "S-1-5-18",
        "SubjectLogonId": "0x3e7",
        "SubjectUserName": "SRV01$",
        "SubjectDomainName": "KOMMUNE",
        "TargetUserSid": "S-1-0-0",
    },
}


@pytest.mark.corpus
@pytest.mark.parametrize("rule", WINDOWS_LOGS)
def test_an_event_of_the_security_log_fires_the_rule_of_a_sysmon_category_through_the_whole_path(
    rule: str, public: dict[str, Path], normalise: Callable[[RawLog], Sequence[Event]]
) -> None:
    engine = Engine(load_rules([public[rule]], builtin=False))
    frame = {"Channel": "Security", "SourceName": "Microsoft-Windows-Security-Auditing", "Hostname": "srv01.example.dk"}
    body = orjson.dumps({**frame, "EventTime": "2026-11-22 12:00:00", **WINDOWS_LOGS[rule]})
    (event,) = normalise(RawLog("751", "windows.eventlog", body, RECEIVED, "replay", "case", "1"))
    assert [hit.variant.family for hit in engine.match(event)] == [f"ecs windows {WINDOWS_LOGS[rule]['EventID']}"]
