"""linux.auditd: records and events, decoded values, who acted, what a call did, and that hostile records raise NormaliseError only."""

# ruff: noqa: E501  (a log line stays on one line)

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.envelope import normalise_raw
from normalise.sources.linux_auditd.kinds import KINDS
from normalise.sources.linux_auditd.parser import SOURCE, recognise
from normalise.sources.linux_auditd.syscall_numbers import syscall_name
from normalise.sources.linux_auditd.syscalls import SYSCALLS
from normalise.sources.linux_auditd.values import read_address, read_arguments
from tests.normalise.expected_types import unexpected
from vagt.contracts.event import Event, get_field
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

SAMPLES = Path(__file__).resolve().parents[2] / "normalise/sources/linux_auditd/samples"
ZONE = ZoneInfo("Europe/Copenhagen")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CALL = 'type=SYSCALL msg=audit({stamp}): arch=c000003e syscall={call} success=yes exit=3 a0=ffffff9c a1=7ffe a2={a2} a3=1b6 items=1 ppid=1 pid=2 auid=1000 uid=1000 gid=1000 euid=0 comm="x" exe="/usr/bin/x" key=(null)'


def parse(body: str | bytes) -> list[Event]:
    raw = RawLog("751", None, body.encode() if isinstance(body, str) else body, NOON, "file", "srv01", "f:1")
    return normalise_raw(raw, SOURCE, False, ZONE, "2026-11-22T12:00:01.000Z", str)


def one(body: str | bytes) -> Event:
    (event,) = parse(body)
    return event


def values(event: Event, *names: str) -> tuple[Any, ...]:
    return tuple(get_field(event, name) for name in names)


def user_message(kind: str, text: str, *, uid: str = "0", auid: str = "4294967295", names: str = "") -> Event:
    return one(f"type={kind} msg=audit(1795427702.101:201): pid=9 uid={uid} auid={auid} ses=3 msg='{text}'{names}")


def test_records_of_one_serial_number_are_one_event_however_they_lie() -> None:
    call = CALL.format(stamp="1795427702.101:5", call=59, a2=0)
    others = [
        'type=EXECVE msg=audit(1795427702.101:5): argc=2 a0="id" a1="-u"',
        'type=CWD msg=audit(1795427702.101:5): cwd="/tmp"',
        'type=PATH msg=audit(1795427702.101:5): item=0 name="/usr/bin/id" mode=0100755 nametype=NORMAL',
    ]
    on_lines, on_one_line = one("\n".join([call, *others])), one(" ".join([call, *others]))
    for event in (on_lines, on_one_line):
        assert values(event, "auditd.log.record_type") == (["SYSCALL", "EXECVE", "CWD", "PATH"],)
        assert values(event, "process.args", "process.command_line") == (["id", "-u"], "id -u")
        assert values(event, "process.working_directory", "process.executable") == ("/tmp", "/usr/bin/x")
        assert values(event, "auditd.execve.a1", "auditd.data.syscall") == ("-u", "execve")
        assert values(event, "event.category", "event.type") == (["process"], ["start"])


def test_names_behind_the_control_character_do_not_end_a_record() -> None:
    call = CALL.format(stamp="1795427702.101:5", call=59, a2=0) + '\x1dUID="bo" SYSCALL=execve'
    for between in ("\n", " ", "\r\n"):
        event = one(f'{call}{between}type=EXECVE msg=audit(1795427702.101:5): argc=1 a0="id"')
        assert values(event, "user.name", "process.args") == ("bo", ["id"])


def test_events_whose_records_lie_between_each_other_come_in_the_order_of_their_first_records() -> None:
    first, second = (CALL.format(stamp=f"1795427702.10{n}:{n}", call=59, a2=0) for n in (1, 2))
    cwds = [f'type=CWD msg=audit(1795427702.10{n}:{n}): cwd="/{n}"' for n in (2, 1)]
    events = parse("\n".join([first, second, *cwds]))
    assert [get_field(event, "event.sequence") for event in events] == [1, 2]
    assert [get_field(event, "process.working_directory") for event in events] == ["/1", "/2"]


