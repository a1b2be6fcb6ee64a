"""The DHCP server's event channels: what an administrator changed, clients that a filter refused, plug-ins.

After the event manifest of Windows Server 2008 R2 (a dump of it: https://github.com/nasbench/EVTX-ETW-Resources) and
https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/dn800668(v=ws.11);
plug-ins after SigmaHQ's rules for them. The audit log files are `microsoft.dhcp`'s.
"""

from typing import Any

from normalise.placing import mac
from normalise.sources.windows_eventlog.document import text
from normalise.sources.windows_eventlog.meaning import Meaning, Meanings, placed, says
from vagt.contracts.event import Event

Fields = dict[str, Any]
_VERBS = {"created": "configuration/creation", "deleted": "configuration/deletion", "changed": "configuration/change"}
_administrator = placed(user="ClientName")


def _done(action: str, *codes: int) -> dict[str, Meaning]:
    return {str(code): says(action, _VERBS[action.rpartition("-")[2]], _administrator) for code in codes}


def _refused(event: Event, data: Fields) -> None:
    source: Fields = {}
    if (hardware := mac((text(data, "MACAddress") or "")[:64])) is not None:
        source["mac"] = hardware
    if (name := text(data, "HostName")) is not None:
        source["domain"] = name
    if source:
        event["source"] = source


DHCP_SERVER: Meanings = {
    **_done("dhcp-scope-created", 70, 95, 98, 129),
    **_done("dhcp-scope-deleted", 72, 96, 99, 103, 130),
    **_done("dhcp-scope-changed", 71, *range(73, 85), *range(87, 95), 97, *range(100, 103), 104, 119, 120),
    **_done("dhcp-scope-changed", *range(131, 144), *range(155, 158)),
    **_done("dhcp-reservation-created", 106, 145),
    **_done("dhcp-reservation-deleted", 107, 147),
    **_done("dhcp-reservation-changed", *range(108, 117), *range(148, 155)),
    **_done("dhcp-filter-changed", *range(121, 129)),  # which hardware addresses are served
    **{str(code): says("dhcp-client-refused", "network/denied", _refused) for code in (20096, 20097, 20099, 20100)},
    **{code: says("dhcp-plugin-failed", "configuration/info", outcome="failure") for code in ("1031", "1032")},
    "1033": says("dhcp-plugin-loaded", "configuration/change"),
    "1034": says("dhcp-plugin-not-loaded", "configuration/info", outcome="failure"),
    "1063": says("dhcp-addresses-exhausted", "host/info", outcome="failure"),
}
