"""What the features of a NetScaler log mean (Citrix, "NetScaler Log Messages"): connections, gateway, logins, TLS, events."""

from typing import Any

from normalise.conform import valid_ip
from normalise.placing import port
from normalise.sources.citrix_adc.heads import Head
from normalise.transports import transport_fields
from normalise.urls import url_fields
from vagt.contracts.event import Event

Pairs = dict[str, str]


def _end(text: str | None) -> dict[str, Any]:
    """`192.0.2.1:443`, `[2001:db8::1]:443` or an address."""
    if not text:
        return {}
    host, _, number = text.rpartition(":")
    if valid_ip(text):
        host, number = text, ""
    host = host.strip("[]")
    end: dict[str, Any] = {"ip": host} if valid_ip(host) else {}
    if end and (found := port(number)) is not None:
        end["port"] = found
    return end


def _add_ends(event: Event, rest: Pairs) -> None:
    for name, pairs in (("source", ("Source",)), ("destination", ("Destination", "Vserver"))):
        for pair in pairs:
            if end := _end(rest.get(pair)):
                event[name] = {**end, **event.get(name, {})}
                rest.pop(pair)
                break
    if nat := _end(rest.get("NatIP") or rest.get("Nat_ip")):
        event.setdefault("source", {})["nat"] = nat
        rest.pop("NatIP", None)
        rest.pop("Nat_ip", None)


def _say(inner: dict[str, Any], category: list[str], types: list[str], outcome: str | None = "success") -> bool:
    inner["category"], inner["type"] = category, types
    if outcome:
        inner["outcome"] = outcome
    return True


def add_flow(event: Event, inner: dict[str, Any], rest: Pairs, head: Head) -> bool:
    """Connections that ended or were unlinked from their server."""
    _add_ends(event, rest)
    event["network"] = transport_fields(head.feature.lower()) | _volume(event)
    return _say(inner, ["network"], ["connection", "end"])


def _volume(event: Event) -> dict[str, Any]:
    sent, received = event.get("source", {}).get("bytes"), event.get("destination", {}).get("bytes")
    return {} if sent is None or received is None else {"bytes": sent + received}


_GATEWAY = {
    "LOGIN": (["authentication", "session"], ["start"], "success"),
    "LOGOUT": (["authentication", "session"], ["end"], "success"),
    "LOGIN_FAILED": (["authentication"], ["start"], "failure"),
    "REMOVE_SESSION": (["session"], ["end"], "success"),
    "REMOVE_SESSION_DEBUG": (["session"], ["end"], "success"),
    "TCPCONNSTAT": (["network"], ["connection", "end"], "success"),
    "TCPCONN_TIMEDOUT": (["network"], ["connection", "end"], "success"),
    "UDPFLOWSTAT": (["network"], ["connection", "end"], "success"),
    "ICASTART": (["session", "network"], ["start"], "success"),
    "ICAEND_CONNSTAT": (["session", "network"], ["end"], "success"),
    "HTTPREQUEST": (["web", "network"], ["access"], "success"),
    "CLISEC_CHECK": (["authentication"], ["info"], None),
    "CLISEC_EXP_EVAL": (["authentication"], ["info"], None),
    "HTTP_RESOURCEACCESS_DENIED": (["web", "network"], ["access", "denied"], "failure"),
    "NONHTTP_RESOURCEACCESS_DENIED": (["network"], ["connection", "denied"], "failure"),
}


def add_gateway(event: Event, inner: dict[str, Any], rest: Pairs, head: Head) -> bool:
    """Sessions of the gateway (SSLVPN) and of AAA for traffic management (AAATM)."""
    _add_ends(event, rest)
    context = rest.get("Context", "")
    name, at, address = context.rpartition("@")
    if at and valid_ip(address):
        event.setdefault("source", {}).setdefault("ip", address)
        event.setdefault("user", {}).setdefault("name", name)
    if "user" in event and "name" in event["user"]:
        event["user"]["name"] = event["user"]["name"].partition(" : ")[0]
    if head.event == "HTTPREQUEST":
        _add_request(event, head.text)
    if "SessionId" in rest:
        rest["SessionId"] = rest["SessionId"].partition("-")[0].strip()
    if volume := _volume(event):
        event["network"] = volume
    meaning = _GATEWAY.get(head.event)
    if meaning is None:
        return False
    category, types, outcome = meaning
    if "authentication" in category and outcome and head.event != "CLISEC_CHECK":
        inner["action"] = "logout" if types == ["end"] else "login"
    return _say(inner, list(category), list(types), outcome)


_METHODS = (" GET ", " POST ", " HEAD ", " PUT ", " DELETE ", " OPTIONS ", " CONNECT ", " PATCH ")


def _add_request(event: Event, text: str) -> None:
    for method in _METHODS:
        at = text.find(method)
        if at >= 0:
            target = text[at + len(method) :].split(" ", 1)[0]
            event["http"] = {"request": {"method": method.strip()}}
            event["url"] = url_fields(target)
            return


def add_login(event: Event, inner: dict[str, Any], rest: Pairs, head: Head) -> bool:
    """AAA: logins that failed, and what the daemon found out of a user."""
    if head.event in ("LOGIN_FAILED", "LOGIN_FAILURE"):
        inner["action"] = "login"
        return _say(inner, ["authentication"], ["start"], "failure")
    if head.event == "LOGIN":
        inner["action"] = "login"
        return _say(inner, ["authentication"], ["start"])
    return _say(inner, ["authentication"], ["info"], None)


def add_tls(event: Event, inner: dict[str, Any], rest: Pairs, head: Head) -> bool:
    """Handshakes."""
    failed = "FAILURE" in head.event
    event.setdefault("tls", {})["established"] = not failed
    return _say(inner, ["network"], ["connection", "protocol"], "failure" if failed else "success")


def add_acl(event: Event, inner: dict[str, Any], rest: Pairs, head: Head) -> bool:
    """`Source 192.0.2.1:80 --> Destination 192.0.2.2:80 - Protocol TCP - ... - Action DENY`."""
    source, _, destination = rest.pop("Source", "").partition(" --> Destination ")
    for name, text in (("source", source), ("destination", destination or rest.pop("Destination", ""))):
        if end := _end(text.strip()):
            event[name] = end
    if protocol := rest.pop("Protocol", None):
        event["network"] = transport_fields(protocol)
    denied = "DENY" in head.text
    inner["action"] = "deny" if denied else "allow"
    return _say(inner, ["network"], ["connection", "denied" if denied else "allowed"])


def add_event(event: Event, inner: dict[str, Any], rest: Pairs, head: Head) -> bool:
    """Servers and monitors that went up or down, start and stop, traps."""
    down = "DOWN" in head.event or "State DOWN" in head.text or "entitydown" in head.text
    return _say(
        inner,
        ["network" if head.feature == "EVENT" and "SYS" not in head.event else "host"],
        ["info"],
        "failure" if down else None,
    )
