"""What Zeek itself holds to be worth a look: notices, signatures, intelligence, weirds, protocols that are none."""

from typing import Any

from normalise.sources.zeek_logs.certificates import text_of
from normalise.sources.zeek_logs.network import Record
from vagt.contracts.event import Event

Inner = dict[str, Any]


def add_notice(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A notice, with the policy's answer to it."""
    rule: Inner = {}
    if name := text_of(record.get("note")):
        rule["name"] = name
    if message := text_of(record.get("msg")):
        rule["description"] = event["message"] = message
    if rule:
        event["rule"] = rule
    if record.get("dropped") is True:
        inner["type"], inner["outcome"] = ["denied", "info"], "success"
    if mime := text_of(record.get("file_mime_type")):
        event["file"] = {"mime_type": mime}


def add_signature(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """A signature of Zeek's own signature framework."""
    rule: Inner = {}
    if value := text_of(record.get("sig_id")):
        rule["id"] = value
    if value := text_of(record.get("event_msg")):
        rule["description"] = event["message"] = value
    event["rule"] = rule


def add_intel(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """An indicator that was seen (Intelligence framework)."""
    indicator: Inner = {}
    kind = str(record.get("seen.indicator_type", "")).removeprefix("Intel::").lower()
    value = text_of(record.get("seen.indicator"))
    if value is not None:
        event["message"] = value
        indicator["name"] = value
        if kind == "addr":
            indicator |= {"type": "ipv6-addr" if ":" in value else "ipv4-addr", "ip": value}
        elif kind == "domain":
            indicator |= {"type": "domain-name"}
        elif kind == "url":
            indicator |= {"type": "url", "url": {"original": value}}
        elif kind in ("file_hash", "file_name", "cert_hash"):
            indicator |= {"type": "x509-certificate" if kind == "cert_hash" else "file"}
    sources = record.get("sources")
    if isinstance(sources, list) and sources:
        indicator["provider"] = str(sources[0])
    if indicator:
        event["threat"] = {"indicator": indicator}


def add_weird(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """Traffic that breaks its protocol's rules."""
    if name := text_of(record.get("name")):
        event["rule"] = {"name": name}


def add_failure(event: Event, inner: Inner, record: Record, network: Inner) -> None:
    """`dpd`, `analyzer`: a protocol that turned out not to be what it looked like."""
    if reason := text_of(record.get("failure_reason")):
        inner["reason"] = reason
