"""vSphere: who logs in where, what is done to machines and hosts, commands in the shell, damaged records."""

import pytest

from normalise.registry import source_for
from normalise.sources.vmware_vsphere.parser import SOURCE
from tests.normalise.reading import events, reader
from vagt.errors import NormaliseError

one = reader(SOURCE)
HOST = "<166>2026-11-22T09:15:30.123Z esx01.kommune.example "
HOSTD = HOST + "Hostd: info hostd[2099123] [Originator@6876 sub=Vimsvc.ha-eventmgr opID=x] "
EVENT = (
    "<14>1 2026-11-22T09:15:30Z vc vpxd 5012 - - Event [7] [1-1] [2026-11-22T09:15:30.481Z] [{}] [info] [A\\b] [DC1] [7] [{}]"
)


@pytest.mark.parametrize(
    ("text", "outcome", "user"),
    [
        ("Event 1 : User root@203.0.113.9 logged in as curl/8.5", "success", "root"),
        ("Event 1 : Cannot login anne@203.0.113.9", "failure", "anne"),
        ("Event 1 : Cannot login user KOMMUNE\\anne@203.0.113.9: no permission", "failure", "anne"),
        ("Accepted password for user root from 203.0.113.9", "success", "root"),
        ("Rejected password for user root from 203.0.113.9", "failure", "root"),
    ],
)
def test_a_login_to_the_host_has_outcome_user_and_address(text: str, outcome: str, user: str) -> None:
    event = one(HOSTD + text)
    assert event["event"]["category"] == ["authentication"]
    assert (event["event"]["outcome"], event["user"]["name"], event["source"]["ip"]) == (outcome, user, "203.0.113.9")


@pytest.mark.parametrize(
    ("kind", "text", "action"),
    [
        ("vim.event.VmPoweredOffEvent", "sql01 on  esx01 in DC1 is powered off", "vm-power-off"),
        ("vim.event.VmRemovedEvent", "Removed sql01 on esx01 from DC1", "vm-delete"),
        ("vim.event.TaskEvent", "Task: Power Off virtual machine", "vm-power-off"),
        ("vim.event.TaskEvent", "Task: Remove all snapshots", "snapshot-remove-all"),
        ("vim.event.HostAdminEnableEvent", "Administrator access has been restored", "lockdown-disabled"),
        ("esx.audit.net.firewall.disabled", "Firewall has been disabled.", "firewall-disabled"),
        ("com.vmware.cis.CreatePermission", "Permission created", "CreatePermission"),
    ],
)
def test_an_event_of_the_centre_says_what_was_done_and_by_whom(kind: str, text: str, action: str) -> None:
    event = one(EVENT.format(kind, text))
    assert (event["event"]["action"], event["event"]["code"]) == (action, kind)
    assert event["user"] == {"name": "b", "domain": "A"}
    assert event["@timestamp"] == "2026-11-22T09:15:30.481Z"


def test_an_event_type_that_is_not_known_is_counted_by_its_name() -> None:
    event = one(EVENT.format("vim.event.VmNewEvent", "new"))
    assert event["vagt"]["source"]["partly"] == "event vim.event.VmNewEvent"
    assert event["message"] == "new"


def test_the_text_of_an_event_ends_with_its_last_bracket_whatever_is_in_it() -> None:
    assert one(EVENT.format("vim.event.TaskEvent", "Task: a] [b"))["message"] == "Task: a] [b"
    long = "Task: a" + " " * 20_000 + "b"
    assert one(EVENT.format("vim.event.TaskEvent", long))["message"] == long


def test_a_machine_that_is_switched_off_on_the_host_is_named() -> None:
    event = one(
        HOST + "Hostd: verbose hostd[2] [Originator@6876 sub=Vmsvc.vm:/vmfs/volumes/ds1/web 01/web 01.vmx opID=a] "
        "State Transition (VM_STATE_ON -> VM_STATE_OFF)"
    )
    assert event["event"]["action"] == "vm-power-off"
    assert event["vmware"]["vsphere"]["vm"] == {"path": "/vmfs/volumes/ds1/web 01/web 01.vmx", "name": "web 01"}


def test_a_command_is_a_process_whose_parent_is_the_shell() -> None:
    event = one(HOST + "shell[2101234]: [root]: esxcli system account add -i x")
    assert event["process"]["executable"] == "/bin/esxcli"
    assert event["process"]["command_line"] == "esxcli system account add -i x"
    assert event["process"]["parent"] == {"name": "shell", "pid": 2101234}


def test_the_severity_in_esxi_8s_files_is_no_host() -> None:
    event = one("2026-11-22T09:18:30.123Z In(166) Hostd[20]: [Originator@6876 sub=Default] text")
    assert "host" not in event
    assert event["log"]["syslog"]["priority"] == 166


def test_sshd_of_a_host_is_read_where_the_source_is_named() -> None:
    event = one(HOST + "sshd[2]: error: PAM: Authentication failure for root from 203.0.113.9")
    assert (event["event"]["outcome"], event["source"]["ip"]) == ("failure", "203.0.113.9")
    assert (
        one(HOST + "sshd[2]: Accepted keyboard-interactive/pam for root from 203.0.113.9 port 50000 ssh2")["user"]["name"]
        == "root"
    )


@pytest.mark.parametrize(
    "line",
    [
        "<13>Nov 22 10:15:30 web01 shell: hello",
        "<13>Nov 22 10:15:30 web01 sshd[5]: Accepted password for vpxd from 192.0.2.1 port 50000 ssh2",
        '<13>1 2026-11-22T09:15:30Z web01 app 5 - [x@32473 a="b"] the hostd of vpxa: Event [1]',
        '{"type":"com.example.Event","message":"vmkernel"}',
    ],
)
def test_lines_of_others_are_not_recognised(line: str) -> None:
    assert source_for(None, line.encode())[0].id != "vmware.vsphere"


def test_what_is_of_no_program_is_refused() -> None:
    with pytest.raises(NormaliseError):
        events(SOURCE, "hello")
