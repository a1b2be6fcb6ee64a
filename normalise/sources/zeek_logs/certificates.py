"""`ssl` (`tls.*`), `x509` and `known_certs`: what is said of TLS sessions and certificates; and `ocsp`."""

import re
from typing import Any

from normalise.conform import valid_ip
from normalise.distinguished_names import distinguished_name
from normalise.sources.zeek_logs.network import Record, put_roles
from normalise.sources.zeek_logs.stamps import time_or_none
from vagt.contracts.event import Event

_VERSION = re.compile(r"(TLS|SSL|DTLS)v(\d)(\d)?")
_SIGNATURES = {
    "sha1WithRSAEncryption": "SHA1-RSA",
    "sha256WithRSAEncryption": "SHA256-RSA",
    "sha384WithRSAEncryption": "SHA384-RSA",
    "sha512WithRSAEncryption": "SHA512-RSA",
    "md5WithRSAEncryption": "MD5-RSA",
    "ecdsa-with-SHA256": "ECDSA-SHA256",
    "ecdsa-with-SHA384": "ECDSA-SHA384",
    "ecdsa-with-SHA512": "ECDSA-SHA512",
}


def text_of(value: Any) -> str | None:
    """A text that is not empty, else None."""
    return value if value.__class__ is str and value else None


def add_ssl(event: Event, inner: dict[str, Any], record: Record, network: dict[str, Any]) -> None:
    """A TLS session; `server_name` is the destination's domain too."""
    tls: dict[str, Any] = {}
    client: dict[str, Any] = {}
    server: dict[str, Any] = {}
    if (version := text_of(record.get("version"))) and (match := _VERSION.fullmatch(version)):
        tls["version_protocol"] = match[1].lower()
        tls["version"] = f"{match[2]}.{match[3] or 0}"
        if match[1] == "DTLS":
            network["transport"], network["iana_number"] = "udp", "17"
    for key in ("cipher", "curve", "next_protocol"):
        if value := text_of(record.get(key)):
            tls[key] = value
    for key in ("established", "resumed"):
        if record.get(key).__class__ is bool:
            tls[key] = record[key]
    if name := text_of(record.get("server_name")):
        client["server_name"] = name
        if "destination" in event and not valid_ip(name):
            event["destination"]["domain"] = name
    for end, key, field in ((client, "ja3", "ja3"), (server, "ja3s", "ja3s")):
        if value := text_of(record.get(key)):
            end[field] = value
    _put_certificate(server, record, "")
    _put_certificate(client, record, "client_")
    for end, key in ((server, "resp_certificate_sha1"), (client, "orig_certificate_sha1")):
        if value := text_of(record.get(key)):
            end["hash"] = {"sha1": value.upper()}
    if client:
        tls["client"] = client
    if server:
        tls["server"] = server
    event["tls"] = tls
    put_roles(event)


def _put_certificate(end: dict[str, Any], record: Record, prefix: str) -> None:
    x509: dict[str, Any] = {}
    for name in ("subject", "issuer"):
        if value := text_of(record.get(prefix + name)):
            end[name] = value
            if parts := distinguished_name(value):
                x509[name] = parts
    if not prefix:
        for key, name in (("not_valid_before", "not_before"), ("not_valid_after", "not_after")):
            if value := text_of(record.get(key)):
                end[name] = x509[name] = value
    if x509:
        end["x509"] = x509


def add_x509(event: Event, _: dict[str, Any], record: Record, __: dict[str, Any]) -> None:
    """A certificate that went over the network, as `file.x509`; its id or fingerprint is that of `ssl` and `files`."""
    x509: dict[str, Any] = {}
    for name in ("subject", "issuer"):
        if (value := text_of(record.get(f"certificate.{name}"))) and (parts := distinguished_name(value)):
            x509[name] = parts
    if "certificate.version" in record:
        x509["version_number"] = str(record["certificate.version"])
    if serial := text_of(record.get("certificate.serial")):
        x509["serial_number"] = serial
    for key, name in (("not_valid_before", "not_before"), ("not_valid_after", "not_after")):
        if value := time_or_none(record.get(f"certificate.{key}")):
            x509[name] = value
    _put_key(x509, record)
    if names := [str(one) for key in ("dns", "ip", "email", "uri") for one in _values(record, f"san.{key}")]:
        x509["alternative_names"] = names
    file: dict[str, Any] = {"x509": x509}
    fingerprint = text_of(record.get("fingerprint"))
    if fingerprint and len(fingerprint) == 64:
        file["hash"] = {"sha256": fingerprint}
    event["file"] = file


def _values(record: Record, name: str) -> list[Any]:
    value = record.get(name)
    return value if isinstance(value, list) else []


def _put_key(x509: dict[str, Any], record: Record) -> None:
    if value := text_of(record.get("certificate.key_alg")):
        x509["public_key_algorithm"] = value
    if value := text_of(record.get("certificate.sig_alg")):
        x509["signature_algorithm"] = _SIGNATURES.get(value, value)
    if value := text_of(record.get("certificate.curve")):
        x509["public_key_curve"] = value
    if record.get("certificate.key_length").__class__ is int:
        x509["public_key_size"] = record["certificate.key_length"]
    exponent = str(record.get("certificate.exponent", ""))
    if exponent.isdecimal() and len(exponent) < 16:
        x509["public_key_exponent"] = int(exponent)


def add_known_certificate(event: Event, _: dict[str, Any], record: Record, __: dict[str, Any]) -> None:
    """A certificate that a server was seen with for the first time in a day."""
    server: dict[str, Any] = {}
    x509: dict[str, Any] = {}
    for key, name in (("subject", "subject"), ("issuer_subject", "issuer")):
        if value := text_of(record.get(key)):
            server[name] = value
            if parts := distinguished_name(value):
                x509[name] = parts
    if serial := text_of(record.get("serial")):
        x509["serial_number"] = serial
    if x509:
        server["x509"] = x509
    if server:
        event["tls"] = {"server": server}
    put_server(event, record)


def put_server(event: Event, record: Record) -> None:
    """`host` and `port_num` of the known_* logs as `server`."""
    if address := text_of(record.get("host")):
        event["server"] = {"address": address}
        if valid_ip(address):
            event["server"]["ip"] = address
        if record.get("port_num").__class__ is int:
            event["server"]["port"] = record["port_num"]


def add_ocsp(event: Event, inner: dict[str, Any], record: Record, _: dict[str, Any]) -> None:
    """An OCSP answer on one certificate."""
    if serial := text_of(record.get("serialNumber")):
        event["file"] = {"x509": {"serial_number": serial}}
    if reason := text_of(record.get("revokereason")):
        inner["reason"] = reason
