"""One syslog record of a vSphere host or vCenter in, its event out; VMware's own words stay under `vmware.vsphere.*`.

ESXi 6.5 to 8 in RFC 3164 and 5424 and as in its files (`In(166) Hostd[209]:`), vCenter's `Event [id] [1-1] [time] [type] ...`.
"""

import re
from datetime import tzinfo
from typing import Any

from normalise.carried import carried, look, put_carrier, read_lines
from normalise.conform import shared_part
from normalise.source import Source
from normalise.sources.syslog_generic.parser import read_structured as read_elements
from normalise.sources.syslog_generic.parser import syslog_fields
from normalise.sources.syslog_generic.record import Record
from normalise.sources.vmware_vsphere.meanings import set_type
from normalise.sources.vmware_vsphere.others import read_packet, read_structured
from normalise.sources.vmware_vsphere.shell import SHELLS, UNIX, is_shell_text, read_shell, read_unix
from normalise.sources.vmware_vsphere.single_sign_on import read_audit
from normalise.sources.vmware_vsphere.texts import read_text, set_user, vm_of
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

# programs that only ESXi and vCenter have (KB 306962, "Locations of ESXi log files"; vCenter's /etc/vmware-syslog)
_HOST_PROGRAMS = (
    *("hostd", "Hostd", "hostd-probe", "vpxa", "Vpxa", "vobd", "vmkernel", "vmkwarning", "vmkeventd", "VMKDebug", "rhttpproxy"),
    *("Rhttpproxy", "fdm", "Fdm", "esxupdate", "usbarb", "cmmdsTimeMachineDump", "cmmdsd", "clomd", "osfsd", "vsansystem"),
    *("vsantraced", "VSANMGMTSVC", "vsanmgmtd", "esxtokend", "esxgdpd", "apiForwarder", "vmsyslogd", "vmauthd", "vmx", "DCUI"),
    *("settingsd", "kmxd", "ConfigStore", "esxioCommd", "healthd", "sdrsInjector", "dfwpktlogs", "localcli", "esxcli"),
)
_CENTRE_PROGRAMS = (
    *("vpxd", "vpxd-main", "vpxd-svcs", "vmon", "vsphere-ui", "vmdird", "vmafdd", "vmcad", "applmgmt", "applmgmt-audit"),
    *(
        "sso-audit",
        "sso-events",
        "vmware-sts-idmd",
        "vsan-health",
        "vapi-endpoint",
        "vmware-eam",
        "vlcm",
        "updatemgr",
        "trustmanagement",
    ),
)
_PROGRAMS = frozenset((*_HOST_PROGRAMS, *_CENTRE_PROGRAMS))
_NUMBER = "@6876"  # VMware's enterprise number (IANA)
_SEVERITY = re.compile(r"(?:Em|Al|Cr|Er|Wa|No|In|Db)\((?P<priority>\d{1,3})\)\+?")
_USUAL = re.compile(
    r"<(\d{1,3})>(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) ([\w.-]{1,255}) ([\w-]{1,64})(?:\[(\d{1,10})\])?: ?"
)
_LEVELS = frozenset("none panic error warning info verbose trivia debug critical".split())
_OWN_HEAD = re.compile(
    r"(?:\d{4}-\d\d-\d\dT[\d:.]{8,18}Z )?(?:(?P<level>[a-z]{4,8}) )?"
    r"(?:-?\[\w{1,16}\] |[\w-]{1,32}\[\w{1,16}\] )?(?=\[Originator@6876)"
)
_ORIGINATOR = re.compile(r"\[Originator@6876 (?P<pairs>[^\]]{0,1024})\] ?")
_PAIR = re.compile(r"(?<!\S)(sub|opID|sid|user)=")
_EVENT = re.compile(
    r"Event \[(?P<id>\d{1,20})\] \[[\d-]{1,12}\] \[(?P<time>[^\]]{1,40})\] \[(?P<type>[\w.]{1,160})\] \[(?P<level>\w{0,16})\] "
    r"\[(?P<user>[^\]]{0,256})\] \[(?P<target>[^\]]{0,256})\] \[(?P<chain>\d{0,20})\] \[(?P<text>.*)",
    re.DOTALL,
)
_HOST_EVENT = re.compile(r"Event (?P<id>\d{1,12}) : ")
_VOB = re.compile(r"\[(?P<correlator>\w{1,64})\] (?P<clock>\d{1,20})us: +\[(?P<type>[\w.]{1,160})\] ?")
_WORLD = re.compile(r"cpu(?P<cpu>\d{1,4}):(?P<world>\d{1,12})(?: opID=[^)]{1,64})?\)")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event for each line. Raises NormaliseError."""
    return [_parse_line(line, raw, zone) for line in read_lines(raw)]


def _parse_line(line: str, raw: RawLog, zone: tzinfo) -> Event:
    record = _usual(line, zone) or _plain(carried(line, raw, zone))
    message = record.message.strip()
    if record.app is None and not _says_vmware(message):
        raise NormaliseError("no program of ESXi or vCenter, and nothing that only VMware writes")
    vendor: dict[str, Any] = {}
    event: Event = {"event": {}, "message": message}
    _read(event, record, message, vendor, zone)
    inner = event["event"]
    if "category" not in inner:
        inner["category"], inner["type"] = ["host"], ["info"]
    if vendor:
        event["vmware"] = {"vsphere": vendor}
    level = event.pop("log", None)
    put_carrier(event, _without_name(record) if "command_line" in event.get("process", ()) else record)
    if level is not None:
        event["log"] = shared_part("log", _log, level["level"], record.facility, record.severity)
    return event


def _log(level: str, facility: int | None, severity: int | None) -> dict[str, Any]:
    """The level that the program writes itself, and the header's."""
    syslog = syslog_fields(Record(None, None, None, None, "", facility, severity))
    return {"level": level, "syslog": syslog} if syslog else {"level": level}


