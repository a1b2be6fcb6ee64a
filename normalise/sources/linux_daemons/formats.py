"""Log files of daemons that write no syslog header: how their lines begin, whose they are, and when they were written."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from normalise.timestamps import MONTHS, from_bsd, from_epoch, from_iso_stamp, received_day
from vagt.errors import NormaliseError


class Format(NamedTuple):
    """The program that writes it, and how a line begins; the message follows the match. Groups: `time` (and `program`, `pid`, `host`)."""

    program: str
    head: re.Pattern[str]
    mark: re.Pattern[bytes]  # the same of bytes
    read_time: Callable[[str, datetime, tzinfo], str]


class Line(NamedTuple):
    """`time` is ISO 8601 UTC or None where the line has none."""

    program: str
    time: str | None
    pid: str | None
    host: str | None
    message: str


def _iso(text: str, received: datetime, zone: tzinfo) -> str:
    """ISO 8601, also with a comma, an hour of one digit, two blanks, or a blank before the offset."""
    day, _, rest = text.replace("T", " ").partition(" ")
    clock, _, offset = rest.strip().partition(" ")
    return from_iso_stamp(f"{day}T{clock if clock[1:2] != ':' else '0' + clock}{offset}", zone)


def _bsd(text: str, received: datetime, zone: tzinfo) -> str:
    return from_bsd(text, received_day(received), zone)


def _epoch(text: str, received: datetime, zone: tzinfo) -> str:
    return from_epoch(text)


_PARTS = re.compile(
    r"(?:(?P<Y>\d{4}):(?P<m>\d\d):(?P<d>\d\d)-"  # DirectAdmin
    r"|(?P<d2>\d\d)[-/](?P<b>[A-Za-z]{3})\w*\.?[-/](?P<Y2>\d{4})[ :]"  # 23-Aug-2013, 17/Jun/2011
    r"|(?P<b3>[A-Z][a-z]{2})-(?P<d3>\d\d)-(?P<y3>\d\d) "  # Apr-27-13
    r"|(?P<d4>\d\d)-(?P<m4>\d\d)-(?P<Y4>\d{4}) "  # 22-06-2014
    r"|(?P<m5>\d\d)/(?P<d5>\d\d)/(?P<Y5>\d{4}) (?:- )?"  # 06/27/2014
    r"|(?P<y6>\d\d)(?P<m6>\d\d)(?P<d6>\d\d) +"  # 130324
    r"|(?P<Y7>\d{4})(?P<m7>\d\d)(?P<d7>\d\d)-"  # 20220407
    r"|[A-Z][a-z]{2} (?P<b8>[A-Z][a-z]{2}) +(?P<d8>\d{1,2}) (?=[\d:]{8} (?P<Y8>\d{4})))"  # Thu Sep  8 00:39:49 2016
    r"(?P<H>\d{1,2}):(?P<M>\d\d):(?P<S>\d\d(?:\.\d{1,6})?) ?(?P<z>[+-]\d{4})?"
)


def _parts(text: str, received: datetime, zone: tzinfo) -> str:
    """A stamp whose parts stand in another order, or with a month's name."""
    match = _PARTS.match(text)
    if match is None:
        raise NormaliseError(f"not a time that is known: {text[:40]!r}")
    found = {name.rstrip("2345678"): value for name, value in match.groupdict().items() if value is not None}
    month = int(found["m"]) if "m" in found else MONTHS.get(found["b"].lower(), 0)
    year = found.get("Y") or f"20{found['y']}"
    stamp = f"{year}-{month:02}-{int(found['d']):02}T{int(found['H']):02}:{found['M']}:{found['S']}{found.get('z', '')}"
    return from_iso_stamp(stamp, zone)