def test_a_text_that_looks_like_a_record_of_another_event_is_text() -> None:
    event = one(
        "type=USER msg=audit(1795427702.101:5): pid=1 uid=0 msg='hello type=SYSCALL msg=audit(1795427702.101:6): uid=7 res=success'"
    )
    assert values(event, "auditd.log.record_type", "user.id") == (["USER"], "0")


def test_equal_serial_numbers_of_two_nodes_are_two_events() -> None:
    line = "node={} type=CONFIG_CHANGE msg=audit(1795427702.101:5): op=add_rule res=1"
    events = parse(f"{line.format('a')}\n{line.format('b')}")
    assert [get_field(event, "host.name") for event in events] == ["a", "b"]


def test_arguments_are_decoded_also_in_pieces_that_end_within_a_letter() -> None:
    assert read_arguments(['argc=2 a0="sh" a1=6C73202D6C61']) == ["sh", "ls -la"]
    assert read_arguments(["argc=2 a0=736820 a1_len=8 a1[0]=61C3", "a1[1]=A662"]) == ["sh ", "aæb"]
    assert read_arguments(['a0="6C73"']) == ["6C73"]


ADDRESSES = [
    ("02001F90C0000217", {"family": "ipv4", "ip": "192.0.2.23", "port": 8080}),
    ("0A0001BB0000000020010DB8000000000000000000000001", {"family": "ipv6", "ip": "2001:db8::1", "port": 443}),
    ("0A0001BB0000000000000000000000000000FFFFC0000217", {"family": "ipv6", "ip": "192.0.2.23", "port": 443}),
    ("01002F72756E2F7800", {"family": "unix", "path": "/run/x"}),
    ("1000000000000000", {"family": "netlink"}),
    ("02", {}),
    ("xyz", {}),
]


@pytest.mark.parametrize(("text", "address"), ADDRESSES, ids=[text[:12] for text, _ in ADDRESSES])
def test_socket_addresses_are_read(text: str, address: dict[str, Any]) -> None:
    assert read_address({"saddr": text}) == address


def test_numbers_of_calls_are_names_by_machine() -> None:
    assert [syscall_name(*one) for one in (("x86_64", "59"), ("aarch64", "221"), ("i386", "11"), ("x86_64", "437"))] == [
        "execve",
        "execve",
        "execve",
        "openat2",
    ]
    assert syscall_name("mips", "59") == "59"


OPENS = [("0", [], ["access"]), ("1", [], ["change"]), ("80241", [], ["change"]), ("241", ["CREATE"], ["creation"])]


@pytest.mark.parametrize(("flags", "kinds", "types"), OPENS, ids=["read", "write", "with O_CLOEXEC", "new file"])
def test_flags_and_paths_tell_what_an_open_did(flags: str, kinds: list[str], types: list[str]) -> None:
    paths = [f' type=PATH msg=audit(1795427702.101:5): item=0 name="a.sh" nametype={kind}' for kind in kinds]
    event = one(CALL.format(stamp="1795427702.101:5", call=257, a2=flags) + "".join(paths))
    assert values(event, "event.category", "event.type") == (["file"], types)


def test_a_failed_login_names_account_and_address() -> None:
    event = user_message(
        "USER_LOGIN", 'op=login acct="anna" exe="/usr/sbin/sshd" hostname=? addr=192.0.2.7 terminal=ssh res=failed'
    )
    assert values(event, "user.name", "source.ip", "event.outcome", "event.category") == (
        "anna",
        "192.0.2.7",
        "failure",
        ["authentication"],
    )
    assert "id" not in event["user"]


