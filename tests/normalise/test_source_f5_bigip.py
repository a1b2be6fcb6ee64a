"""BIG-IP: commands, changes, logins, sessions, requests that were blocked, and that damaged records raise "
"NormaliseError only."""

import json
from pathlib import Path

import pytest

from normalise.sources.f5_bigip.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.contracts.event import get_field
from vagt.errors import NormaliseError

one = reader(SOURCE)
HEAD = "<134>Nov 22 10:15:30 lb-1 "


def test_a_command_has_its_user_line_and_outcome() -> None:
    event = one(
        HEAD + "notice tmsh[1]: 01420002:5: AUDIT - pid=1 user=root folder=/ module=(tmos)# "
        "status=[Command OK] cmd_data=delete ltm pool p"
    )
    assert event["user"]["name"] == "root"
    assert event["process"]["command_line"] == "delete ltm pool p"
    assert (event["event"]["outcome"], event["event"]["type"]) == ("success", ["deletion", "start"])


def test_a_new_account_is_a_change_to_identities() -> None:
    event = one(
        HEAD + "notice mcpd[1]: 01070417:5: AUDIT - client 10.0.0.5, user admin - transaction #1-1 - object 0 - "
        'create { userdb_entry { userdb_entry_name "svend" } } [Status=Command OK]'
    )
    assert event["event"]["category"] == ["configuration", "iam"]
    assert event["event"]["type"] == ["user", "creation"]
    assert (event["user"]["name"], event["source"]["ip"]) == ("admin", "10.0.0.5")


RAW = "info httpd[1]: 01070417:6: AUDIT - user root - RAW: "
LOGINS = {
    "web": (
        RAW + 'httpd(mod_auth_pam): user=root(root) partition=[All] tty=x host=203.0.113.5 attempts=1 start="x".',
        "success",
    ),
    "web failed": (
        RAW + "httpd(pam_audit): User=root tty=(unknown) host=203.0.113.5 failed to login after 1 attempts",
        "failure",
    ),
    "ssh": ("info sshd[1]: Accepted publickey for root from 203.0.113.5 port 22 ssh2", "success"),
    "ssh failed": ("info sshd[1]: Failed password for root from 203.0.113.5 port 22 ssh2", "failure"),
}


@pytest.mark.parametrize(("text", "outcome"), LOGINS.values(), ids=LOGINS.keys())
def test_logins_have_user_address_and_outcome(text: str, outcome: str) -> None:
    event = one(HEAD + text)
    assert event["event"]["category"] == ["authentication"]
    assert (event["event"]["outcome"], event["user"]["name"], event["source"]["ip"]) == (outcome, "root", "203.0.113.5")


def test_a_denied_access_policy_is_a_failed_login() -> None:
    event = one(HEAD + "notice apmd[1]: 01490102:5: /Common/vpn:Common:e03c2ca8: Access policy result: Logon_Deny")
    assert event["event"]["outcome"] == "failure"
    assert event["f5"]["bigip"]["session_id"] == "e03c2ca8"


@pytest.mark.parametrize(("status", "denied"), [("blocked", True), ("alerted", False), ("passed", False)])
def test_a_blocked_request_is_denied(status: str, denied: bool) -> None:
    event = one(HEAD + f'ASM:unit_hostname="lb",request_status="{status}",ip_client="203.0.113.1",method="GET",uri="/a?b=1"')
    assert ("denied" in event["event"]["type"]) == denied
    assert event["url"]["path"] == "/a"


def test_the_blade_is_not_part_of_the_name() -> None:
    assert one("<134>Nov 22 10:15:30 slot1/lb-1 notice tmm[1]: 01010028:3: No members")["observer"]["name"] == "lb-1"


def test_an_id_that_is_not_known_says_so() -> None:
    assert get_field(one(HEAD + "notice x[1]: 0deadbee:5: text"), "vagt.source.partly") == "message 0deadbee"


@pytest.mark.parametrize(
    "body",
    [
        b"<38>Nov 22 10:15:30 host sshd[1]: Failed password for root from 203.0.113.5 port 50000 ssh2",
        b"CEF:0|Other|ASM|1|1|n|1|",
        b"<134>Nov 22 10:15:30 host app: notice something[1] happened",
    ],
)
def test_other_records_are_not_recognised(body: bytes) -> None:
    assert not SOURCE.recognise(body)


@pytest.mark.parametrize(
    "body",
    ["hello", "<134>1 2026-11-22T10:00:00Z h F5 - access_json - {", "<134>1 2026-11-22T10:00:00Z h F5 - access_json - []"],
)
def test_what_is_no_message_is_refused(body: str) -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, body)


@pytest.mark.corpus
def test_every_line_of_the_corpus_is_recognised_and_read(corpus: Path) -> None:
    for case in map(json.loads, (corpus / "corpus" / "wazuh" / "f5_big_ip" / "cases.jsonl").open()):
        assert SOURCE.recognise(case["raw"].encode())
        assert one(case["raw"])["event"]["category"]