_TAI_OFFSET = 37  # seconds that TAI is ahead of UTC since 2017; there has been no leap second since
_TAI_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _tai(text: str, received: datetime, zone: tzinfo) -> str:
    """TAI64N (https://cr.yp.to/libtai/tai64.html): seconds over 2**62 and nanoseconds, in hexadecimal."""
    seconds = int(text[:16], 16) - (1 << 62) - _TAI_OFFSET
    try:
        moment = _TAI_EPOCH + timedelta(seconds=seconds, microseconds=int(text[16:], 16) // 1000)
    except OverflowError:
        raise NormaliseError(f"not a TAI64N time: {text[:40]!r}") from None
    return from_epoch(f"{moment.timestamp():.6f}")


def _no_time(text: str, received: datetime, zone: tzinfo) -> str:
    raise NormaliseError("the line has no time")


_ISO = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d"
_EXIM_WORDS = (
    r"(?:\S+ authenticator failed for |[HF]=|SA: Action: |SMTP call from |SMTP connection from |SMTP protocol (?:error in|synchronization error) |no MAIL in SMTP |"
    r"SMTP syntax error |SMTP command timeout |TLS error |rejected )"
)
_LEVELS = "NOTICE|SECURITY|WARNING|ERROR|VERBOSE|DEBUG"
# first characters (`0` any digit, `a` any letter), program, beginning, its time
_TABLE: tuple[tuple[str, str, str, Callable[[str, datetime, tzinfo], str]], ...] = (
    ("0", "exim", rf"(?P<time>{_ISO}(?:\.\d+)?(?: [+-]\d{{4}})?) (?:\[(?P<pid>\d+)\] )?(?=(?:[\w-]{{16,23}} )?{_EXIM_WORDS})", _iso),
    ("a", "exim", rf"(?P<host>[\w.-]{{1,255}}) exim4?\[(?P<pid>\d+)\]: (?P<time>{_ISO}(?: [+-]\d{{4}})?) ", _iso),
    ("[", "asterisk", rf"\[(?P<time>{_ISO}(?:\.\d+)?)\] (?:{_LEVELS}) ?\[(?P<pid>\d+)\](?:\[C-\w+\])?:? (?=[\w/]+\.c: ?|Ext\. )", _iso),
    ("[", "asterisk", rf"\[(?P<time>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d)\] (?:{_LEVELS}) ?\[(?P<pid>\d+)\](?:\[C-\w+\])?:? (?=[\w/]+\.c:)", _bsd),
    ("a", "asterisk", rf"(?P<time>)(?:{_LEVELS}) ?\[(?P<pid>\d+)\](?:\[C-\w+\])?: (?=[\w/]+\.c:)", _no_time),
    ("a", "vsftpd", r"(?P<time>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}) \[pid (?P<pid>\d+)\] (?=\[|CONNECT)", _parts),
    ("a", "openwebmail", r"(?P<time>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}) - \[(?P<pid>\d+)\] (?=\([\d.]+\) )", _parts),
    ("a", "monitorix", r"(?P<time>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}) - (?=(?:NOTEXIST|NOTALLOWED|AUTHERR) - \[)", _parts),
    ("0", "mysqld", r"(?P<time>\d{6} +\d?\d:\d\d:\d\d) (?:\d+ )?\[(?:Warning|Note|ERROR)\] ", _parts),
    ("0", "mysqld", r"(?P<time>\d{4}-\d\d-\d\d[ T]+\d?\d:\d\d:\d\d(?:\.\d+)?Z?) \d+ \[(?:Warning|Note|ERROR|System)\] (?:\[MY-\d+\] \[\w+\] )?", _iso),
    ("0", "mysqld", rf"(?P<time>{_ISO}\.\d+Z?)\s+\d+ Connect\s+(?=Access denied)", _iso),
    ("0", "openvpn", rf"(?P<time>{_ISO}) (?=(?:\S{{1,64}}/)?[\d.]{{7,15}}:\d{{1,5}} (?:TLS |VERIFY |SIGUSR1|PLUGIN_))", _iso),
    ("0", "proxmox-backup", r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d): (?=authentication failure; rhost=)", _iso),
    ("0", "named", r"(?P<time>\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d\.\d{3}) (?=(?:[\w-]+: \w+: )?client )", _parts),
    ("[", "nsd", r"\[(?P<time>\d{10})\] nsd\[(?P<pid>\d+)\]: (?=\w+: )", _epoch),
    ("[", "nsd", rf"\[(?P<time>{_ISO}\.\d+)\] nsd\[(?P<pid>\d+)\]: (?=\w+: )", _iso),
    ("[", "monit", r"\[[A-Z]{3,5} (?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)\] \w+ *: ", _bsd),
    ("<", "murmurd", rf"<[A-Z]>(?P<time>{_ISO}\.\d+) (?=\d+ => )", _iso),
    ("[", "roundcube", r"\[(?P<time>\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d [+-]\d{4})\]: (?=(?:<\w+> )?(?:\w+ Error: )?(?i:failed login|login failed|successful login))", _parts),
    ("[", "znc", rf"\[(?P<time>{_ISO})\] (?=\[[^\]]{{1,128}}\] (?:failed to login|connected to ZNC|disconnected from ZNC))", _iso),
    ("[", "xrdp-sesman", r"\[(?P<time>\d{8}-\d\d:\d\d:\d\d)\] \[\w+ *\] ", _parts),
    ("[", "vaultwarden", rf"\[(?P<time>{_ISO}\.\d+(?:[+-]\d{{4}})?)\](?=\[vaultwarden[\w:]*\]\[\w+\] )", _iso),
    ("0", "bitwarden", rf"(?P<time>{_ISO}\.\d+ [+-]\d\d:\d\d) \[(?:WRN|Warning|INF|ERR|Error)\] ", _iso),
    ("a", "grafana", r"t=(?P<time>\S{19,35}) (?=lvl=\w+ msg=)", _iso),
    ("a", "grafana", r"(?=logger=context .{0,256}? t=\S)logger=context (?:\w+=\S* ){0,8}?t=(?P<time>\S{19,35}) ", _iso),
    ("0", "gitlab", rf"(?P<time>{_ISO}(?:\.\d+)?Z?): (?=Failed Login: )", _iso),
    ("0", "guacamole", r"(?P<time>)\d\d:\d\d:\d\d\.\d{3} (?=\[[\w-]+\] \w+ +o\.a\.g\.)", _no_time),
    ("a", "guacamole", r"(?P<time>)WARNING: (?=Authentication attempt from )", _no_time),
    ("[", "kerio", r"\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4} \d\d:\d\d:\d\d)\] (?=Attempt to deliver|SMTP|IP address|Message from IP|Failed \w+ login)", _parts),
    ("0", "lighttpd", rf"(?P<time>{_ISO}): (?=\(?\w+\.c\.\d+\) )", _iso),
    ("0", "freeswitch", rf"(?P<time>{_ISO}\.\d{{6}}) (?:[\d.]+% )?\[\w+\] (?=\w+\.c:\d+ )", _iso),
    ("0", "ejabberd", rf"(?P<time>{_ISO}\.\d+) \[\w+\] (?=<[\d.]+>@ejabberd)", _iso),
    ("a", "ejabberd", r"(?P<time>)I\(<[\d.]+>:(?=ejabberd_c2s:)", _no_time),
    ("a", "assp", r"(?P<time>[A-Z][a-z]{2}-\d\d-\d\d \d\d:\d\d:\d\d) ", _parts),
    ("0", "directadmin", r"(?P<time>\d{4}:\d\d:\d\d-\d\d:\d\d:\d\d): (?=')", _parts),
    ("0[", "domino", r"(?:\[[\w:-]+\] )?(?P<time>\d\d-\d\d-\d{4} \d\d:\d\d:\d\d) +(?=SMTP Server|smtp: )", _parts),
    ("0", "domino", rf"(?P<time>{_ISO}) +(?=SMTP Server|smtp: )", _iso),
    ("a", "hlds", r"L (?P<time>\d\d/\d\d/\d{4} - \d\d:\d\d:\d\d): ", _parts),
    ("0", "3proxy", r"(?P<time>\d\d-\d\d-\d{4} \d\d:\d\d:\d\d [+-]\d{4}) (?=[A-Z0-9]+\.\d+ \d{5} )", _parts),
    ("0", "portsentry", r"(?P<time>\d{10}) - \d\d/\d\d/\d{4} \d\d:\d\d:\d\d (?=Host: )", _epoch),
    ("<", "oracleims", rf"(?=<co ts=\"(?P<time>{_ISO}(?:\.\d+)?)\")", _iso),
    ("0", "squirrelmail", r"(?P<time>\d\d/\d\d/\d{4} \d\d:\d\d:\d\d) (?=\[\w+\] )", _parts),
    ("0a", "tine20", r"(?=\S+ \w{5} -- )\S+ \w{5} -- .{1,64}? - (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d) \w+ \(\d\): (?=Tinebase)", _iso),
    ("0", "openhab", r"(?=[\d.]+ -  -  \[(?P<time>\d\d/\S{3,8}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] )", _parts),
    # a journal's short output without a time, and daemontools' TAI64N: any program that is known
    ("@", "", r"@(?P<time>[0-9a-f]{24}) (?P<program>[\w./-]{1,64})(?:\[(?P<pid>\d+)\])?: ", _tai),
    ("a", "", r"(?P<time>)(?:(?P<host>[\w.-]{1,255}) )?(?P<program>fail2ban|fail2ban\.actions|named|znc|murmurd|dovecot|asterisk|vsftpd|openvpn|mysqld|mariadbd|monit|slapd)\[(?P<pid>\d+)\]: ", _no_time),
)  # fmt: skip


def _by_first() -> dict[str, tuple[Format, ...]]:
    found: dict[str, list[Format]] = {}
    for firsts, program, head, read_time in _TABLE:
        for first in firsts:
            form = Format(program, re.compile(head, re.ASCII), re.compile(head.encode()), read_time)
            found.setdefault(first, []).append(form)
    return {first: tuple(forms) for first, forms in found.items()}


_FORMATS = _by_first()


def _candidates(first: str) -> tuple[Format, ...]:
    return _FORMATS.get("0" if first.isdecimal() else "a" if first.isalpha() else first, ())


def is_known(body: bytes) -> bool:
    """Whether a line begins like one of these logs."""
    return any(form.mark.match(body) for form in _candidates(chr(body[0]) if body else ""))


def read_line(text: str, received: datetime, zone: tzinfo) -> Line | None:
    """None for a line that begins like none of these logs. Raises NormaliseError for a time that is none."""
    for form in _candidates(text[:1]):
        match = form.head.match(text)
        if match is not None:
            found = match.groupdict()
            time = form.read_time(found["time"], received, zone) if found["time"] else None
            program = found.get("program") or form.program
            return Line(program, time, found.get("pid"), found.get("host"), text[match.end() :])
    return None
