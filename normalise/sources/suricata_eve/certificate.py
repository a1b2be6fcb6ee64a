"""`tls` of EVE: versions, names, fingerprints, and the server's certificate as `tls.server.x509`."""

import re
from typing import Any

from normalise.conform import valid_ip
from normalise.distinguished_names import distinguished_name
from normalise.sources.suricata_eve.network import Eve, eve_time
from normalise.sources.suricata_eve.protocols import text_of
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

_VERSION = re.compile(r"(TLS|SSL)v? ?(\d(?:\.\d)?)", re.IGNORECASE)


def read_tls(event: Event, tls: Eve) -> None:
    """Suricata 4 to 8; `ja3`/`ja3s` are objects there, `ja4` a text."""
    found: dict[str, Any] = {}
    client: dict[str, Any] = {}
    server: dict[str, Any] = {}
    if (version := text_of(tls.get("version"))) and (match := _VERSION.fullmatch(version)):
        found["version_protocol"] = match[1].lower()
        found["version"] = match[2] if "." in match[2] else f"{match[2]}.0"
    if name := text_of(tls.get("sni")):
        client["server_name"] = name = name.rstrip(".")
        if "destination" in event and not valid_ip(name):
            event["destination"]["domain"] = name
    for end, key in ((client, "ja3"), (server, "ja3s")):
        value = tls.get(key)
        if type(value) is dict and (fingerprint := text_of(value.get("hash"))):
            end[key] = fingerprint
    if type(tls.get("session_resumed")) is bool:
        found["resumed"] = tls["session_resumed"]
    _put_certificate(event, server, tls)
    if client:
        found["client"] = client
    if server:
        found["server"] = server
    if found:
        event["tls"] = found


def _put_certificate(event: Event, server: dict[str, Any], tls: Eve) -> None:
    x509: dict[str, Any] = {}
    for key, name in (("subject", "subject"), ("issuerdn", "issuer")):
        if value := text_of(tls.get(key)):
            server[name] = value
            if parts := distinguished_name(value):
                x509[name] = parts
    for key, name in (("notbefore", "not_before"), ("notafter", "not_after")):
        if value := text_of(tls.get(key)):
            try:
                server[name] = x509[name] = eve_time(value)
            except NormaliseError:
                event.setdefault("vagt", {}).setdefault("unmapped", {})[f"tls.server.{name}"] = value
    if serial := text_of(tls.get("serial")):
        x509["serial_number"] = serial.replace(":", "").upper()
    if names := tls.get("subjectaltname"):
        x509["alternative_names"] = names
    if fingerprint := text_of(tls.get("fingerprint")):
        plain = fingerprint.replace(":", "").upper()
        server["hash"] = {"sha1": plain}
        event["related"] = {"hash": [plain]}
    if x509:
        server["x509"] = x509
