"""A syslog line of a pfSense firewall -> one event; the filter log's own fields stay under `netgate.pfsense.*`."""

import re
from datetime import tzinfo

from normalise.pf.appliance import parse_line
from normalise.pf.filterlog import FILTERLOG
from normalise.source import Source
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_FILTER = re.compile(FILTERLOG + rb"[^,]{0,40},[^,]{1,32},")
_PAGE = re.compile(
    rb"php-fpm(?:\[[0-9]{1,10}\]:|:| [0-9]{1,10} - -)? .{0,160}?"
    rb"(?:webConfigurator |Successful login for user '|User logged out for user '|Configuration Change: |/rc\.[a-z_.]{2,32}: )"
)
_OWN = re.compile(
    rb" check_reload_status(?:\[[0-9]{1,10}\]:| [0-9]{1,10} - -|:) "
    rb"| openvpn(?:\[[0-9]{1,10}\]:| [0-9]{1,10} - -) openvpn server '[^']{1,64}' user '"
)
_LONGEST = 2048


def recognise(body: bytes) -> bool:
    """The filter log (OPNsense's, whose rules have other ids, is claimed before), and messages of its own programs."""
    if b"filterlog" in body:
        return _FILTER.search(body, 0, _LONGEST) is not None
    return _PAGE.search(body, 0, _LONGEST) is not None or _OWN.search(body, 0, _LONGEST) is not None


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError."""
    return parse_line(raw, zone, "netgate", "pfSense", ("netgate", "pfsense"))


SOURCE = Source(
    id="netgate.pfsense",
    title="Netgate pfSense CE and Plus",
    parse=parse,
    marks=(b"filterlog", b"php-fpm", b"check_reload_status", b"openvpn server '"),
    recognise=recognise,
    rank=31,
    ordered=False,
)
