"""Who is who: GLOBALPROTECT (VPN), USERID (address to user), AUTHENTICATION (policy), HIPMATCH (host checks), IPTAG."""

from typing import Any

from normalise.sources.paloalto_panos.text import EMPTY, Row, number, user_fields
from vagt.contracts.event import Event

_STATES = {"success": "success", "failure": "failure"}


def add_globalprotect(event: Event, inner: dict[str, Any], row: Row) -> None:
    """A step of a client's connection. Its public address is the source; its tunnel's or home address is the host's."""
    event_id, stage = row.get("eventid", ""), row.get("stage", "")
    inner["kind"] = "event"
    inner["action"] = inner["code"] = event_id
    if outcome := _STATES.get(row.get("status", "").lower()):
        inner["outcome"] = outcome
    types = ["end" if "logout" in event_id or stage == "logout" else "start"]
    if stage in ("login", "logout", "before-login") or event_id.endswith("-auth"):
        inner["category"] = ["authentication", "network"]
        if outcome == "failure":
            types.append("denied")
    else:
        inner["category"] = ["network"]
        types = ["connection", "start"] if stage == "connected" else ["info"]
    inner["type"] = types
    if (reason := row.get("error", "")) not in EMPTY or (reason := row.get("reason", "")) not in EMPTY:
        inner["reason"] = reason
    if (seconds := number(row.get("login_duration"))) is not None and seconds < 10**9:
        inner["duration"] = seconds * 1_000_000_000
    if text := row.get("opaque"):
        event["message"] = text
    _add_client(event, row)


def _add_client(event: Event, row: Row) -> None:
    user = user_fields(name) if (name := row.get("srcuser")) else None
    public = _address(row, "public_ip") or _address(row, "public_ipv6")
    source: dict[str, Any] = {"ip": public, "address": public} if public else {}
    if user:
        source["user"] = user
        event["user"] = dict(user)
    if source:
        event["source"] = source
        event["client"] = {key: value for key, value in source.items() if key != "address"}
        if public:
            event["network"] = {"type": "ipv6" if ":" in public else "ipv4"}
    private = [one for name in ("private_ip", "private_ipv6") if (one := _address(row, name))]
    event["host"] = _host(row.get("machinename"), row.get("hostid"), private)
    family, full = row.get("client_os"), row.get("client_os_ver")
    if family or full:
        event["host"]["os"] = {key: value for key, value in (("family", family), ("full", full)) if value}
    if private:
        event["related"] = {"ip": list(private)}


def _address(row: Row, name: str) -> str | None:
    value = row.get(name, "")
    return None if value in EMPTY or value in ("::", "0:0:0:0:0:0:0:0") else value


def _host(name: str | None, id_: str | None, addresses: list[str]) -> dict[str, Any]:
    host: dict[str, Any] = {}
    if name:
        host["name"] = host["hostname"] = name
    if id_:
        host["id"] = id_
    if addresses:
        host["ip"] = addresses
    return host


def add_userid(event: Event, inner: dict[str, Any], row: Row) -> None:
    """The firewall learns or forgets that a user is at an address."""
    subtype = row.get("subtype", "")
    inner["kind"] = "event"
    inner["category"], inner["outcome"] = ["authentication"], "success"
    inner["type"] = ["end" if subtype == "logout" else "info" if subtype not in ("login", "") else "start"]
    if subtype:
        inner["action"] = subtype
    if value := row.get("eventid"):
        inner["code"] = value
    source = _source(event, row, "ip", "user")
    for name, end in (("beginport", source), ("endport", event.setdefault("destination", {}))):
        if port := number(row.get(name)):
            end["port"] = port
    if by := row.get("userbysource"):
        event.setdefault("client", {})["user"] = user_fields(by)


def _source(event: Event, row: Row, address_column: str, user_column: str) -> dict[str, Any]:
    source: dict[str, Any] = {}
    if address := _address(row, address_column):
        source["ip"] = source["address"] = address
        event["network"] = {"type": "ipv6" if ":" in address else "ipv4"}
        event["client"] = {"ip": address}
    if name := row.get(user_column):
        source["user"] = user_fields(name)
        event["user"] = user_fields(name)
    event["source"] = source
    return source


def add_authentication(event: Event, inner: dict[str, Any], row: Row) -> None:
    """A login that an authentication policy asked for, or of an administrator; `event` holds the result's text."""
    result = row.get("event", "").lower()
    inner["kind"] = "event"
    inner["category"], inner["type"] = ["authentication"], ["start"]
    inner["action"] = "authentication"
    if "success" in result or "allow" in result:
        inner["outcome"] = "success"
    elif result:
        inner["outcome"] = "failure"
        inner["reason"] = row["event"]
    if text := row.get("desc"):
        event["message"] = text
    source = _source(event, row, "ip", "user")
    if mac := row.get("src_mac"):
        source["mac"] = mac.upper().replace(":", "-")
    if host := row.get("src_host"):
        source["domain"] = host
    if (agent := row.get("user_agent", "")) not in EMPTY:
        event["user_agent"] = {"original": agent}
    if policy := row.get("authpolicy"):
        event["rule"] = {"name": policy} | ({"uuid": uuid} if (uuid := row.get("rule_uuid")) else {})


def add_hipmatch(event: Event, inner: dict[str, Any], row: Row) -> None:
    """A client fits an object or a profile of the host checks."""
    inner["kind"] = "event"
    inner["category"], inner["type"], inner["outcome"] = ["host"], ["info"], "success"
    inner["action"] = "hip_match"
    _source(event, row, "src" if _address(row, "src") else "srcipv6", "srcuser")
    event["host"] = _host(row.get("machinename"), row.get("hostid"), [])
    if os := row.get("os"):
        event["host"]["os"] = {"full": os}
    if (mac := row.get("mac", "")) not in EMPTY:
        event["host"]["mac"] = [mac.upper().replace(":", "-")]
    if name := row.get("matchname"):
        event["rule"] = {"name": name}


def add_iptag(event: Event, inner: dict[str, Any], row: Row) -> None:
    """An address gets or loses a tag, which policies ask for."""
    inner["kind"] = "event"
    inner["category"], inner["type"] = ["configuration"], ["change"]
    if value := row.get("event_id"):
        inner["action"] = value
    _source(event, row, "ip", "srcuser")
