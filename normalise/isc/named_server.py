"""Messages of named about itself, its zones and other servers: transfers in, validation, resolution, control channel."""

import re
from collections.abc import Callable
from typing import Any

from normalise.addresses import put_end
from normalise.dns_fields import bare_name, question
from vagt.contracts.event import Event

Fields = dict[str, Any]
_ENDPOINT = r"(?P<ip>[0-9A-Fa-f.:]{2,45})#(?P<port>\d{1,5})"
_ZONE = re.compile(
    r"zone (?P<zone>[^\s/:]{1,1024})(?:/(?P<class>IN|CH|HS))?(?:/(?P<view>[^\s:]{1,128}))?(?: \([^)]{1,32}\))?: "
    r"(?P<rest>.{1,2048})",
    re.DOTALL,
)
_TRANSFER = re.compile(
    rf"transfer of '(?P<zone>[^/'\s]{{1,1024}})/(?P<class>[A-Z]{{2}})[^']{{0,128}}' from {_ENDPOINT}: (?P<rest>.{{1,2048}})",
    re.DOTALL,
)
_BYTES = re.compile(r"(\d{1,12}) records, (\d{1,15}) bytes")
_VALIDATING = re.compile(
    r"(?:view [^\s:]{1,128}: )?validating (?:@0x[0-9a-f]{1,16}: )?(?P<name>[^\s/]{1,1024})[/ ](?P<type>[A-Z0-9]{1,16}): "
    r"(?P<why>.{1,512})",
    re.DOTALL,
)
_RESOLVING = re.compile(
    r"(?P<why>[\w .()-]{1,64}?) resolving '(?P<name>[^'\s/]{1,1024})(?:/(?P<type>[A-Z0-9]{1,16})/(?P<class>[A-Z]{2}))?'"
    rf"(?: \(in '[^']{{1,1024}}'\?\))?: {_ENDPOINT}"
)
_FORMAT_ERROR = re.compile(
    rf"DNS format error from {_ENDPOINT} resolving (?P<name>[^\s/]{{1,1024}})/(?P<type>[A-Z0-9]{{1,16}})"
)
_CONTROL = re.compile(r"received control channel command '(?P<command>[^']{1,512})'?")
_REJECTED = re.compile(rf"(?:rejected command channel message|invalid command) from {_ENDPOINT}(?:: (?P<why>.{{1,256}}))?")
_FETCH = re.compile(
    r"fetch completed at \S{1,128} for (?P<name>[^\s/]{1,1024})/(?P<type>[A-Z0-9]{1,16}) in (?P<took>[\d.]{1,12}): "
    r"(?P<why>[^/\[]{1,64})"
)
_LIMIT = re.compile(
    r"(?:would )?(?:limit|stop limiting|\*?rate limit \w{1,16}) (?P<what>.{0,128}?) ?responses to (?P<net>[^\s]{2,50})"
)
_QUIET = (
    "Recursion c", "listening on", "using ", "no longer listening", "loading configuration", "reloading configuration",
    "reloading zones",
    "configuring command channel", "command channel listening", "automatic empty zone", "found ", "running", "all zones loaded",
    "managed-keys-zone", "set up managed keys", "sizing zone", "starting BIND", "built with", "built by", "compiled ",
    "linked ", "adjusted limit",
    "received SIG", "resolver priming", "statistics", "-----", "BIND 9 is maintained", "Internet Systems Consortium",
    "corporation.",
    "generating session key", "obtaining root key", "reading built-in", "the working directory", "not using config",
    "initializing",
    "managed-keys", "trust-anchor", "client quota", "Cache", "zone counts", "checkhints", "dispatch", "TCP client quota",
    "socket:", "dnssec-",
    "flushing caches", "flushed", "isc_", "clients-per-query", "success resolving", "stopping command channel",
    "sending notifies",
)  # fmt: skip


def read_server(event: Event, inner: Fields, own: Fields, text: str) -> bool:
    """Gives whether the message is known; a start, a stop and the like are known and have no fields."""
    reader = _READERS.get(text.partition(" ")[0])
    if reader is not None and reader(event, inner, own, text):
        return True
    if " resolving '" in text[:160] and _resolving(event, inner, own, text):
        return True
    if match := _LIMIT.match(text):
        inner.update(type=["denied", "protocol"], action="rate-limit", outcome="failure")
        own["rate_limit"] = {"verdict": "stop" if "stop" in match[0] else "limit", "network": match["net"]}
        return True
    if text.startswith(("shutting down", "stopping", "exiting")):
        inner.update(category=["process"], type=["end"], action="server-stopped")
        return True
    if text.startswith(("starting BIND", "running")):
        inner.update(category=["process"], type=["start"], action="server-started")
        return True
    return text.startswith(_QUIET)


