"""`microsoft.hyperv`: events of Hyper-V's channels, read as `windows.eventlog` reads them, as a source of their own."""

import re
from datetime import tzinfo

from normalise.source import Source
from normalise.sources.windows_eventlog import parser as windows
from normalise.sources.windows_eventlog.hyperv import is_hyperv
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

_CHANNEL = re.compile(
    rb"<Channel>Microsoft-Windows-Hyper-V-"
    rb"|\"(?:[Cc]hannel|log_name)\"\s{0,8}:\s{0,8}(?:\{\s{0,8}\"#text\"\s{0,8}:\s{0,8})?\"Microsoft-Windows-Hyper-V-"
)
_ANY_CHANNEL = re.compile(rb"<Channel>|\"(?:[Cc]hannel|log_name)\"\s{0,8}:")


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """The events of one record. Raises NormaliseError, for an event of another channel too."""
    events = windows.parse(raw, zone)
    if not all(is_hyperv(event["winlog"]) for event in events):
        raise NormaliseError("a Windows event of another channel than Hyper-V's: windows.eventlog reads it")
    return events


def recognise(body: bytes) -> bool:
    """A Windows event whose channel is Hyper-V's; of several in one record all of them."""
    return (
        _CHANNEL.search(body) is not None
        and len(_CHANNEL.findall(body)) == len(_ANY_CHANNEL.findall(body))
        and windows.recognise(body)
    )


SOURCE = Source(
    id="microsoft.hyperv",
    title="Microsoft Hyper-V",
    parse=parse,
    marks=(b"Microsoft-Windows-Hyper-V-",),
    recognise=recognise,
    rank=15,
    framings=("http", "file", "syslog"),
    sender="host",
)
