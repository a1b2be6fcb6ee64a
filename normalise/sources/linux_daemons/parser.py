"""A line of a daemon's own log file -> one event: who failed to log in, who was refused; other text stays `message`."""

from datetime import tzinfo

from normalise.source import Source
from normalise.sources.linux_auth.pam import PAM_WORDS, read_pam
from normalise.sources.linux_daemons.formats import is_known, read_line
from normalise.sources.linux_daemons.readers import read_daemon
from normalise.sources.syslog_generic.parser import process_fields
from normalise.sources.syslog_generic.programs import CATEGORY_OF
from normalise.sources.syslog_generic.record import Record
from normalise.text import decode
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError for a line that is of none of the logs in `formats.py`, and for a time that is none."""
    text = decode(raw.body)[0].rstrip("\r\n\0")
    line = read_line(text, raw.received, zone)
    if line is None:
        raise NormaliseError("the line begins like none of the daemons' logs that are known")
    event: Event = {"event": {}, "message": line.message.strip()}
    if line.time is not None:
        event["@timestamp"] = line.time
    if line.host is not None:
        event["host"] = {"hostname": line.host, "name": line.host}
    event["process"] = process_fields(Record(None, None, line.program, line.pid, line.message))
    message = event["message"]
    if message.startswith(("pam_", *PAM_WORDS)) and read_pam(event, message, line.program):
        return [event]
    if not read_daemon(line.program, message, event) and (category := CATEGORY_OF.get(line.program)) is not None:
        event["event"].update(category=[category], type=["info"])
    return [event]


SOURCE = Source(
    id="linux.daemons",
    title="Log files of Unix daemons and web applications (mail, FTP, VPN, telephony, name servers)",
    parse=parse,
    marks=(b" ",),
    recognise=is_known,
    rank=35,
    framings=("file", "syslog"),
    sender="host",
)
