"""CEF and LEEF, as the vendor's configuration guides set them for ArcSight and QRadar, to the columns of the default format."""

from datetime import datetime, tzinfo

from normalise.cef import read_cef
from normalise.device_times import device_time
from normalise.leef import read_leef
from normalise.sources.paloalto_panos.columns import COLUMNS
from normalise.sources.paloalto_panos.text import Row
from vagt.errors import NormaliseError

Log = tuple[str, str, Row]  # syslog header, log type, columns
_TIMES = ("time_generated", "receive_time", "start")


def read_other(text: str, day: datetime, zone: tzinfo) -> Log:
    """`day` is the day of receipt. Raises NormaliseError for what is neither, and for a log type that is none."""
    if "CEF:" in text[:1024]:
        record = read_cef(text)
        vendor = record.vendor
        head, kinds, names = record.head, (record.name, record.event_class), _FROM_CEF
        pairs = record.labelled | record.extension
    else:
        found = read_leef(text)
        vendor, pairs = found.vendor, found.attributes
        head, kinds, names = found.head, (pairs.get("cat", ""), pairs.get("Type", "")), _FROM_LEEF
    kind = next((name.upper() for name in kinds if name.upper() in COLUMNS), None)
    if kind is None or vendor != "Palo Alto Networks":
        raise NormaliseError(
            "the message is not of Palo Alto Networks, or neither its name nor its class is a log type of PAN-OS"
        )
    row: Row = {"type": kind}
    for name, value in pairs.items():
        row.setdefault(names.get(name) or _plain(name), value)
    if names is _FROM_CEF:
        row.setdefault("subtype", kinds[1] if kinds[0].upper() == kind else kinds[0])
        if kind == "TRAFFIC" and "threatid" in row:  # `cat` is the threat's id in a threat only
            row["action_source"] = row.pop("threatid")
        elif kind != "TRAFFIC" and (severity := _SEVERITIES.get(record.severity)) is not None:
            row.setdefault("severity", severity)
    if kind == "CONFIG":
        row.update({new: row.pop(old) for old, new in _OF_CONFIG.items() if old in row})
    for name in _TIMES:
        if name in row:
            row[name] = device_time(row[name], day, zone) or ""
    return head, kind, row


def _plain(name: str) -> str:
    return name.removeprefix("PanOS").replace(".", "_").replace(" ", "_").lower()[:64]


_SEVERITIES = {"1": "informational", "2": "low", "3": "medium", "4": "high", "5": "critical"}
_OF_CONFIG = {"action": "cmd", "dst": "host", "dstuser": "admin", "srcuser": "admin"}
_FROM_CEF = {
    "rt": "receive_time", "start": "time_generated", "deviceExternalId": "serial", "sourceTranslatedAddress": "natsrc",
    "destinationTranslatedAddress": "natdst", "Rule": "rule", "suser": "srcuser", "duser": "dstuser", "Virtual System": "vsys",
    "Source Zone": "from", "Destination Zone": "to", "deviceInboundInterface": "inbound_if",
    "deviceOutboundInterface": "outbound_if", "LogProfile": "logset", "SessionID": "sessionid", "cnt": "repeatcnt",
    "spt": "sport", "dpt": "dport", "sourceTranslatedPort": "natsport", "destinationTranslatedPort": "natdport",
    "Flags": "flags", "act": "action", "Total bytes": "bytes", "in": "bytes_sent", "out": "bytes_received",
    "Packets": "packets", "PanOSPacketsSent": "pkts_sent", "PanOSPacketsReceived": "pkts_received",
    "Elapsed time in seconds": "elapsed", "URL Category": "category", "externalId": "seqno", "reason": "session_end_reason",
    "dvchost": "device_name", "request": "misc", "Direction": "direction", "fileHash": "filedigest", "cat": "threatid",
    "requestClientApplication": "user_agent", "requestMethod": "http_method", "requestContext": "contenttype", "msg": "opaque",
    "shost": "machinename", "dhost": "host", "PanOSReferer": "referer", "PanOSRuleUUID": "rule_uuid", "fname": "object",
    "PanOSEventID": "eventid", "PanOSVirtualSystem": "vsys",
}  # fmt: skip
_FROM_LEEF = {
    "ReceiveTime": "receive_time", "devTime": "time_generated", "SerialNumber": "serial", "Type": "type", "Subtype": "subtype",
    "srcPostNAT": "natsrc", "dstPostNAT": "natdst", "RuleName": "rule", "usrName": "srcuser", "SourceUser": "srcuser",
    "DestinationUser": "dstuser", "Application": "app", "VirtualSystem": "vsys", "SourceZone": "from", "DestinationZone": "to",
    "IngressInterface": "inbound_if", "EgressInterface": "outbound_if", "LogForwardingProfile": "logset",
    "SessionID": "sessionid", "RepeatCount": "repeatcnt", "srcPort": "sport", "dstPort": "dport", "srcPostNATPort": "natsport",
    "dstPostNATPort": "natdport", "Flags": "flags", "totalBytes": "bytes", "srcBytes": "bytes_sent",
    "dstBytes": "bytes_received", "totalPackets": "packets", "srcPackets": "pkts_sent", "dstPackets": "pkts_received",
    "StartTime": "start", "ElapsedTime": "elapsed", "URLCategory": "category", "sequence": "seqno",
    "ActionFlags": "actionflags", "SourceLocation": "srcloc", "DestinationLocation": "dstloc",
    "SessionEndReason": "session_end_reason", "DeviceName": "device_name", "vSrcName": "vsys_name",
    "ActionSource": "action_source", "Miscellaneous": "misc", "ThreatID": "threatid", "Severity": "severity",
    "Direction": "direction", "ContentType": "contenttype", "FileDigest": "filedigest", "UserAgent": "user_agent",
    "Referer": "referer", "HTTPMethod": "http_method", "Sender": "sender", "Subject": "subject", "Recipient": "recipient",
    "EventID": "eventid", "Module": "module", "msg": "opaque", "identHostName": "machinename", "Result": "result",
    "ConfigurationPath": "path", "RuleUUID": "rule_uuid", "cat": "type",
}  # fmt: skip
