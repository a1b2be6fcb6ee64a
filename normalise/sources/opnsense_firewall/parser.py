"""A syslog line of an OPNsense firewall -> one event; the filter log's own fields stay under `opnsense.firewall.*`."""

import re
from datetime import tzinfo

from normalise.pf.appliance import parse_line
from normalise.pf.filterlog import FILTERLOG
from normalise.source import Source
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_FILTER = re.compile(FILTERLOG + rb"(?:[0-9a-f]{32}|[0-9a-f-]{36}),")
_AUDIT = re.compile(
    rb" audit(?:\[[0-9]{1,10}\]:| [0-9]{1,10} - (?:-|\[[^\]]{0,256}\])|:) .{0,160}?(?:Web GUI |Successful "
    rb"login for user '|User logged out for user '|"
    rb"authenticated successfully for |could not authenticate for |changed configuration|action (?:allowed|denied) )"
)
_CONFIGD = re.compile(
    rb" (?:configd\.py|opnsense(?:-[a-z]{2,20})?|openvpn_(?:server|client)[0-9]{1,6})(?:\[[0-9]{1,10}\]:| "
    rb"[0-9]{1,10} - (?:-|\[meta )|:)"
)
_LONGEST = 2048


def recognise(body: bytes) -> bool:
    """The filter log with OPNsense's ids of rules (a hash or a UUID), the audit log, and its own programs."""
    if b"filterlog" in body:
        return _FILTER.search(body, 0, _LONGEST) is not None
    return _AUDIT.search(body, 0, _LONGEST) is not None or _CONFIGD.search(body, 0, _LONGEST) is not None


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError."""
    return parse_line(raw, zone, "Deciso", "OPNsense", ("opnsense", "firewall"))


SOURCE = Source(
    id="opnsense.firewall",
    title="OPNsense",
    parse=parse,
    marks=(b"filterlog", b" audit", b"configd.py", b" opnsense", b" openvpn_"),
    recognise=recognise,
    rank=30,
    ordered=False,
)
