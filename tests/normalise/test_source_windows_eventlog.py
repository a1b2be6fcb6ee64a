"""`windows.eventlog`: what every shipper's form gives, what broken and hostile records do, and the shared recordings."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.envelope import normalise_raw
from normalise.sources.windows_eventlog.bodies import read_objects
from normalise.sources.windows_eventlog.channels import PROVIDERS
from normalise.sources.windows_eventlog.objects import account, address, file_object, registry_object
from normalise.sources.windows_eventlog.parser import SOURCE
from normalise.sources.windows_eventlog.security import EVENTS as SECURITY_EVENTS
from normalise.sources.windows_eventlog.servers import SQL_SERVER
from normalise.sources.windows_eventlog.sids import well_known_name
from normalise.sources.windows_eventlog.sysmon import EVENTS as SYSMON_EVENTS
from tests.bounded import bounded
from tests.normalise.expected_types import unexpected
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

RECEIVED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
SAMPLES = Path(__file__).resolve().parents[2] / "normalise/sources/windows_eventlog/samples"
SECURITY = "Microsoft-Windows-Security-Auditing"
SYSMON = "Microsoft-Windows-Sysmon"


def normalised(body: bytes | str | dict[str, Any] | list[Any]) -> list[Event]:
    """The complete events of a body."""
    if isinstance(body, (dict, list)):
        body = orjson.dumps(body)
    raw = RawLog("751", None, body.encode() if isinstance(body, str) else body, RECEIVED, "replay", "test", "file:1")
    return normalise_raw(raw, SOURCE, False, COPENHAGEN, "2026-11-22T12:00:01.000Z", lambda tenant: "Aarhus")


def one(body: bytes | str | dict[str, Any] | list[Any]) -> Event:
    events = normalised(body)
    assert len(events) == 1
    return events[0]


def evtx(code: Any, data: Any, provider: str = SECURITY, channel: str = "Security", **system: Any) -> dict[str, Any]:
    inside = {
        "Provider": {"#attributes": {"Name": provider}},
        "EventID": code,
        "TimeCreated": {"#attributes": {"SystemTime": "2026-11-22T08:00:00.5Z"}},
        "Channel": channel,
        "Computer": "dc01.kommune.example",
        **system,
    }
    return {"Event": {"System": inside, "EventData": data}}


def flat(code: int, **fields: Any) -> dict[str, Any]:
    return {"EventID": code, "SourceName": SECURITY, "Channel": "Security", "Hostname": "dc01.kommune.example", **fields}


def winlog(code: Any, data: Any, **fields: Any) -> dict[str, Any]:
    inside = {"event_id": code, "channel": "Security", "provider_name": SECURITY, "computer_name": "dc01", "event_data": data}
    return {"@timestamp": "2026-11-22T08:00:00.500Z", "winlog": {**inside, **fields}}


LOGON = {
    "TargetUserSid": "S-1-5-21-1-2-3-500",
    "TargetUserName": "søren",
    "TargetDomainName": "KOMMUNE",
    "TargetLogonId": "0x1a",
    "LogonType": "3",
    "IpAddress": "::ffff:192.0.2.7",
    "IpPort": "50100",
}
XML = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{}'/><EventID>4624</EventID>"
    "<Keywords>0x8020000000000000</Keywords><TimeCreated SystemTime='2026-11-22T08:00:00.500Z'/><Channel>Security</Channel>"
    "<Computer>dc01.kommune.example</Computer></System><EventData>{}</EventData></Event>"
).format(SECURITY, "".join(f"<Data Name='{name}'>{value}</Data>" for name, value in LOGON.items()))
TOP = {
    "event_id": 4624,
    "event_data": LOGON,
    "@timestamp": "2026-11-22T08:00:00.500Z",
    "keywords": ["Audit Success"],
}


def wazuh(system: dict[str, Any], data: dict[str, str]) -> dict[str, Any]:
    """As Wazuh writes it: small first letters, everything in EventData escaped twice."""
    doubled = {name[:1].lower() + name[1:]: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in data.items()}
    frame = {"eventID": "4624", "providerName": SECURITY, "channel": "Security", "computer": "dc01.kommune.example"}
    return {"win": {"system": {**frame, "systemTime": "2026-11-22T08:00:00.5000000Z", **system}, "eventdata": doubled}}


SUCCESS = "0x8020000000000000"
PARAMETERS = " ".join(f'{name}="{value}"' for name, value in LOGON.items())
FORMS: dict[str, Any] = {
    "wazuh agent": wazuh({"keywords": SUCCESS}, LOGON),
    "wazuh archive": {"timestamp": "2026-11-22T09:00:01+0100", "data": wazuh({"keywords": SUCCESS}, LOGON)},
    "nxlog json behind a header": "<13>Nov 22 09:00:00 dc01 Security[716]: "
    + json.dumps(flat(4624, EventTime="2026-11-22T09:00:00.500+01:00", EventType="AUDIT_SUCCESS", **LOGON)),
    "nxlog structured data": '<13>1 2026-11-22T08:00:00Z dc01 Security 716 - [NXLOG@14506 EventID="4624" Channel="Security"'
    f' SourceName="{SECURITY}" EventTime="2026-11-22 09:00:00.500" EventType="AUDIT_SUCCESS" {PARAMETERS}]',
    "xml behind a header": f"<13>Nov 22 09:00:00 wec01 events: {XML}",
    "xml as a browser shows it": "- " + XML.replace("<System>", "- <System>"),
    "winlogbeat": winlog("4624", LOGON, keywords=["Audit Success"]),
    "winlogbeat with a number as id": winlog(4624, LOGON, keywords=["Audit Success"]),
    "winlogbeat 6": {**TOP, "log_name": "Security", "source_name": SECURITY, "computer_name": "dc01"},
    "vector": {
        **TOP,
        "channel": "Security",
        "provider_name": SECURITY,
        "computer": "dc01",
        "record_id": 7,
        "keywords": -9214364837600034816,
    },
    "vector with xml": {"event_id": 4624, "provider_name": SECURITY, "channel": "Security", "record_id": 7, "xml": XML},
    "nxlog": flat(4624, EventTime="2026-11-22T09:00:00.500+01:00", EventType="AUDIT_SUCCESS", **LOGON),
    "nxlog without a zone": flat(4624, EventTime="2026-11-22 09:00:00.500", Keywords=-9214364837600034816, **LOGON),
    "get-winevent": flat(4624, TimeCreated="2026-11-22T08:00:00.500Z", Keywords="0x8020000000000000", **LOGON),
    "evtx": evtx(4624, LOGON, Keywords="0x8020000000000000"),
    "evtx with qualifiers": evtx({"#attributes": {"Qualifiers": 0}, "#text": 4624}, LOGON, Keywords="0x8020000000000000"),
    "xml": XML,
    "xml in fluent bit": {"System": XML, "Message": "Der er logget på en konto."},
    "xml with a prolog": f'\ufeff<?xml version="1.0" encoding="utf-16"?>\r\n<Events>{XML}</Events>',
    "utf-16": orjson.dumps(evtx(4624, LOGON, Keywords="0x8020000000000000")).decode().encode("utf-16"),
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
def test_every_form_of_one_logon_gives_the_same_event(body: Any) -> None:
    event = one(body)
    assert event["@timestamp"] == "2026-11-22T08:00:00.500Z"
    assert event["event"]["code"] == event["winlog"]["event_id"] == "4624"
    assert event["event"]["outcome"] == "success"
    assert event["event"]["action"] == "logged-in"
    assert event["winlog"]["channel"] == "Security"
    assert event["winlog"]["provider_name"] == event["event"]["provider"] == SECURITY
    assert event["winlog"]["event_data"] == LOGON
    assert event["winlog"]["logon"] == {"id": "0x1a", "type": "Network"}
    assert event["user"] == {"name": "søren", "domain": "KOMMUNE", "id": "S-1-5-21-1-2-3-500"}
    assert event["source"] == {"ip": "192.0.2.7", "port": 50100}
    assert event["vagt"]["windows"]["well_known_sid"] == {"target": "Administrator"}
    assert "unmapped" not in event["vagt"]


@pytest.mark.parametrize("name", [name for name in FORMS if name != "utf-16"])  # its marks are no ASCII: its shipper names it
def test_every_form_is_recognised_without_a_hint(name: str) -> None:
    body = FORMS[name].encode() if isinstance(FORMS[name], str) else orjson.dumps(FORMS[name])
    assert any(mark in body for mark in SOURCE.marks)
    assert SOURCE.recognise(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"timestamp":"2026-11-22T08:00:00.1+0100","event_type":"alert","src_ip":"192.0.2.1","alert":{"signature":"x"}}',
        b'{"eventID":"f1","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","awsRegion":"eu-north-1"}',
        b'{"Workload":"Exchange","Operation":"New-InboxRule","RecordType":1,"UserId":"a@example.com"}',
        b'{"event_id":"7","provider_name":"app","message":"nothing of Windows"}',
        b'{"log_name":"projects/x/logs/y","severity":"INFO"}',
        b'{"EventID":"7","Product":"scanner"}',
    ],
    ids=["suricata", "cloudtrail", "office", "event_id elsewhere", "log_name elsewhere", "EventID elsewhere"],
)
def test_json_of_other_products_is_not_recognised(body: bytes) -> None:
    assert not (any(mark in body for mark in SOURCE.marks) and SOURCE.recognise(body))


SNARE = (
    "<13>Nov 22 09:00:00 dc01 MSWinEventLog\t1\tSecurity\t12\tSun Nov 22 09:00:00 2026\t4625\t" + SECURITY + "\tN/A\tN/A\t"
    "Failure Audit\tdc01.kommune.example\tLogon\t\t{}\t8812"
)
FAILED = (
    "An account failed to log on.    Subject:   Security ID:  S-1-5-18   Account Name:  DC01$   Logon Type:   3    "
    "Account For Which Logon Failed:   Security ID:  S-1-0-0   Account Name:  søren   Account Domain:  KOMMUNE    "
    "Failure Information:   Status:   0xC000006D   Sub Status:  0xC0000064    Network Information:   "
    "Workstation Name: PC-1   Source Network Address: 192.0.2.7   Source Port:  50100"
)
OLD_WAZUH = (
    f"2026 Nov 22 09:00:00 WinEvtLog: Security: AUDIT_FAILURE(4625): {SECURITY}: (no user): no domain: dc01.kommune.example: "
)


@pytest.mark.parametrize("line", [SNARE.format(FAILED), OLD_WAZUH + FAILED], ids=["snare", "ossec"])
def test_a_rendered_logon_is_read_from_its_english_labels(line: str) -> None:
    event = one(line)
    assert SOURCE.recognise(line.encode())
    assert event["event"] | {"action": "logon-failed", "outcome": "failure", "reason": "No such user"} == event["event"]
    assert event["user"] == {"name": "søren", "domain": "KOMMUNE", "id": "S-1-0-0"}
    assert event["source"] == {"ip": "192.0.2.7", "port": 50100, "domain": "PC-1"}
    assert event["winlog"]["event_data"]["SubjectUserName"] == "DC01$"
    assert event["winlog"]["logon"]["type"] == "Network"


def test_snares_own_time_is_in_the_senders_zone_and_ossecs_is_the_relays() -> None:
    assert one(SNARE.format(FAILED))["@timestamp"] == "2026-11-22T08:00:00.000Z"
    carried = "<13>Nov 22 09:00:07 relay ossec: " + OLD_WAZUH + FAILED
    assert one(carried)["@timestamp"] == "2026-11-22T08:00:07.000Z"


def test_a_rendered_text_in_danish_stays_a_message_and_keeps_its_id() -> None:
    event = one(SNARE.format("En konto kunne ikke logge på.    Emne:   Sikkerheds-id:  S-1-5-18"))
    assert event["event"]["action"] == "logon-failed"
    assert event["message"].startswith("En konto")
    assert "user" not in event


def test_wazuh_escapes_twice_and_a_sender_that_does_not_is_let_alone() -> None:
    program = {"providerName": SYSMON, "eventID": "1", "channel": "Microsoft-Windows-Sysmon/Operational"}
    doubled = one(wazuh(program, {"Image": r"C:\a\b.exe", "CommandLine": r'"C:\a\b.exe" \\fil01\x'}))
    assert doubled["process"]["command_line"] == r'"C:\a\b.exe" \\fil01\x'
    single = wazuh(program, {})
    single["win"]["eventdata"] = {"image": r"C:\a\b.exe"}
    assert one(single)["process"]["executable"] == r"C:\a\b.exe"


def test_a_script_in_parts_is_whole_where_one_record_has_all_of_them() -> None:
    def part(number: int, total: int = 3, block: str = "b1") -> dict[str, Any]:
        data = {"MessageNumber": number, "MessageTotal": total, "ScriptBlockText": "abc"[number - 1], "ScriptBlockId": block}
        return evtx(4104, data, "Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational")

    other = evtx(4634, {"TargetUserName": "x"})
    events = normalised([part(2), other, part(1), part(3)])
    assert [event["event"]["code"] for event in events] == ["4634", "4104"]
    assert events[1]["winlog"]["event_data"]["ScriptBlockText"] == "abc"
    assert len(normalised([part(1), part(3)])) == 2
    assert len(normalised([part(1), part(2), part(3, block="b2")])) == 3


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("ImpersonationLevel", "%%1833", "Impersonation"),
        ("AccessList", "%%1537\r\n\t\t%%4417", "DELETE, WriteData (or AddFile)"),
        (
            "UserAccountControl",
            "%%2080 %%2082 %%2084",
            "Account Disabled, 'Password Not Required' - Enabled, 'Normal Account' - Enabled",
        ),
        ("TicketEncryptionType", "0x17", "RC4-HMAC"),
        ("TicketEncryptionType", "0xFFFFFFFF", "none"),
        ("TicketOptions", "0x40810010", "Forwardable, Renewable, Name-canonicalize, Renewable-ok"),
        ("MandatoryLabel", "S-1-16-12288", "High"),
        (
            "GroupMembership",
            "\n\t%{S-1-5-32-544}\n\t%{S-1-5-21-1-2-3-1105}\n\t%{S-1-5-21-1-2-3-512}",
            "Administrators, Domain Admins",
        ),
        ("AccessList", "%%65001", None),
        ("TicketOptions", "0x" + "f" * 400, None),
    ],
)
def test_windows_numbers_are_in_words_beside_the_field_that_keeps_them(field: str, value: str, words: str | None) -> None:
    event = one(evtx(4662, {field: value}))
    assert event["winlog"]["event_data"][field] == value
    assert get_field(event, f"vagt.windows.decoded.{field}") == words


@pytest.mark.parametrize(
    ("kind", "category"),
    [("File", "file"), ("Key", "registry"), ("Process", "process"), ("SAM_USER", "iam"), ("Event", "file")],
)
def test_an_objects_kind_is_its_category(kind: str, category: str) -> None:
    assert one(evtx(4656, {"ObjectType": kind, "ObjectName": "x"}))["event"]["category"] == [category]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("0200C3500A04070C0000000000000000", {"ip": "10.4.7.12", "port": 50000}),
        ("1700C350000000002001" + "0DB8" + "00" * 11 + "01" + "00000000", {"ip": "2001:db8::1", "port": 50000}),
        ("0200", None),
        ("FFFF" * 8, None),
        ("not hexadecimal", None),
        ("", None),
    ],
)
def test_a_client_of_a_share_is_read_from_its_socket_address(raw: str, expected: dict[str, Any] | None) -> None:
    body = evtx(1009, None, "Microsoft-Windows-SMBServer", "Microsoft-Windows-SMBServer/Security")
    body["Event"]["UserData"] = {"EventData": {"ClientAddress": raw, "UserName": "x"}}
    assert one(body).get("source") == expected


@pytest.mark.parametrize(
    ("strings", "outcome", "reason", "ip"),
    [
        (
            ["sa", " Reason: Password did not match.", " [CLIENT: 192.0.2.61]"],
            "failure",
            "Password did not match.",
            "192.0.2.61",
        ),
        (
            ["sa", " Årsag: Adgangskoden passer ikke.", " [KLIENT: 192.0.2.61]"],
            "failure",
            "Adgangskoden passer ikke.",
            "192.0.2.61",
        ),
        (["sa", " [CLIENT: <local machine>]"], "failure", "<local machine>", None),
    ],
    ids=["English", "Danish", "local"],
)
def test_sql_server_tells_who_failed_to_log_in(strings: list[str], outcome: str, reason: str, ip: str | None) -> None:
    event = one(evtx(18456, {"Data": {"#text": strings}}, "MSSQL$LØN", "Application"))
    assert event["user"]["name"] == "sa"
    assert event["event"]["outcome"] == outcome
    assert get_field(event, "source.ip") == ip
    if ip is not None:
        assert event["event"]["reason"] == reason


def test_a_record_of_sql_server_audit_means_what_it_means_in_the_audit_file() -> None:
    text = (
        "audit_schema_version:1\nevent_time:2026-11-22 08:00:00\naction_id:APRL\nclass_type:SG\nsucceeded:true\n"
        "server_principal_name:sa\ntarget_server_principal_name:KOMMUNE\\kim\nobject_name:sysadmin\n"
        "statement:ALTER SERVER ROLE sysadmin\n ADD MEMBER kim\nadditional_information:\n."
    )
    for body in (
        evtx(33205, {"Data": {"#text": [text]}}, "MSSQLSERVER$AUDIT", "Security"),
        {"EventID": 33205, "SourceName": "MSSQLSERVER", "Channel": "Application", "Message": "Audit event: " + text},
    ):
        event = one(body)
        assert event["event"]["action"] == "role-member-added"
        assert event["event"]["code"] == "33205"
        assert event["mssql"]["audit"]["statement"] == "ALTER SERVER ROLE sysadmin\n ADD MEMBER kim"
        assert event["user"]["target"]["name"] == "KOMMUNE\\kim"


def test_keywords_in_another_language_do_not_hide_how_a_ticket_request_ended() -> None:
    for status, outcome in (("0x0", "success"), ("0x18", "failure")):
        event = one(winlog(4768, {"TargetUserName": "kim", "Status": status}, keywords=["Overvågning"]))
        assert event["event"]["outcome"] == outcome
    assert event["event"]["reason"] == "Wrong password"


def test_an_array_gives_its_events_in_order_and_with_different_ids() -> None:
    events = normalised([evtx(4634, {"TargetUserName": name}) for name in ("a", "b", "c")])
    assert [event["user"]["name"] for event in events] == ["a", "b", "c"]
    assert len({event["event"]["id"] for event in events}) == 3


def test_objects_one_after_the_other_are_several_events() -> None:
    body = "\n".join(json.dumps(evtx(4634, {"TargetUserName": name}), indent=2) for name in ("a", "b }\n{ c"))
    assert [event["user"]["name"] for event in normalised(body)] == ["a", "b }\n{ c"]


def test_event_data_is_kept_verbatim_as_text() -> None:
    data = {"Number": 7, "Hex": "0x1F", "Flag": True, "Float": 1.5, "List": [1, "two"], "Empty": "", "Nothing": None}
    assert one(evtx(9999, data))["winlog"]["event_data"] == {
        "Number": "7",
        "Hex": "0x1F",
        "Flag": "true",
        "Float": "1.5",
        "List": ["1", "two"],
        "Empty": "",
    }


def test_a_field_whose_text_is_null_is_no_field() -> None:
    assert one(evtx(9999, {"Data": {"#text": None}, "Other": "x"}))["winlog"]["event_data"] == {"Other": "x"}


def test_user_data_is_flattened_as_winlogbeat_does() -> None:
    body = evtx(1102, None, "Microsoft-Windows-Eventlog")
    del body["Event"]["EventData"]
    body["Event"]["UserData"] = {
        "LogFileCleared": {"#attributes": {"xmlns": "x"}, "SubjectUserName": "adm", "BackupPath": None}
    }
    event = one(body)
    assert event["winlog"]["user_data"] == {"xml_name": "LogFileCleared", "SubjectUserName": "adm"}
    assert event["user"]["name"] == "adm"
    assert event["event"]["action"] == "audit-log-cleared"
    assert event["winlog"]["event_data"] == {"SubjectUserName": "adm"}


def test_names_with_blanks_are_found_without_them_too() -> None:
    event = one(evtx(1116, {"Threat Name": "T", "Path": "file:_C:\\a.exe"}, "Microsoft-Windows-Windows Defender", "x"))
    assert event["winlog"]["event_data"] == {"Threat Name": "T", "ThreatName": "T", "Path": "file:_C:\\a.exe"}
    assert (event["rule"]["name"], event["file"]["name"]) == ("T", "a.exe")


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2026-07-01 10:00:00", "2026-07-01T08:00:00.000Z"),
        ("2026-12-01 10:00:00", "2026-12-01T09:00:00.000Z"),
        ("2026-12-01T10:00:00.1234567-05:00", "2026-12-01T15:00:00.123456Z"),
        ("2026-12-01 10:00:00 +0100", "2026-12-01T09:00:00.000Z"),
        (1795256130, "2026-11-21T10:15:30.000Z"),
        (1795256130.25, "2026-11-21T10:15:30.250Z"),
        ("yesterday", "2026-11-22T12:00:00.000Z"),
        ({"no": "time"}, "2026-11-22T12:00:00.000Z"),
    ],
    ids=["summer", "winter", "zone", "fluent bit", "epoch", "fraction", "no time: received", "no text: received"],
)
def test_stamps_of_shippers(stamp: Any, expected: str) -> None:
    assert one(flat(4634, EventTime=stamp))["@timestamp"] == expected


def test_sysmons_own_time_in_utc_goes_before_a_shippers_local_time() -> None:
    body = flat(5, EventTime="2026-11-22 10:00:00", UtcTime="2026-11-22 08:59:59.123", Image="C:\\a.exe") | {
        "SourceName": SYSMON
    }
    assert one(body)["@timestamp"] == "2026-11-22T08:59:59.123Z"


def test_nxlogs_own_words_are_no_event_data() -> None:
    body = flat(13, EventType="SetValue", EventTypeOrignal="INFO", AccountName="SYSTEM", UserID="S-1-5-18", Severity="WARNING")
    event = one(body | {"SourceName": SYSMON})
    assert event["winlog"]["event_data"] == {"EventType": "SetValue"}
    assert event["winlog"]["user"] == {"identifier": "S-1-5-18", "name": "SYSTEM"}
    assert event["log"]["level"] == "warning"
    assert "event_data" not in one(flat(4608, EventType="AUDIT_FAILURE"))["winlog"]
    assert one(flat(4608, EventType="AUDIT_FAILURE"))["event"]["outcome"] == "failure"


def test_process_id_is_the_loggers_as_a_number_and_the_events_as_text() -> None:
    logger = one(flat(5156, ProcessID=716))
    assert logger["winlog"]["process"] == {"pid": 716}
    assert "process" not in logger
    event = one(flat(5156, ProcessID="2348", ExecutionProcessID=4))
    assert event["winlog"]["process"] == {"pid": 4}
    assert event["process"]["pid"] == 2348


def test_process_start_tells_the_new_process_from_its_parent() -> None:
    data = {
        "NewProcessId": "0x21f4",
        "NewProcessName": "C:\\Windows\\System32\\net.exe",
        "CommandLine": 'net user "ny bruger" /add',
        "ProcessId": "0x10",
        "ParentProcessName": "C:\\Windows\\System32\\cmd.exe",
    }
    process = one(evtx(4688, data))["process"]
    assert (process["pid"], process["name"], process["parent"]["pid"], process["parent"]["name"]) == (
        8692,
        "net.exe",
        16,
        "cmd.exe",
    )
    assert process["args"] == ["net", "user", '"ny bruger"', "/add"]
    assert process["args_count"] == 4


def test_a_group_member_is_read_from_its_distinguished_name() -> None:
    data = {
        "MemberName": "CN=Holm\\, Karin,OU=Løn,DC=kommune,DC=example",
        "MemberSid": "S-1-5-21-1-2-3-9",
        "TargetUserName": "G",
    }
    target = one(evtx(4728, data))["user"]["target"]
    assert target["name"] == "Holm, Karin"
    assert target["domain"] == "kommune.example"
    assert target["id"] == "S-1-5-21-1-2-3-9"


@pytest.mark.parametrize("account_name", ["Administratorer", "Administrators", "Administratoren"])
def test_a_well_known_group_has_its_english_name_whatever_the_language(account_name: str) -> None:
    event = one(evtx(4732, {"TargetUserName": account_name, "TargetDomainName": "Builtin", "TargetSid": "S-1-5-32-544"}))
    assert event["group"]["name"] == account_name
    assert event["vagt"]["windows"]["well_known_sid"]["target"] == "Administrators"


@pytest.mark.parametrize(
    ("sid", "name"),
    [
        ("S-1-5-18", "SYSTEM"),
        ("S-1-5-21-7-8-9-512", "Domain Admins"),
        ("S-1-5-21-7-8-9-1512", None),
        ("S-1-5-21-512", None),
        ("S-1-5-32-9999", None),
        ("S-1-0-0", None),
        ("", None),
    ],
)
def test_well_known_sids(sid: str, name: str | None) -> None:
    assert well_known_name(sid) == name


CLASSIC = [
    "Available",
    "None",
    "\tNewEngineState=Available\r\n\tSequenceNumber=13\r\n\tHostName=ConsoleHost\r\n\tHostId=9d\r\n"
    "\tHostApplication=powershell -Command\r\n  Get-Item\r\n\tEngineVersion=2.0\r\n\tCommandLine=",
]


@pytest.mark.parametrize(
    "body",
    [
        evtx(400, {"Data": {"#text": CLASSIC}}, "PowerShell", "Windows PowerShell"),
        winlog("400", {"param1": CLASSIC[0], "param2": CLASSIC[1], "param3": CLASSIC[2]})
        | {"event": {"provider": "PowerShell"}},
        flat(400, Message="Engine state is changed.\r\n\r\nDetails:\r\n" + CLASSIC[2]) | {"SourceName": "PowerShell"},
    ],
    ids=["evtx", "winlogbeat", "nxlog"],
)
def test_classic_powershell_strings_are_split(body: dict[str, Any]) -> None:
    if "winlog" in body:
        body["winlog"]["provider_name"] = "PowerShell"
    event = one(body)
    data = event["winlog"]["event_data"]
    assert data["HostApplication"] == "powershell -Command\r\n  Get-Item"
    assert data["EngineVersion"] == "2.0"
    assert "EngineVersion=2.0" in data["Data"]
    assert event["process"]["command_line"].startswith("powershell -Command")
    assert event["event"]["sequence"] == 13


def test_a_script_cannot_overwrite_the_engines_facts() -> None:
    text = "\tHostApplication=good\r\n\tEngineVersion=5.1\r\n\tCommandLine=x\r\n\tHostApplication=evil\r\n\tEngineVersion=2.0"
    data = one(evtx(800, {"Data": text}, "PowerShell"))["winlog"]["event_data"]
    assert (data["HostApplication"], data["EngineVersion"]) == ("good", "5.1")


@pytest.mark.parametrize(
    ("event_type", "target", "expected", "kind"),
    [
        ("SetValue", "HKLM\\A\\B\\C", {"hive": "HKLM", "key": "A\\B", "value": "C"}, "change"),
        ("DeleteValue", "HKLM\\A\\C", {"hive": "HKLM", "key": "A", "value": "C"}, "deletion"),
        ("CreateKey", "HKU\\A\\B", {"hive": "HKU", "key": "A\\B"}, "creation"),
        ("DeleteKey", "HKLM", {}, "deletion"),
    ],
)
def test_sysmon_registry_events(event_type: str, target: str, expected: dict[str, str], kind: str) -> None:
    event = one(evtx(12, {"EventType": event_type, "TargetObject": target}, SYSMON, "Microsoft-Windows-Sysmon/Operational"))
    assert event["registry"] == {"path": target, **expected}
    assert event["event"]["type"] == [kind]


def test_sysmon_dns_answers_are_told_apart() -> None:
    data = {"QueryName": "a.example", "QueryStatus": "0", "QueryResults": "type:  5 b.example;::ffff:192.0.2.1;2001:db8::1;-"}
    event = one(evtx(22, data, SYSMON))
    assert event["dns"]["resolved_ip"] == ["192.0.2.1", "2001:db8::1"]
    assert [answer["type"] for answer in event["dns"]["answers"]] == ["CNAME", "A", "AAAA"]
    assert event["event"]["outcome"] == "success"


def test_sysmon_names_the_user_of_the_event_and_not_of_the_service() -> None:
    event = one(evtx(1, {"User": "KOMMUNE\\karin"}, SYSMON, Security={"#attributes": {"UserID": "S-1-5-18"}}))
    assert event["user"] == {"name": "karin", "domain": "KOMMUNE"}
    assert event["winlog"]["user"] == {"identifier": "S-1-5-18"}


W = "Microsoft-Windows-"


@pytest.mark.parametrize(
    ("provider", "code", "action", "outcome"),
    [
        (W + "AppLocker", 8035, "applocker-allowed", None),
        (W + "AppLocker", 8034, "applocker-managed-installer-check-failed", "failure"),
        (W + "CodeIntegrity", 3024, "boot-catalogue-cache-not-updated", "failure"),
        (W + "CodeIntegrity", 3083, "driver-without-whql-loaded", None),
        (W + "CertificationAuthority", 6, "certificate-issued", "success"),
        (W + "CertificationAuthority", 54, "certificate-request-pending", None),
        (W + "DHCP-Server", 72, "dhcp-scope-deleted", None),
        (W + "DNS-Server-Service", 6520, "dns-zone-updated", None),
        (W + "DNS-Server-Service", 6522, "dns-zone-transfer-started", None),
        (W + "DNSServer", 573, "dns-delegation-created", None),
        (W + "DNSServer", 567, None, None),
        (W + "Kerberos-Key-Distribution-Center", 36, "kerberos-ticket-without-pac", None),
        (W + "PrintService", 302, "printer-deletion-started", None),
        (W + "PrintService", 354, "print-spooler-initialisation-failed", "failure"),
        (W + "SMBServer", 1004, "smb-signature-invalid", "failure"),
        (W + "SMBServer", 1013, None, None),
        (W + "SMBServer", 3021, "smb-client-without-signing", None),
        (W + "SMBServer", 4000, "smb-share-connected", None),
        (W + "SMBClient", 32000, "smb1-refused", "success"),
        (W + "WinRM", 168, None, None),
        (W + "Windows Defender", 1160, "unwanted-application-detected", None),
        (W + "Windows Defender", 2005, "antivirus-platform-outdated", "failure"),
    ],
)
def test_what_the_ids_of_rarer_channels_say(provider: str, code: int, action: str | None, outcome: str | None) -> None:
    event = one(evtx(code, {}, provider, "x"))
    assert (event["event"].get("action"), event["event"].get("outcome")) == (action, outcome)
    assert event["event"]["code"] == str(code)


def test_the_account_of_the_program_that_was_called_is_not_the_one_that_called() -> None:
    data = {"CallerPID": "4", "ProcessName": "", "ClientUserName": "SRV01$", "ClientDomainName": "KOMMUNE"}
    assert "user" not in one(evtx(8002, data, W + "NTLM", W + "NTLM/Operational"))


def test_a_client_that_a_filter_of_the_dhcp_server_refused_is_the_source() -> None:
    data = {"MACAddress": "00-00-5E-00-53-09", "HWType": "1", "HostName": "pc-9"}
    event = one(evtx(20097, data, W + "DHCP-Server", W + "DHCP Server Events/FilterNotifications"))
    assert event["source"] == {"mac": "00-00-5E-00-53-09", "domain": "pc-9"}


def test_an_unknown_provider_keeps_everything_under_winlog() -> None:
    event = one(evtx(770, {"param1": "x"}, "Fagsystem", "Application"))
    assert event["winlog"]["event_data"] == {"param1": "x"}
    assert "category" not in event["event"]


def test_every_type_is_expected_of_one_of_its_categories() -> None:
    said = {f"Security {code}": (meaning.categories, meaning.types) for code, meaning in SECURITY_EVENTS.items()}
    said |= {f"Sysmon {code}": (meaning.categories, meaning.types) for code, meaning in SYSMON_EVENTS.items()}
    for provider, meanings in (PROVIDERS | {"mssqlserver": SQL_SERVER}).items():
        said |= {f"{provider} {code}": (meaning.categories, meaning.types) for code, meaning in meanings.items()}
    for name, (categories, types) in said.items():
        assert categories and types, name
        assert not unexpected(categories, types), name


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("C:\\a\\b.exe", {"path": "C:\\a\\b.exe", "name": "b.exe", "directory": "C:\\a", "extension": "exe"}),
        ("C:\\a\\b.txt:s.js", {"path": "C:\\a\\b.txt:s.js", "name": "b.txt:s.js", "directory": "C:\\a", "extension": "txt"}),
        ("name", {"path": "name", "name": "name"}),
        ("C:\\.profile", {"path": "C:\\.profile", "name": ".profile", "directory": "C:"}),
        ("/usr/bin/pwsh", {"path": "/usr/bin/pwsh", "name": "pwsh", "directory": "/usr/bin"}),
    ],
)
def test_paths(path: str, expected: dict[str, str]) -> None:
    assert file_object(path) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%7", "fe80::1"), ("LOCAL", None), ("-", None), ("::1", "::1"), ("", None)],
)
def test_addresses(value: str, expected: str | None) -> None:
    assert address(value) == expected


def test_accounts_and_native_registry_paths() -> None:
    assert account("NT AUTHORITY\\SYSTEM") == {"name": "SYSTEM", "domain": "NT AUTHORITY"}
    assert account("karin") == {"name": "karin"}
    assert account("-") is None
    native = registry_object("\\REGISTRY\\MACHINE\\SYSTEM\\X", has_value=False)
    assert (native["hive"], native["key"]) == ("HKLM", "SYSTEM\\X")


def test_half_a_surrogate_pair_does_not_cost_the_event() -> None:
    body = '{"EventID":4608,"SourceName":"x","Message":"cut \\ud83d","Other":"whole \\ud83d\\ude00 \\\\ud83d"}'
    event = one(body)
    assert event["message"] == "cut \ufffd"
    assert event["winlog"]["event_data"]["Other"] == "whole \U0001f600 \\ud83d"


def test_windows_1252_is_read_and_said() -> None:
    event = one('{"EventID":4608,"SourceName":"x","Hostname":"rådhus"}'.encode("windows-1252"))
    assert event["host"]["name"] == "rådhus"
    assert event["vagt"]["encoding"] == "windows-1252"


BOMBS = {
    "deep array": b'{"EventID":4608,"SourceName":"x","A":' + b"[" * 2000 + b"]" * 2000 + b"}",
    "deep within the limit of JSON": b'{"EventID":4608,"SourceName":"x","A":' + b"[" * 500 + b"]" * 500 + b"}",
    "deep agent": b'{"winlog":{"event_id":1,"channel":"x"},"agent":' + b'{"a":' * 300 + b"1" + b"}" * 301,
    "no object": b"[1, 2, 3]",
    "a number": b"4624",
    "nothing": b"",
    "noise": bytes(range(32)) * 40,
    "no id": b'{"winlog":{"channel":"Security"}}',
    "huge id": b'{"EventID":99999999999999999999,"SourceName":"x"}',
    "fractional id": b'{"EventID":4624.5,"SourceName":"x"}',
    "no provider": b'{"EventID":4624}',
    "entities": b'<!DOCTYPE Event [<!ENTITY a "b">]><Event><System><EventID>&a;</EventID></System></Event>',
    "unclosed xml": b"<Event><System>",
    "xml of something else": b"<Events><Other/></Events>",
    "deep xml": b"<Event>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</Event>",
}


SLOW = {
    "empty lines after an object": b'{"EventID":1}' + b"\n" * 400_000 + b"x",
    "blanks after an object": b'{"EventID":1}\n' + b" " * 400_000 + b"x",
    "halves of surrogate pairs": b'{"EventID":1,"SourceName":"' + b"\\ud83d" * 100_000 + b"}",
    "command line of quotes": orjson.dumps(evtx(4688, {"CommandLine": '"' * 30_001})),
    "classic strings of line ends": orjson.dumps(evtx(800, {"Data": "HostName=\n" * 50_000}, "PowerShell")),
    "context of blanks": orjson.dumps(evtx(4103, {"ContextInfo": " \n" * 200_000 + " = "}, "Microsoft-Windows-PowerShell")),
    "snare": (SNARE.format("Account Name:  x  " * 30_000)).encode(),
    "ossec": (OLD_WAZUH + "Security ID: " * 40_000).encode(),
    "ossec's sysmon": (OLD_WAZUH.replace(SECURITY, SYSMON) + "Image: a  " * 50_000).encode(),
    "nxlog's element": b'<13>1 - h a - - [NXLOG@14506 EventID="1" SourceName="x" a="' + b"\\\\" * 200_000,
    "an xml of audit": orjson.dumps(evtx(1203, {"Data": ["x", "<UserId>" * 60_000]}, "AD FS Auditing")),
    "audit lines": orjson.dumps(evtx(33205, {"Data": "audit_schema_version:1\n" + "a:b\n" * 100_000}, "MSSQLSERVER")),
    "codes": orjson.dumps(evtx(4662, {"AccessList": "%%1537 " * 60_000, "GroupMembership": "%{S-1-" * 60_000})),
    "answers": orjson.dumps(evtx(22, {"QueryResults": "type: 5 a;" * 50_000}, SYSMON)),
}


@pytest.mark.parametrize("body", SLOW.values(), ids=SLOW)
def test_a_body_of_half_a_megabyte_is_read_in_a_time_linear_in_it(body: bytes) -> None:
    with bounded():
        try:
            normalised(body)
        except NormaliseError as error:
            assert str(error)


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(NormaliseError, match=r".{10,}"):
        normalised(body)


@pytest.mark.parametrize(
    ("body", "field", "expected"),
    [
        ('{"EventID":4608,"EventID":4609,"SourceName":"x"}', "event.code", "4609"),
        (json.dumps(flat(4688, NewProcessId="0x" + "f" * 5000)), "process.pid", None),
        (json.dumps(flat(4625, IpAddress="\0", IpPort="99999999")), "source.ip", None),
        ('{"EventID":4608,"SourceName":"x","Keywords":1e400}', "event.code", None),
    ],
    ids=["duplicate keys: the last", "huge number: left out", "NUL as address: left out", "infinite: refused"],
)
def test_odd_values(body: str, field: str, expected: str | None) -> None:
    if expected is None and field == "event.code":
        with pytest.raises(NormaliseError):
            normalised(body)
        return
    assert get_field(one(body), field) == expected


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    """EventID SourceName Channel Hostname EventTime Keywords Level Category UserID ProcessID UserData EventData StringInserts
    SubjectUserSid TargetSid MemberName ProcessId IpAddress IpPort LogonType Image Hashes UtcTime QueryResults Details
    TargetObject EventType ContextInfo Data param3 Message System Event winlog event agent host event_id event_data
    provider_name channel user_data user process keywords level record_id log_name source_name CommandLine User Path""".split()
)
KNOWN = {*SECURITY_EVENTS, *SYSMON_EVENTS, *(code for meanings in PROVIDERS.values() for code in meanings)}
CODES = st.sampled_from([400, 800, 4103, 4104, *sorted(int(code) for code in KNOWN)])
PROVIDER_NAMES = st.sampled_from([SECURITY, SYSMON, "PowerShell", "Microsoft-Windows-PowerShell", *PROVIDERS])
FIELDS = st.dictionaries(NAMES | st.text(max_size=6), JSON_VALUES, max_size=10)


@settings(max_examples=250, deadline=None)
@given(CODES, PROVIDER_NAMES, FIELDS, st.sampled_from(["flat", "winlog", "evtx", "top", "as it is"]))
def test_wrong_types_give_an_event_that_a_store_takes_or_a_reason(
    code: int, provider: str, fields: dict[str, Any], form: str
) -> None:
    body: Any = fields
    if form == "flat":
        body = {**fields, "EventID": code, "SourceName": provider}
    elif form == "winlog":
        body = {**fields, "winlog": {**fields, "event_id": code, "provider_name": provider, "event_data": fields}}
    elif form == "evtx":
        body = evtx(code, fields, provider)
        body["Event"]["System"] = {**fields, **body["Event"]["System"]}
        body["Event"]["UserData"] = fields
    elif form == "top":
        body = {**fields, "event_id": code, "source_name": provider, "log_name": "x", "event_data": fields}
    try:
        encoded = json.dumps(body).encode()
        events = normalised(encoded)
    except NormaliseError:
        return
    for event in events:
        orjson.dumps(event)
        assert get_field(event, "event.code") == get_field(event, "winlog.event_id")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"<Event{text}".encode()))
def test_any_bytes_give_events_or_a_reason(body: bytes) -> None:
    try:
        normalised(body)
    except NormaliseError as error:
        assert str(error)


def test_broken_bodies_are_cut_where_documents_end() -> None:
    assert read_objects(b'{"a":1}\n{"a":"}\\n{"}\r\n\r\n{"a":3}\n') == [{"a": 1}, {"a": "}\n{"}, {"a": 3}]


def sample_lines() -> Iterator[tuple[str, bytes]]:
    for path in sorted(SAMPLES.glob("*.log")):
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            yield f"{path.name}:{number}", line


@pytest.mark.parametrize("line", [line for _, line in sample_lines()], ids=[name for name, _ in sample_lines()])
def test_samples_are_recognised_and_break_no_type(line: bytes) -> None:
    assert any(mark in line for mark in SOURCE.marks)
    assert SOURCE.recognise(line)
    for event in normalised(line):
        assert "unmapped" not in event.get("vagt", {})
        assert event["winlog"]["computer_name"] == event["host"]["name"]


def recordings(corpus: Path, every: int) -> Iterator[bytes]:
    folder = corpus / "corpus/recordings"
    for path in [*sorted(folder.glob("otrf_windows*.gz")), folder / "evtx_to_mitre.ndjson.gz"]:
        with gzip.open(path) as lines:
            yield from (line.rstrip(b"\n") for number, line in enumerate(lines) if number % every == 0)


@pytest.mark.corpus
def test_recorded_events_give_one_event_each(corpus: Path) -> None:
    bodies = list(recordings(corpus, 101))
    assert len(bodies) > 1500
    for body in bodies:
        assert any(mark in body for mark in SOURCE.marks)
        assert SOURCE.recognise(body)
        event = one(body)
        assert event["@timestamp"] != "2026-11-22T12:00:00.000Z"
        assert "unmapped" not in event.get("vagt", {})
        orjson.dumps(event)


@pytest.mark.corpus
def test_every_regression_event_of_sigma_gives_one_event(corpus: Path) -> None:
    decoder = json.JSONDecoder()
    paths = sorted((corpus / "sigmahq/regression_data").glob("*.json"))
    assert len(paths) > 100
    for path in paths:
        text, end, documents = path.read_text().strip(), 0, 0
        while end < len(text):
            _, end = decoder.raw_decode(text, end)
            documents += 1
            end += len(text[end:]) - len(text[end:].lstrip())
        body = path.read_bytes()
        assert any(mark in body for mark in SOURCE.marks)
        assert SOURCE.recognise(body)
        assert len(normalised(body)) == documents


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["otrf_zeek", "otrf_aws"])
def test_recordings_of_other_products_are_not_recognised(corpus: Path, name: str) -> None:
    with gzip.open(corpus / f"corpus/recordings/{name}.ndjson.gz") as lines:
        for body in lines:
            assert not (any(mark in body for mark in SOURCE.marks) and SOURCE.recognise(body))
