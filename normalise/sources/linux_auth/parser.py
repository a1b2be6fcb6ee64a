"""A record of a login or account program -> one event. The program's name chooses the reader, PAM's messages come first."""

import re
from collections.abc import Callable
from datetime import tzinfo

from normalise.source import Source
from normalise.sources.linux_auth.accounts import read_account
from normalise.sources.linux_auth.dropbear import read_dropbear
from normalise.sources.linux_auth.login import read_cron, read_login, read_logind, read_polkit
from normalise.sources.linux_auth.pam import PAM_WORDS, read_pam
from normalise.sources.linux_auth.sshd import is_own_log, read_sshd
from normalise.sources.linux_auth.sudo import read_doas, read_pkexec, read_su, read_sudo
from normalise.sources.syslog_generic.parser import journal_fields, process_fields, syslog_fields
from normalise.sources.syslog_generic.record import Record, read_record
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

Read = Callable[[Event, str], None]

_ACCOUNT_PROGRAMS = (
    *("useradd", "usermod", "userdel", "newusers", "adduser", "deluser", "chfn", "chsh", "vipw"),
    *("groupadd", "groupmod", "groupdel", "gpasswd", "groupmems", "vigr"),
    *("passwd", "chage", "chpasswd", "chgpasswd"),
)
PROGRAM_READERS: dict[str, Read] = {
    "sshd": read_sshd,
    "sshd-session": read_sshd,
    "sshd-auth": read_sshd,
    "dropbear": read_dropbear,
    "sudo": read_sudo,
    "su": read_su,
    "doas": read_doas,
    "pkexec": read_pkexec,
    "login": read_login,
    "systemd-logind": read_logind,
    "polkitd": read_polkit,
    **dict.fromkeys(("CRON", "CROND", "cron", "crond", "crontab", "anacron"), read_cron),
    **dict.fromkeys(_ACCOUNT_PROGRAMS, read_account),
}


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError for a text with neither stamp, priority nor program."""
    record = read_record(raw, zone)
    if record.time is None and record.severity is None and record.pid is None:
        record = _without_header(record, raw)
    app = record.app
    program = _plain_name(app) if app is not None else None
    message, repeated = _tidy(record.message)
    event: Event = {"event": {}, "message": record.message.strip()}
    if record.time is not None:
        event["@timestamp"] = record.time
    if record.host is not None:
        event["host"] = {"hostname": record.host, "name": record.host}
    if program is not None:
        event["process"] = process_fields(record._replace(app=program) if program is not app else record)
        reader = PROGRAM_READERS.get(program)
        from_pam = ("pam_" in message[:24] or message.startswith(PAM_WORDS)) and read_pam(event, message, program)
        if reader is not None and not from_pam:
            reader(event, message)
    if repeated is not None:
        event.setdefault("vagt", {})["repeated"] = repeated
    if record.severity is not None:
        _put_origin(event, record)
    return [event]


def _without_header(record: Record, raw: RawLog) -> Record:
    """A line of sshd's own log file (`sshd -E FILE`), which has no header.

    What else has neither time nor priority needs a program's name. Raises NormaliseError.
    """
    text = decode(raw.body)[0].strip()
    if is_own_log(text):
        return Record(None, None, "sshd", None, text)
    if record.app is None:
        raise NormaliseError("no syslog header: neither a priority, a time nor a program's name")
    return record


def _plain_name(app: str) -> str:
    """`/usr/sbin/cron` -> `cron`, `su(pam_unix)` -> `su`."""
    if "/" in app:
        app = app.rpartition("/")[2] or app
    return app.partition("(")[0] or app if "(" in app else app


_REPEATED = re.compile(r"message repeated ([0-9]{1,9}) times: \[ ?(.*)\]\s*", re.DOTALL)
_LAST_REPEATED = re.compile(r"(?:--- )?last message repeated ([0-9]{1,9}) times?")
_KERNEL = re.compile(r"kernel:\[ {0,12}[0-9.]{1,20}\] ?")
_SOLARIS = re.compile(r"\[ID [0-9]{1,10} [a-z0-9]{1,16}\.[a-z]{1,16}\] ")


def _tidy(message: str) -> tuple[str, int | None]:
    """The message without what syslog daemons put around it, and how often it was said (rsyslog's and sysklogd's reduction)."""
    message = message.strip()
    if (message.startswith("[ID ") and (match := _SOLARIS.match(message))) or (
        message.startswith("kernel:[") and (match := _KERNEL.match(message))
    ):
        message = message[match.end() :]
    if " repeated " in message[:32]:
        if match := _REPEATED.fullmatch(message):
            return match[2].strip(), int(match[1])
        if match := _LAST_REPEATED.match(message):
            return message, int(match[1])
    return message, None


def _put_origin(event: Event, record: Record) -> None:
    """`log.syslog.*`, and for a journal entry the unit and the program that really wrote it."""
    event["log"] = {"syslog": syslog_fields(record)}
    if record.journal is not None and (journal := journal_fields(record.journal)):
        event.setdefault("linux", {})["journal"] = journal


_NAMES = "|".join(re.escape(name) for name in sorted(PROGRAM_READERS, key=len, reverse=True)).encode()
_STAMP = rb"(?:[A-Z][a-z]{2} [ \d]?\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,9})?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S{0,16})"
_TAG = rb"\[?(?:/\S{1,64}/)?(?:" + _NAMES + rb")(?:\([\w-]{1,32}\))?(?:\[\d{1,10}\]|\])?"
_LINE = re.compile(
    rb"(?:<\d{1,3}> ?)?(?:"
    rb"1 \S{1,40} \S{1,255} (?:\S{1,64}/)?(?:" + _NAMES + rb") "
    rb"|"
    + _STAMP
    + rb"(?: [-+]\d{4})? ++(?:[^\s:\[\]]{1,255} ++)?(?:"
    + _TAG
    + rb":? |[^\s:]{1,64}: (?:\(?pam_[a-z0-9_]{1,40}\)?[(:]|authentication failure; logname=)"
    rb"|[^\s:()]{1,64}\(pam_unix\)\[\d{1,10}\]: )"
    rb"|(?:[\w.-]{1,255} )?" + _TAG + rb": )"
)
_JOURNAL = re.compile(rb'"SYSLOG_FACILITY"\s*:\s*"(?:4|10)"|"(?:SYSLOG_IDENTIFIER|_COMM)"\s*:\s*"(?:' + _NAMES + rb')"')


def recognise(body: bytes) -> bool:
    """A header whose program is one of ours, any program's line that PAM wrote, or a journal entry of either."""
    if body.startswith(b"{"):
        return b'"MESSAGE"' in body and _JOURNAL.search(body) is not None
    return _LINE.match(body) is not None


SOURCE = Source(
    id="linux.auth",
    title="Linux logins and accounts (sshd, sudo, su, PAM, login, logind, cron, shadow-utils, polkit)",
    parse=parse,
    marks=(b":",),
    recognise=recognise,
    rank=40,
    framings=("syslog", "file", "journal"),
    sender="host",
)