def _usual(line: str, zone: tzinfo) -> Record | None:
    """A line as ESXi sends it, by one look; None for every other."""
    match = _USUAL.match(line)
    if match is None or int(match[1]) > 191:
        return None
    facility, severity = divmod(int(match[1]), 8)
    return Record(from_iso_stamp(match[2], zone), match[3], match[4], match[5], line[match.end() :], facility, severity)


def _without_name(record: Record) -> Record:
    """The record of a shell's command: the command is the process, the shell its parent."""
    return record._replace(app=None)


def _plain(record: Record) -> Record:
    """ESXi 8's files have the severity where other headers have the host."""
    match = _SEVERITY.fullmatch(record.host) if record.host and record.host[-1:] in ")+" else None
    if match is None or int(match["priority"]) > 191:
        return record
    facility, severity = divmod(int(match["priority"]), 8)
    return record._replace(host=None, facility=facility, severity=severity)


def _says_vmware(message: str) -> bool:
    return message.startswith(("Event [", "[Originator@6876", '{"')) or "com.vmware." in message[:4096]


def _read(event: Event, record: Record, message: str, vendor: dict[str, Any], zone: tzinfo) -> None:
    program = record.app or ""
    if program in SHELLS:
        pid = int(record.pid) if record.pid and record.pid.isdecimal() and len(record.pid) < 11 else None
        read_text(event, message, vendor)
        if "action" not in event["event"]:
            read_shell(event, message, program, pid)
    elif program in UNIX:
        read_unix(event, message, program)
    elif program == "dfwpktlogs" and read_packet(event, message):
        return
    elif record.structured is not None and _NUMBER in record.structured and "Originator" not in record.structured:
        read_structured(event, read_elements(record.structured), vendor)
    elif '"com.vmware.' in message and (start := message.find('{"')) >= 0:
        read_audit(event, message[start:], zone)
    else:
        _read_service(event, message if record.structured is None else _whole(record), vendor, zone)


def _whole(record: Record) -> str:
    """RFC 5424: what hostd writes before its text is the structured data."""
    return f"{record.structured} {record.message}" if "Originator" in (record.structured or "") else record.message


def _read_service(event: Event, text: str, vendor: dict[str, Any], zone: tzinfo) -> None:
    text = text.strip()
    if head := _OWN_HEAD.match(text):
        if head["level"] in _LEVELS:
            event["log"] = {"level": head["level"]}
        text = text[head.end() :]
    if origin := _ORIGINATOR.match(text):
        _put_origin(event, origin["pairs"], vendor)
        text = text[origin.end() :]
    elif text.startswith("cpu") and (world := _WORLD.match(text)):
        vendor["world"] = world["world"]
        text = text[world.end() :]
    event["message"] = text
    if text.startswith("Event "):
        if match := _EVENT.match(text):
            _put_event(event, match, vendor, zone)
            return
        if match := _HOST_EVENT.match(text):
            vendor["event_id"] = match["id"]
            text = text[match.end() :]
    elif text.startswith("[") and (match := _VOB.match(text)):
        vendor["correlator"] = match["correlator"]
        vendor["event_type"] = match["type"]
        text = event["message"] = text[match.end() :]
        set_type(event, match["type"])
    read_text(event, text, vendor)