def test_who_becomes_another_is_the_login_user_and_the_other_the_effective_one() -> None:
    event = user_message(
        "USER_AUTH",
        'op=PAM:authentication acct="root" exe="/usr/bin/su" addr=? res=success',
        auid="1000",
        names='\x1dUID="root" AUID="bo"',
    )
    assert values(event, "user.id", "user.name", "user.effective.name", "user.effective.id") == ("1000", "bo", "root", "0")


def test_an_account_that_was_made_is_the_target() -> None:
    event = user_message("ADD_USER", 'op=adding user acct="gaest" exe="/usr/sbin/useradd" addr=? res=success', auid="1000")
    assert values(event, "user.target.name", "user.effective.id", "auditd.data.op") == ("gaest", "0", "adding user")


def test_what_rsyslog_makes_of_the_control_character_is_read() -> None:
    event = user_message(
        "USER_END",
        'op=PAM:session_close acct="bo" exe="/usr/sbin/sshd" res=success',
        auid="1000",
        names='#035UID="root" AUID="bo"',
    )
    assert values(event, "user.id", "user.name") == ("1000", "bo")


def test_a_rule_with_several_keys_gives_several_tags() -> None:
    event = one(CALL.format(stamp="1795427702.101:5", call=59, a2=0).replace("(null)", "6964656E74697479017375646F"))
    assert event["tags"] == ["identity", "sudo"]


def test_a_denial_that_was_only_logged_is_allowed() -> None:
    line = 'type=AVC msg=audit(1795427702.101:5): avc:  denied  {{ read }} for  pid=1 comm="x" tclass=file permissive={}'
    assert [get_field(one(line.format(permissive)), "event.type") for permissive in (0, 1)] == [["denied"], ["allowed"]]


@pytest.mark.parametrize("meanings", [KINDS, SYSCALLS], ids=["record types", "system calls"])
def test_every_type_is_one_that_ecs_expects_of_the_category(meanings: dict[str, Any]) -> None:
    for name, meaning in meanings.items():
        assert not unexpected(meaning.category, meaning.types), name


def test_lines_of_others_are_not_claimed() -> None:
    for line in (
        b"Nov 22 10:00:00 srv01 sudo[1]: bo : COMMAND=/bin/echo type=SYSCALL msg=audit(1795427702.101:5): x",
        b"type=SYSCALL msg=g",
        b'{"ID":"abc","SYSCALL":{}}',
        b'{"message":"type=SYSCALL msg=audit(1795427702.101:5): x"}',
    ):
        assert not recognise(line), line


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"{", b"[]", b"{}", b'{"ID":"1:x"}', b"type=SYSCALL msg=audit(x): ", b"<13>Nov 22 10:00:00 h x: y"]
)
def test_what_is_no_record_is_refused(body: bytes) -> None:
    with pytest.raises(NormaliseError):
        parse(body)


def test_more_records_than_any_event_has_are_refused() -> None:
    with pytest.raises(NormaliseError, match="4096"):
        parse("\n".join(f"type=PATH msg=audit(1795427702.101:{n}): item=0" for n in range(4097)))


LINES = [line for path in SAMPLES.glob("*.log") for line in path.read_bytes().splitlines()]
DOCUMENTS = [json.loads(line) for line in (SAMPLES / "laurel.json").read_text().splitlines()]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(LINES), st.integers(0, 400), st.integers(0, 40), st.binary(max_size=12))
def test_damaged_records_raise_nothing_else(line: bytes, at: int, cut: int, put: bytes) -> None:
    with suppress(NormaliseError):
        parse(line[:at] + put + line[at + cut :])


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(DOCUMENTS), st.data())
def test_odd_values_in_laurels_json_raise_nothing_else(document: dict[str, Any], data: st.DataObject) -> None:
    odd = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["ARGV", "SADDR", "addr", "exe", "PPID"]), inner, max_size=2)
        ),
    )
    changed = dict(document)
    changed[data.draw(st.sampled_from([*document, "SOCKADDR", "EXECVE", "PARENT_INFO"]))] = data.draw(odd)
    with suppress(NormaliseError):
        parse(json.dumps(changed))
