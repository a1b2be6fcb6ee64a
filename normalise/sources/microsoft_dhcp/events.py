"""What the event ids of the audit log say.

IPv4: https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-server-2008-r2-and-2008/dd183591(v=ws.10)
and the table at the head of every file. IPv6: that table of its own files; the ids from 11000 as in Elastic's package
`microsoft_dhcp` (`dhcpv6.yml`), whose sample of a server's log has 1103 beside them.
"""

from typing import NamedTuple


class Meaning(NamedTuple):
    """`outcome` may be empty: the id does not say it."""

    action: str
    outcome: str = ""
    category: str = "network"
    type: str = "protocol"


_ROGUE = "rogue-detection"
EVENTS = {
    0: Meaning("log-started", "", "configuration", "info"),
    1: Meaning("log-stopped", "", "configuration", "info"),
    2: Meaning("log-paused", "failure", "configuration", "info"),  # low disk space
    10: Meaning("lease-assigned", "success"),
    11: Meaning("lease-renewed", "success"),
    12: Meaning("lease-released", "success"),
    13: Meaning("address-in-use", "failure"),
    14: Meaning("no-free-leases", "failure"),
    15: Meaning("lease-denied", "failure"),
    16: Meaning("lease-deleted", "success"),
    17: Meaning("lease-expired"),
    18: Meaning("lease-expired"),
    20: Meaning("bootp-assigned", "success"),
    21: Meaning("bootp-assigned", "success"),
    22: Meaning("no-free-leases", "failure"),
    23: Meaning("bootp-deleted", "success"),
    24: Meaning("cleanup-started"),
    25: Meaning("cleanup-statistics"),
    30: Meaning("dns-update-request"),
    31: Meaning("dns-update", "failure"),
    32: Meaning("dns-update", "success"),
    33: Meaning("packet-dropped", "failure"),
    34: Meaning("dns-update-request", "failure"),
    35: Meaning("dns-update-request", "failure"),
    36: Meaning("packet-dropped", "failure"),
    50: Meaning(_ROGUE, "failure"),
    51: Meaning("server-authorised", "success"),
    52: Meaning(_ROGUE),  # upgraded: the search for servers that are not authorised is off
    53: Meaning("server-authorised", "success"),
    54: Meaning("server-not-authorised", "failure"),
    55: Meaning("server-authorised", "success"),
    56: Meaning("server-not-authorised", "failure"),
    57: Meaning("server-found"),
    58: Meaning(_ROGUE, "failure"),
    59: Meaning(_ROGUE, "failure"),
    60: Meaning(_ROGUE, "failure"),
    61: Meaning("server-found"),
    62: Meaning("server-found"),
    63: Meaning(_ROGUE),
    64: Meaning("no-interface", "failure"),
    1103: Meaning("server-authorised", "success"),  # of IPv6, as 55
    11000: Meaning("dhcpv6-solicit"),
    11001: Meaning("dhcpv6-advertise", "success"),
    11002: Meaning("dhcpv6-request"),
    11003: Meaning("dhcpv6-confirm"),
    11004: Meaning("dhcpv6-renew"),
    11005: Meaning("dhcpv6-rebind"),
    11006: Meaning("dhcpv6-decline", "failure"),
    11007: Meaning("dhcpv6-release"),
    11008: Meaning("dhcpv6-information-request"),
    11009: Meaning("no-free-leases", "failure"),
    11010: Meaning("log-started", "", "configuration", "info"),
    11011: Meaning("log-stopped", "", "configuration", "info"),
    11012: Meaning("log-paused", "failure", "configuration", "info"),
    11013: Meaning("log-header", "", "configuration", "info"),
    11014: Meaning("bad-address", "failure"),
    11015: Meaning("address-in-use", "failure"),
    11016: Meaning("lease-deleted", "success"),
    11017: Meaning("dns-record-kept"),
    11018: Meaning("lease-expired"),
    11019: Meaning("leases-expired-and-deleted"),
    11020: Meaning("cleanup-started"),
    11021: Meaning("cleanup-ended"),
    11022: Meaning("dns-update-request"),
    11023: Meaning("dns-update", "failure"),
    11024: Meaning("dns-update", "success"),
    11028: Meaning("dns-update-request", "failure"),
    11029: Meaning("dns-update-request", "failure"),
    11030: Meaning("stateless-clients-purged"),
    11031: Meaning("stateless-clients-purged"),
    11032: Meaning("dhcpv6-information-request"),
}
QUARANTINE = {"0": "no quarantine", "1": "quarantine", "2": "drop packet", "3": "probation", "6": "no quarantine information"}