def _put_origin(event: Event, pairs: str, vendor: dict[str, Any]) -> None:
    _, *parts = _PAIR.split(pairs)
    for name, value in zip(parts[::2], map(str.strip, parts[1::2]), strict=True):
        if name == "sub":
            subsystem, colon, path = value.partition(":")
            vendor["subsystem"] = subsystem
            if colon and path.startswith("/"):
                vendor["vm"] = vm_of(path)
        elif name == "user":
            set_user(event, value.partition(":")[2] or value)
        else:
            vendor["op_id" if name == "opID" else "session_id"] = value


def _put_event(event: Event, match: re.Match[str], vendor: dict[str, Any], zone: tzinfo) -> None:
    vendor["event_id"], vendor["event_type"] = match["id"], match["type"]
    if match["chain"]:
        vendor["chain_id"] = match["chain"]
    if match["target"]:
        vendor["target"] = match["target"]
    if match["level"]:
        event["log"] = {"level": match["level"].lower()}
    text = event["message"] = match["text"].rstrip().removesuffix("]")
    try:
        event["@timestamp"] = from_iso_stamp(match["time"], zone)
    except NormaliseError:
        vendor["created"] = match["time"]
    if match["user"]:
        set_user(event, match["user"])
    set_type(event, match["type"])
    read_text(event, text, vendor)


_STAMP = (
    rb"(?:[A-Z][a-z]{2} [ \d]?\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,6})?"
    rb"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]{0,10}(?:Z|[+-]\d\d:?\d\d)?)"
)
_NAMES = b"|".join(re.escape(name.encode()) for name in sorted(_PROGRAMS, key=len, reverse=True))
_LINE = re.compile(
    rb"(?:<\d{1,3}> ?)?(?:1 )?"
    + _STAMP
    + rb":? +(?:[^\s\[]{1,255} +){0,2}?(?:"
    + _NAMES
    + rb")(?:\[\d{1,12}\])?(?::| \d{1,12} | - )"
)
_SHELL = re.compile(
    rb"(?:<\d{1,3}> ?)?(?:1 )?"
    + _STAMP
    + rb":? +(?:[^\s\[]{1,255} +){0,2}?(?:shell|ESXShell|esxshell)(?:\[\d{1,12}\])?(?::| \d{1,12} )"
)
_TYPE = re.compile(rb'"type" ?: ?"com\.vmware\.[\w.]{1,120}"')


def recognise(body: bytes) -> bool:
    """A program that only ESXi and vCenter have, VMware's number in the structured data, or an SSO audit event."""
    head = body[:4096]
    if _LINE.match(head) is not None or b"[Originator@6876" in head or _TYPE.search(head) is not None:
        return True
    if _SHELL.match(head) is not None:
        return is_shell_text(look(body).message)
    if b"@6876 " in head or b" Event [" in head[:512]:
        record = look(body)
        return (record.structured is not None and _NUMBER in record.structured) or _EVENT.match(record.message) is not None
    return head[:1] == b"{" and look(body).app in _PROGRAMS


SOURCE = Source(
    id="vmware.vsphere",
    title="VMware vSphere (ESXi, vCenter Server; NSX and Horizon by syslog)",
    parse=parse,
    marks=(
        *(b"ostd", b"pxa", b"vpxd", b"vobd", b"vmk", b"@6876", b"com.vmware.", b"hell[", b"hell:", b"ESXShell", b"dfwpktlogs"),
        *(b" Event [", *(name.encode() for name in (*_HOST_PROGRAMS, *_CENTRE_PROGRAMS) if len(name) > 5)),
        *(b"vmon", b"DCUI", b"kmxd", b"Fdm", b"fdm", b"vlcm", b"vmcad", b"clomd", b"osfsd", b" vmx"),
    ),
    recognise=recognise,
    rank=30,
    framings=("syslog", "file"),
)
