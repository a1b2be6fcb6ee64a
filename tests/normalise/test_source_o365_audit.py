"""o365.audit: who did what from where, for every kind of record, and that no JSON breaks it."""

import json
from typing import Any

import pytest

from normalise.registry import source_for, sources
from tests.normalise.cloud import Fields, event_of, events_of, values
from vagt.errors import NormaliseError

SOURCE = "o365.audit"
SOURCES = sources()


def record(number: int, operation: str, **parts: Any) -> Fields:
    return {"RecordType": number, "Operation": operation, "CreationTime": "2026-11-22T09:00:00", "Id": "1", **parts}


def read(number: int, operation: str, **parts: Any) -> Fields:
    return event_of(SOURCE, record(number, operation, **parts))


@pytest.mark.parametrize(
    ("number", "operation", "category", "kind"),
    [
        (1, "New-InboxRule", ["configuration"], ["creation"]),
        (1, "Set-Mailbox", ["configuration"], ["change"]),
        (1, "Get-Mailbox", ["configuration"], ["access"]),
        (1, "Add-MailboxPermission", ["iam", "configuration"], ["change"]),
        (50, "MailItemsAccessed", ["email"], ["info"]),
        (2, "ModifyFolderPermissions", ["iam"], ["change"]),
        (6, "FileDownloaded", ["file"], ["access"]),
        (6, "FileRecycled", ["file"], ["deletion"]),
        (8, "Add user.", ["iam"], ["creation", "user"]),
        (8, "Add member to role.", ["iam"], ["change", "admin"]),
        (8, "Add member to group.", ["iam"], ["change", "group"]),
        (8, "Delete group.", ["iam"], ["deletion", "group"]),
        (8, "Consent to application.", ["iam"], ["change"]),
        (8, "Add service principal.", ["iam"], ["creation"]),
        (8, "Set domain authentication.", ["configuration"], ["change"]),
        (14, "AddedToGroup", ["iam"], ["change", "group"]),
        (15, "UserLoggedIn", ["authentication"], ["start"]),
        (25, "MemberAdded", ["iam"], ["change", "group"]),
        (77, "SearchViewed", ["web"], ["info"]),
    ],
)
def test_an_operation_is_what_its_words_say(number: int, operation: str, category: list[str], kind: list[str]) -> None:
    assert values(read(number, operation), "event.category", "event.type", "event.action") == (category, kind, operation)


def test_a_failed_login_is_a_failure_though_the_request_succeeded() -> None:
    event = read(15, "UserLoginFailed", ResultStatus="Success", LogonError="InvalidUserNameOrPassword", UserId="a@b.example")
    assert values(event, "event.outcome", "event.reason", "user.name") == ("failure", "InvalidUserNameOrPassword", "a")


@pytest.mark.parametrize(
    ("address", "ip", "port"),
    [
        ("203.0.113.9", "203.0.113.9", None),
        ("203.0.113.9:50000", "203.0.113.9", 50000),
        ("[2001:db8::9]:50000", "2001:db8::9", 50000),
        ("[2001:db8::9]", "2001:db8::9", None),
        ("2001:db8::9", "2001:db8::9", None),
        ("::ffff:203.0.113.9", "203.0.113.9", None),
        ("203.0.113.9:99999", "203.0.113.9", None),
        ("[client.example]:50000", None, None),
        ("<null>", None, None),
    ],
)
def test_a_clients_address_is_read_however_it_is_written(address: str, ip: str | None, port: int | None) -> None:
    event = read(8, "Add user.", ClientIP=address)
    assert values(event, "client.address", "client.ip", "source.ip", "source.port") == (address, ip, ip, port)


def test_lists_of_names_with_values_become_objects() -> None:
    changed = [{"Name": "ConsentContext.IsAdminConsent", "NewValue": "True", "OldValue": ""}]
    event = read(1, "New-InboxRule", Parameters=[{"Name": "ForwardTo", "Value": "x@mail.example"}], ModifiedProperties=changed)
    assert event["o365"]["audit"]["Parameters"] == {"ForwardTo": "x@mail.example"}
    assert event["o365"]["audit"]["ModifiedProperties"] == {
        "ConsentContext_IsAdminConsent": {"NewValue": "True", "OldValue": ""}
    }