def _zone(event: Event, inner: Fields, own: Fields, text: str) -> bool:
    match = _ZONE.match(text)
    if match is None:
        return False
    own["zone"] = bare_name(match["zone"])
    if match["view"]:
        own["view"] = match["view"]
    rest = match["rest"]
    for beginning, action, outcome in _ZONE_MESSAGES:
        if rest.startswith(beginning):
            inner["action"] = action
            if outcome:
                inner["outcome"] = outcome
            if outcome == "failure":
                inner["reason"] = rest
            break
    else:
        if "fail" in rest or "error" in rest or "could not be found" in rest:
            inner.update(action="zone-error", outcome="failure", reason=rest)
    if serial := _SERIAL.search(rest):
        own["serial"] = int(serial[1])
    if end := _FROM.match(rest):
        put_end(event, "source", end["ip"], end["port"])
    return True


_SERIAL = re.compile(r"serial (\d{1,10})")
_FROM = re.compile(rf"(?:notify|refused notify) from (?:non-\w{{1,16}} )?{_ENDPOINT}")
_ZONE_MESSAGES = (
    ("loaded serial", "zone-loaded", "success"),
    ("expired", "zone-expired", "failure"),
    ("not loaded due to errors", "zone-not-loaded", "failure"),
    ("loading from master file", "zone-not-loaded", "failure"),
    ("Transfer started", "zone-transfer-requested", ""),
    ("transferred serial", "zone-transferred", "success"),
    ("refused notify", "notify-refused", "failure"),
    ("notify from", "notify-received", ""),
    ("sending notifies", "notify-sent", ""),
    ("refresh: ", "zone-refresh-failed", "failure"),
    ("serial number", "zone-refresh", ""),
    ("reconfiguring zone keys", "zone-keys", ""),
    ("next key event", "zone-keys", ""),
    ("zone is up to date", "zone-refresh", "success"),
)


def _transfer(event: Event, inner: Fields, own: Fields, text: str) -> bool:
    match = _TRANSFER.match(text)
    if match is None:
        return False
    own["zone"] = bare_name(match["zone"])
    put_end(event, "destination", match["ip"], match["port"])
    event["network"] = {"protocol": "dns", "transport": "tcp"}
    rest = match["rest"]
    inner.update(type=["protocol"], action="zone-transfer-in")
    if rest.startswith(("Transfer completed", "Transfer status: success")):
        inner["outcome"] = "success"
    elif rest.startswith(("failed", "Transfer status: ")):
        inner.update(outcome="failure", reason=rest.removeprefix("Transfer status: "))
    if counts := _BYTES.search(rest):
        own["transfer_records"] = int(counts[1])
        event["destination"]["bytes"] = int(counts[2])
    return True


def _validating(event: Event, inner: Fields, own: Fields, text: str) -> bool:
    match = _VALIDATING.match(text)
    if match is None:
        return False
    inner.update(type=["protocol"], action="dnssec-validation", outcome="failure", reason=match["why"])
    event["dns"] = {"question": question(match["name"], match["type"])}
    event["network"] = {"protocol": "dns"}
    return True


def _resolving(event: Event, inner: Fields, own: Fields, text: str) -> bool:
    match = _RESOLVING.match(text)
    if match is None:
        return False
    inner.update(type=["protocol"], action="dns-resolution-failed", outcome="failure", reason=match["why"])
    _put_asked(event, match)
    return True


def _format_error(event: Event, inner: Fields, own: Fields, text: str) -> bool:
    match = _FORMAT_ERROR.match(text)
    if match is None:
        return False
    inner.update(type=["protocol"], action="dns-resolution-failed", outcome="failure", reason="DNS format error")
    _put_asked(event, match)
    return True


def _put_asked(event: Event, match: re.Match[str]) -> None:
    """The question and the server that was asked."""
    found = match.groupdict()
    event["dns"] = {"question": question(found["name"], found["type"], found.get("class"))}
    event["network"] = {"protocol": "dns"}
    put_end(event, "destination", found["ip"], found["port"])


def _received(event: Event, inner: Fields, own: Fields, text: str) -> bool:
    match = _CONTROL.match(text)
    if match is None:
        return False
    inner.update(category=["configuration"], type=["info"], action="control-command")
    own["command"] = match["command"]
    return True


def _rejected(event: Event, inner: Fields, own: Fields, text: str) -> bool:
    match = _REJECTED.match(text)
    if match is None:
        return False
    inner.update(type=["denied"], action="control-refused", outcome="failure")
    if match["why"]:
        inner["reason"] = match["why"]
    put_end(event, "source", match["ip"], match["port"])
    return True


def _fetch(event: Event, inner: Fields, own: Fields, text: str) -> bool:
    match = _FETCH.match(text)
    if match is None:
        return False
    inner.update(type=["protocol"], action="dns-fetch", outcome="success" if match["why"].startswith("success") else "failure")
    inner["reason"] = match["why"]
    event["dns"] = {"question": question(match["name"], match["type"])}
    return True


_READERS: dict[str, Callable[[Event, Fields, Fields, str], bool]] = {
    "zone": _zone,
    "transfer": _transfer,
    "validating": _validating,
    "view": _validating,
    "DNS": _format_error,
    "received": _received,
    "rejected": _rejected,
    "invalid": _rejected,
    "fetch": _fetch,
}
