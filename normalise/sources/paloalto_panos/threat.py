"""THREAT: what the security profiles saw; its subtype tells which (url, virus, spyware, vulnerability, wildfire, data, ...)."""

from typing import Any

from normalise.sources.paloalto_panos.session import add_session
from normalise.sources.paloalto_panos.text import EMPTY, Row
from normalise.urls import url_fields
from vagt.contracts.event import Event

_ACTIONS = {
    "data": "data_match", "dlp": "data_match", "dlp-non-file": "data_match", "file": "file_match", "flood": "flood_detected",
    "packet": "packet_attack", "scan": "scan_detected", "spyware": "spyware_detected", "url": "url_filtering",
    "ml-virus": "virus_detected", "virus": "virus_detected", "vulnerability": "exploit_detected",
    "wildfire": "wildfire_verdict", "wildfire-virus": "wildfire_virus_detected",
}  # fmt: skip
_MALWARE = frozenset(("virus", "ml-virus", "wildfire-virus"))
_ALLOWED = frozenset(
    ("alert", "allow", "continue", "override", "forward", "upload-success", "upload-skip", "wildfire-upload-success")
)
SEVERITIES = {"critical": 1, "high": 2, "medium": 3, "low": 4, "informational": 5}
_GOOD_VERDICTS = frozenset(("benign", "grayware"))


def add_threat(event: Event, inner: dict[str, Any], row: Row) -> None:
    """A match of a profile. A web request that was let through is an event of the web, all else an alert."""
    add_session(event, row)
    subtype, action = row.get("subtype", ""), row.get("action", "")
    if name := _ACTIONS.get(subtype):
        inner["action"] = name
    denied = action not in _ALLOWED
    inner["type"] = ["denied" if denied else "allowed"]
    if subtype == "url":
        inner["kind"] = "alert" if denied else "event"
        inner["category"] = ["network", "web"]
    else:
        inner["kind"] = "alert" if row.get("category") not in _GOOD_VERDICTS or subtype != "wildfire" else "event"
        inner["category"] = ["intrusion_detection", "network"]
        if _is_malware(subtype, row):
            inner["category"].append("malware")
    inner["outcome"] = "success"
    if (severity := row.get("severity", "")) in SEVERITIES:
        inner["severity"] = SEVERITIES[severity]
    _add_content(event, row, subtype)
    _add_signature(event, row, subtype)


def _is_malware(subtype: str, row: Row) -> bool:
    return subtype in _MALWARE or (subtype == "wildfire" and row.get("category") == "malicious")


def _add_content(event: Event, row: Row, subtype: str) -> None:
    get = row.get
    if misc := get("misc"):
        if subtype == "url":
            event["url"] = web_address(misc)
        elif row.get("app", "").startswith("dns"):
            event["dns"] = {"question": {"name": misc}, "type": "query"}
        else:
            _add_file(event, misc)
    if (digest := get("filedigest", "")) and len(digest) == 64:
        event.setdefault("file", {})["hash"] = {"sha256": digest}
    request = {}
    if method := get("http_method"):
        request["method"] = method.upper() if method != "unknown" else None
    if referrer := get("referer"):
        request["referrer"] = referrer
    if request:
        event["http"] = {"request": request}
    if (agent := get("user_agent", "")) not in EMPTY:
        event["user_agent"] = {"original": agent}
    if (forwarded := get("xff_ip", "")) not in EMPTY or (forwarded := get("xff", "")) not in EMPTY:
        event["network"]["forwarded_ip"] = forwarded.split(",")[0].strip()
    if get("sender") or get("recipient") or get("subject"):
        _add_mail(event, row)


def web_address(text: str) -> dict[str, str | int]:
    """`url.*` of a request that is logged without its scheme: `example.com:8443/path?query`."""
    if "://" in text[:16]:
        return url_fields(text)
    url = url_fields("//" + text)
    url["original"] = text
    return url


def _add_file(event: Event, text: str) -> None:
    """The file's name, or the path of the request in which the signature was found."""
    path = text.partition("?")[0]
    name = path[max(path.rfind("/"), path.rfind("\\")) + 1 :]
    if "/" in path and "." in path.partition("/")[0]:
        event["url"] = web_address(text)
    if not name:
        return
    file: dict[str, Any] = {"name": name}
    if name != path:
        file["path"] = path
    stem, _, extension = name.rpartition(".")
    if stem and extension.isalnum() and len(extension) <= 16:
        file["extension"] = extension
    event["file"] = file


def _add_signature(event: Event, row: Row, subtype: str) -> None:
    """`Name of the signature(12345)` to `threatid` and `threat_name`, as the vendor's custom formats name them."""
    text = row.get("threatid", "")
    name, bracket, number = text.rpartition("(")
    if not bracket or not number.endswith(")"):
        return
    row["threatid"] = number[:-1]
    if name := name.strip():
        row["threat_name"] = name
        if subtype in _MALWARE or subtype == "spyware":
            event["threat"] = {"software": {"name": name}}


def _add_mail(event: Event, row: Row) -> None:
    mail: dict[str, Any] = {}
    if value := row.get("sender"):
        mail["from"] = {"address": [value]}
    if value := row.get("recipient"):
        mail["to"] = {"address": [one for part in value.replace(";", ",").split(",") if (one := part.strip())]}
    if value := row.get("subject"):
        mail["subject"] = value
    event["email"] = mail