def test_a_guests_domain_is_not_the_tenants_name() -> None:
    assert values(read(6, "FileAccessed", UserId="x@mail.example", OrganizationId="7f3b"), "host.id", "host.name") == (
        "7f3b",
        None,
    )
    own = read(6, "FileAccessed", UserId="x@nordby.onmicrosoft.com", OrganizationId="7f3b")
    assert values(own, "host.name", "cloud.account.id") == ("nordby.onmicrosoft.com", "7f3b")
    guest = read(6, "FileAccessed", UserId="x_mail.example#EXT#@nordby.onmicrosoft.com", OrganizationId="7f3b")
    assert values(guest, "host.name") == (None,)


def test_a_blocked_dlp_match_is_a_failure_with_the_worst_severity() -> None:
    rules = [{"RuleId": "1", "RuleName": "r", "Severity": "Low"}, {"Severity": "High", "Actions": ["BlockAccess"]}]
    event = read(11, "DLPRuleMatch", PolicyDetails=[{"PolicyName": "p", "Rules": rules}])
    assert values(event, "event.kind", "event.severity", "event.outcome") == ("alert", 4, "failure")
    assert values(event, "rule.name", "rule.ruleset") == ("r", "p")


def test_a_record_type_that_is_not_known_still_is_an_event() -> None:
    event = read(9999, "Something")
    assert values(event, "event.code", "event.action", "vagt.source.partly") == ("9999", "Something", "record type 9999")


LOGIN = record(15, "UserLoggedIn", UserId="anne@nordby.example")
TEXT = json.dumps(LOGIN)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (TEXT.encode(), 1),
        (b"\xef\xbb\xbf" + TEXT.encode(), 1),
        (TEXT.encode("utf-16"), 1),
        (f"<134>1 2026-11-22T09:00:00Z relay o365 - - - {TEXT}".encode(), 1),
        (f"{TEXT}\n{TEXT}\n".encode(), 2),
        (f"[{TEXT},{TEXT}]".encode(), 2),
        (json.dumps({"records": [LOGIN, LOGIN]}).encode(), 2),
        (json.dumps({"message": TEXT}).encode(), 1),
        (json.dumps({"message": json.dumps({"records": [LOGIN, LOGIN]})}).encode(), 2),
        (json.dumps({"event": {"original": TEXT}, "message": "x"}).encode(), 1),
        (json.dumps({"event": LOGIN}).encode(), 1),
        (json.dumps({"integration": "office365", "office365": LOGIN}).encode(), 1),
    ],
    ids=range(12),
)
def test_a_record_is_found_in_whatever_a_shipper_puts_around_it(body: bytes, count: int) -> None:
    events = events_of(SOURCE, body)
    assert [event["user"]["name"] for event in events] == ["anne"] * count
    if not body.startswith(b"\xff\xfe"):
        assert source_for(None, body)[0].id == SOURCE


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"text",
        b"{",
        b"[]",
        b"{}",
        b'{"records":[]}',
        b'{"records":[{}]}',
        b'{"message":"{"}',
        b'{"RecordType":15,"CreationTime":5}',
        b'{"RecordType":15,"CreationTime":"never"}',
        b'{"message":' * 50 + b"1" + b"}" * 50,
        b'{"a":' * 2000,
    ],
    ids=range(12),
)
def test_what_is_no_record_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(NormaliseError, match=r"\w"):
        events_of(SOURCE, body)


def test_a_megabyte_of_backslashes_is_no_work() -> None:
    body = b'{"RecordType":1,"CreationTime":"' + b"\\" * 1_000_000 + b'"}'
    assert not SOURCES[SOURCE].recognise(body)
    assert not SOURCES[SOURCE].recognise(b"\\" * 1_000_000)
