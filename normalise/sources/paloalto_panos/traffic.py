"""TRAFFIC and TUNNEL: a session that began, ended or was refused; DECRYPTION: what the firewall read of its TLS."""

from typing import Any

from normalise.sources.paloalto_panos.moments import LONGEST_SPAN, later
from normalise.sources.paloalto_panos.session import add_session
from normalise.sources.paloalto_panos.text import EMPTY, Row, number
from vagt.contracts.event import Event

_ACTIONS = {"start": "flow_started", "end": "flow_terminated", "drop": "flow_dropped", "deny": "flow_denied"}
_TYPES = {"start": "start", "end": "end"}


def add_traffic(event: Event, inner: dict[str, Any], row: Row) -> None:
    """A session; `event.start`, `event.end` and `event.duration` where it has begun."""
    add_session(event, row)
    subtype = row.get("subtype", "")
    if action := _ACTIONS.get(subtype):
        inner["action"] = action
    allowed = row.get("action") == "allow" and subtype not in ("drop", "deny")
    inner["kind"] = "event"
    inner["category"] = ["network"]
    types = ["connection", "allowed" if allowed else "denied"]
    if ending := _TYPES.get(subtype):
        types.append(ending)
    inner["type"] = types
    inner["outcome"] = "success"
    reason = row.get("session_end_reason", "")
    if reason not in EMPTY:
        inner["reason"] = reason
    add_span(inner, row)


def add_span(inner: dict[str, Any], row: Row) -> None:
    """`start` is a time that the parser has read; `elapsed` is in seconds."""
    start, elapsed = row.get("start"), number(row.get("elapsed"))
    if start:
        inner["start"] = start
    if elapsed is None or elapsed >= LONGEST_SPAN:
        return
    inner["duration"] = elapsed * 1_000_000_000
    if start and (end := later(start, elapsed)):
        inner["end"] = end


_VERSIONS = {"SSL3.0": ("ssl", "3.0"), "TLS1.0": ("tls", "1.0"), "TLS1.1": ("tls", "1.1")} | {
    f"TLS1.{minor}": ("tls", f"1.{minor}") for minor in (2, 3)
}
_FAILED = frozenset(("", "None", "none"))


def add_decryption(event: Event, inner: dict[str, Any], row: Row) -> None:
    """A TLS handshake: `tls.*`, and an error as `event.reason`."""
    add_session(event, row)
    failed = row.get("err_index", "") not in _FAILED or row.get("error", "") not in EMPTY
    allowed = row.get("action") == "allow"
    inner["kind"] = "event"
    inner["category"] = ["network"]
    inner["type"] = ["protocol", "connection", "allowed" if allowed else "denied"]
    inner["action"] = "tls_handshake"
    inner["outcome"] = "failure" if failed else "success"
    if failed and (reason := row.get("error") or row.get("err_index")):
        inner["reason"] = reason
    event["tls"] = _tls(row)


def _tls(row: Row) -> dict[str, Any]:
    tls: dict[str, Any] = {}
    if version := _VERSIONS.get(row.get("tls_version", "")):
        tls["version_protocol"], tls["version"] = version
    cipher = [row.get(name, "") for name in ("tls_keyxchg", "tls_enc", "tls_auth")]
    if all(cipher):
        tls["cipher"] = "_".join(cipher)
    if (curve := row.get("ec_curve", "")) not in _FAILED:
        tls["curve"] = curve
    if name := row.get("sni"):
        tls["client"] = {"server_name": name}
    certificate: dict[str, Any] = {}
    for column, part in (("cn", "subject"), ("issuer_cn", "issuer")):
        if value := row.get(column):
            certificate[part] = {"common_name": [value]}
    for column, part in (("cert_serial", "serial_number"), ("notbefore", "not_before"), ("notafter", "not_after")):
        if value := row.get(column):
            certificate[part] = value.upper() if part == "serial_number" else value
    server: dict[str, Any] = {"x509": certificate} if certificate else {}
    if (fingerprint := row.get("fingerprint", "")) and len(fingerprint) == 64:
        server["hash"] = {"sha256": fingerprint.upper()}
    if server:
        tls["server"] = server
    return tls
