"""The columns of Exchange's CSV logs: named by `#Fields:`, else told by what stands in them.

https://learn.microsoft.com/en-us/exchange/mail-flow/transport-logs/message-tracking, …/protocol-logging
"""

import csv
import re

from normalise.microsoft.header_lines import FIELDS, Names

TRACKING: Names = tuple(
    (
        "date-time client-ip client-hostname server-ip server-hostname source-context connector-id source event-id"
        " internal-message-id message-id network-message-id recipient-address recipient-status total-bytes recipient-count"
        " related-recipient-address reference message-subject sender-address return-path message-info directionality tenant-id"
        " original-client-ip original-server-ip custom-data transport-traffic-type log-id schema-version"
    ).split()
)
SMTP: Names = tuple(
    "date-time connector-id session-id sequence-number local-endpoint remote-endpoint event data context".split()
)
MAILBOX: Names = tuple(
    "dateTime sessionId seqNumber sIp cIp user duration rqsize rpsize command parameters context puid".split()
)
# the first columns of some sixty
HTTP_PROXY: Names = tuple(
    (
        "DateTime RequestId MajorVersion MinorVersion BuildVersion RevisionVersion ClientRequestId Protocol UrlHost UrlStem"
        " ProtocolAction AuthenticationType IsAuthenticated AuthenticatedUser Organization AnchorMailbox UserAgent"
        " ClientIpAddress ServerHostName HttpStatus BackEndStatus ErrorCode Method ProxyAction TargetServer"
    ).split()
)
_FEWEST_PROXY = 40
ECP: Names = ("DateTime", "ServerHostName", "EcpEvent", "EcpDetails")
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z")
_ENDPOINT = re.compile(r"\[?[0-9A-Fa-f.:]{2,45}\]?:\d{1,5}")
_SOURCES = frozenset(
    "ADMIN AGENT APPROVAL BOOTLOADER DNS DSN GATEWAY MAILBOXRULE MEETINGMESSAGEPROCESSOR ORAR PICKUP POISONMESSAGE PUBLICFOLDER"
    " QUEUE REDUNDANCY RESOLVER ROUTING SAFETYNET SMTP STOREDRIVER".split()
)
_FEWEST_TRACKING = 20


def values(line: str) -> list[str]:
    """The values of one line; none where it cannot be read."""
    try:
        return next(csv.reader((line,)), [])
    except csv.Error:
        return []


def named(line: str) -> Names:
    """The names of a `#Fields:` line."""
    return tuple(name.strip() for name in line[len(FIELDS) :].split(","))


def infer(found: list[str]) -> Names | None:
    """The names of a line's columns; None where it is of none of these logs."""
    count = len(found)
    if count == len(ECP) and found[2].startswith("ECP.") and _MOMENT.fullmatch(found[0]) is not None:
        return ECP
    if count < len(SMTP) - 1 or _MOMENT.fullmatch(found[0]) is None:
        return None
    if count >= _FEWEST_PROXY:
        return HTTP_PROXY if _REQUEST_ID.fullmatch(found[1]) else None
    if count >= _FEWEST_TRACKING:
        tracked = count <= len(TRACKING) and found[7] in _SOURCES and found[8].isupper()
        return TRACKING if tracked else None
    if count <= len(SMTP):
        spoken = found[6] in ("+", "-", "<", ">", "*") and all(one == "" or _ENDPOINT.fullmatch(one) for one in found[4:6])
        return SMTP if spoken and found[5] else None
    is_mailbox = count in (len(MAILBOX), len(MAILBOX) - 1) and all(map(_ENDPOINT.fullmatch, found[3:5]))
    return MAILBOX if is_mailbox else None
