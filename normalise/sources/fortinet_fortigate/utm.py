"""What the inspection profiles saw (type `utm`, and `anomaly` of FortiOS 6.0): URLs, names, files, mails, certificates."""

from typing import Any

from normalise.sources.fortinet_fortigate.traffic import Pairs, known
from normalise.urls import url_fields
from vagt.contracts.event import Event

_ALERTS = {"virus": "malware", "ips": "intrusion_detection", "anomaly": "intrusion_detection"}
DENIED = frozenset(
    "deny denied block blocked dropped drop drop_session clear_session reset reset_client reset_server reset_both "
    "quarantine quarantined ban ban-ip discard dlp-block banned redirect".split()
)
_NOTED = frozenset(("detected", "monitored", "monitor", "log-only"))


def add_utm(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    """Categorise a message of type `utm` or `anomaly` and map its content."""
    subtype = pairs.get("subtype", "")
    category = ["network"]
    if alert := _ALERTS.get(subtype):
        inner["kind"] = "alert"
        category.append(alert)
    elif subtype == "emailfilter":
        category.append("email")
    inner["category"] = category
    action = pairs.get("action")
    types = [] if action is None or action in _NOTED else ["denied" if action in DENIED else "allowed"]
    if action is not None:
        inner["outcome"] = "success"
    if subtype == "dns":
        types.append("info")
        _add_dns(event, pairs)
    inner["type"] = types or ["info"]
    if value := pairs.get("ref"):
        inner["reference"] = value
    _add_content(event, pairs)


def _add_content(event: Event, pairs: Pairs) -> None:
    if "url" in pairs or "hostname" in pairs:
        _add_url(event, pairs)
    if value := pairs.get("agent"):
        event["user_agent"] = {"original": value}
    if "filename" in pairs or "analyticscksum" in pairs:
        _add_file(event, pairs)
    if "scertcname" in pairs or "scertissuer" in pairs or "sni" in pairs:
        _add_tls(event, pairs)
    if "from" in pairs or "recipient" in pairs or "subject" in pairs:
        _add_mail(event, pairs)
    request = {}
    if value := pairs.get("httpmethod"):
        request["method"] = value
    if value := pairs.get("referralurl"):
        request["referrer"] = value
    if request:
        event["http"] = {"request": request}


def _add_url(event: Event, pairs: Pairs) -> None:
    original = pairs.get("url")
    url = url_fields(original) if original else {}
    if value := pairs.get("hostname"):
        url["domain"] = value
    if url:
        event["url"] = url


def _add_file(event: Event, pairs: Pairs) -> None:
    file: dict[str, Any] = {}
    if value := pairs.get("filename"):
        file["name"] = value
    if value := pairs.get("filetype"):
        file["extension"] = value
    if value := pairs.get("filesize"):
        file["size"] = value
    if (value := pairs.get("analyticscksum") or pairs.get("filehash")) and len(value) == 64:
        file["hash"] = {"sha256": value}
    event["file"] = file


def _add_tls(event: Event, pairs: Pairs) -> None:
    server: dict[str, Any] = {}
    if value := pairs.get("scertcname"):
        server["x509"] = {"subject": {"common_name": [value]}}
    if value := pairs.get("scertissuer"):
        server["issuer"] = value
        server.setdefault("x509", {})["issuer"] = {"common_name": [value]}
    tls: dict[str, Any] = {"server": server}
    if value := pairs.get("sni"):
        tls["client"] = {"server_name": value}
    event["tls"] = tls


def _add_dns(event: Event, pairs: Pairs) -> None:
    question = {"name": pairs.get("qname"), "type": pairs.get("qtype"), "class": pairs.get("qclass")}
    dns: dict[str, Any] = {"question": {name: value for name, value in question.items() if value}}
    if value := pairs.get("xid"):
        dns["id"] = value
    if value := pairs.get("ipaddr"):
        dns["resolved_ip"] = [one for part in value.split(",") if (one := part.strip())]
    dns["type"] = "answer" if "response" in pairs.get("eventtype", "") else "query"
    event["dns"] = dns


def _add_mail(event: Event, pairs: Pairs) -> None:
    mail: dict[str, Any] = {}
    if value := known(pairs.get("from") or pairs.get("sender")):
        mail["from"] = {"address": [value]}
    if value := known(pairs.get("to") or pairs.get("recipient")):
        mail["to"] = {"address": [one.strip() for one in value.split(",") if one.strip()]}
    if value := known(pairs.get("cc")):
        mail["cc"] = {"address": [one.strip() for one in value.split(",") if one.strip()]}
    if value := pairs.get("subject"):
        mail["subject"] = value
    if value := pairs.get("attachment"):
        mail["attachments"] = [{"file": {"name": value}}] if value not in ("yes", "no") else None
    event["email"] = mail
