"""Messages of named about a client: queries, answers, refusals, updates, transfers, rewrites by response policy zones."""

import re
from collections.abc import Callable
from typing import Any

from normalise.addresses import put_end
from normalise.conform import valid_ip
from normalise.dns_fields import bare_name, outcome_of, put_answers, put_network, question
from vagt.contracts.event import Event

Fields = dict[str, Any]
Reader = Callable[[Event, Fields, Fields, str], bool]
_ADDRESS = r"[0-9A-Fa-f.:]{2,45}(?:%[\w.-]{1,16})?"
_CLIENT = re.compile(
    rf"client (?:@0x[0-9a-fA-F]{{1,16}} )?(?P<ip>{_ADDRESS})#(?P<port>\d{{1,5}})(?:/key (?P<key>[^\s:]{{1,255}}))?"
    r"(?: \((?P<name>\S{0,1024})\))?:? (?:view (?P<view>[^\s:]{1,128}): )?(?:(?P<transport>UDP|TCP): )?"
)
_FLAGS = {"A": "AA", "T": "TC", "D": "DO", "C": "CD"}  # of a question; of an answer (Infoblox, BIND 9.21) `A` is AA, `t` TC
_ANSWER_FLAGS = {"A": "AA", "t": "TC", "D": "DO", "C": "CD", "V": "AD"}
_DENIED = re.compile(
    r"(?P<what>query(?: \(cache\))?|recursive query|zone transfer|(?:dynamic )?update(?: forwarding)?|notify)"
    r"(?: '(?P<of>[^'\s]{1,1100})')? (?P<verdict>denied|approved)(?: due to allow-query)?(?: \((?P<why>[^)]{1,256})\))?"
)
_FAILED = re.compile(r"query failed \((?P<code>[^)]{1,64})\) for (?P<of>\S{1,1100}) at (?P<where>\S{1,128})")
_UPDATE = re.compile(
    r"updating zone '(?P<zone>[^'\s]{1,1024})': (?P<what>adding an RR|deleting an RR|deleting rrset|deleting all rrsets "
    r"from name"
    r"|update (?:failed|unsuccessful)|update rejected)(?: at)?:? ?'?(?P<name>[^'\s:]{0,1024})'?(?: (?P<type>[A-Z0-9]{1,16}))?"
    r"(?P<rest>.*)",
    re.DOTALL,
)
_TRANSFER = re.compile(
    r"transfer of '(?P<zone>[^'\s]{1,1024})': (?P<kind>AXFR-style IXFR|AXFR|IXFR) (?P<stage>started|ended)(?P<rest>.*)",
    re.DOTALL,
)
_SERIAL = re.compile(r"serial (?P<serial>\d{1,10})")
_COUNTS = re.compile(r"(\d{1,12}) messages, (\d{1,12}) records, (\d{1,15}) bytes, ([\d.]{1,12}) secs")
_REWRITE = re.compile(
    r"(?P<off>disabled )?rpz (?P<kind>QNAME|IP|NSIP|NSDNAME|CLIENT-IP) (?P<policy>\S{1,64})(?: rewrite)? (?P<of>\S{1,1100})"
    r"(?: \[[^\]]{0,255}\])?(?: via (?P<via>\S{1,1100}))?"
)
_LIMIT = re.compile(
    r"(?:would )?rate limit (?P<what>drop|slip|continue)? ?(?:all )?(?P<code>\S{0,32}) ?responses? to (?P<net>[^\s]{2,50})"
    r"(?: for (?P<name>\S{1,1024})(?: (?P<class>IN|CH|HS) (?P<type>[A-Z0-9]{1,16}))?)?"
)
_BAD_TRANSFER = re.compile(r"bad zone transfer request: '(?P<zone>[^']{1,1024})': (?P<why>.{1,256})", re.DOTALL)
_NOTIFY = re.compile(r"received notify for zone '(?P<zone>[^']{1,1024})'(?:: TSIG '(?P<key>[^']{1,255})')?")
_SIGNER = re.compile(r'signer "(?P<key>[^"]{1,255})" (?P<verdict>approved|denied)')


def read_client(event: Event, inner: Fields, own: Fields, text: str) -> bool:
    """`client @0x… ADDRESS#PORT[/key KEY] [(NAME)]: [view VIEW: ]MESSAGE`; gives whether the message is known."""
    match = _CLIENT.match(text)
    if match is None:
        return False
    ip, port, key, name, view, transport = match.groups()
    if valid_ip(ip) and int(port) < 65536:  # as nearly always: two calls less
        event["source"] = {"address": ip, "ip": ip, "port": int(port)}
    else:
        put_end(event, "source", ip, port)
    if key:
        own["tsig_key"] = key
    if view:
        own["view"] = view
    put_network(event, transport.lower() if transport else None, ip)
    if name:
        event["dns"] = {"question": {"name": bare_name(name)}}
    rest = text[match.end() :]
    reader = _READERS.get(rest.partition(" ")[0])
    if reader is not None and reader(event, inner, own, rest):
        return True
    return _other(event, inner, own, rest)


def _query(event: Event, inner: Fields, own: Fields, rest: str) -> bool:
    """`query: NAME CLASS TYPE FLAGS (LOCAL)`; an appliance's ends with `response: CODE FLAGS RECORDS`."""
    words = rest.split(" ")
    if len(words) < 4:
        return False
    inner.update(type=["protocol"], action="dns-query")
    dns: Fields = {"question": question(words[1], words[3], words[2]), "type": "query"}
    event["dns"] = dns
    if len(words) > 5 and words[4] == "response:":
        _put_answer(event, inner, own, dns, words[5:], rest)
        return True
    if len(words) > 4:
        _put_flags(event, own, dns, words[4], _FLAGS)
        _put_local(event, words)
    return True


def _response(event: Event, inner: Fields, own: Fields, rest: str) -> bool:
    """`response: NAME CLASS TYPE CODE FLAGS (LOCAL)` of BIND 9.21's responselog."""
    words = rest.split(" ")
    if len(words) < 5:
        return False
    dns: Fields = {"question": question(words[1], words[3], words[2])}
    event["dns"] = dns
    _put_answer(event, inner, own, dns, words[4:], "")
    _put_local(event, words)
    return True


def _put_answer(event: Event, inner: Fields, own: Fields, dns: Fields, words: list[str], rest: str) -> None:
    dns["type"] = "answer"
    dns["response_code"] = words[0]
    inner.update(type=["protocol"], action="dns-answer", outcome=outcome_of(words[0]))
    if len(words) > 1:
        _put_flags(event, own, dns, words[1], _ANSWER_FLAGS)
    if len(words) > 2 and rest:
        records = rest.partition(" response: ")[2].split(" ", 2)[2]
        put_answers(dns, [one for text in records.split(";")[:256] if (one := _record(text)) is not None])


def _record(text: str) -> Fields | None:
    """`abc.example. 60 IN A 192.0.2.1`."""
    parts = text.split(None, 4)
    if len(parts) < 5 or not parts[1].isdecimal() or len(parts[1]) > 10:
        return None
    return {"name": bare_name(parts[0]), "ttl": int(parts[1]), "class": parts[2], "type": parts[3], "data": parts[4].strip()}


def _put_flags(event: Event, own: Fields, dns: Fields, flags: str, names: dict[str, str]) -> None:
    if flags[:1] not in ("+", "-") or len(flags) > 32:
        return
    own["query_flags"] = flags
    header = ["RD"] if flags[0] == "+" else []
    header += [names[letter] for letter in flags[1:].partition("(")[0] + flags.partition(")")[2] if letter in names]
    if names is _FLAGS and "T" in flags:  # the question came by TCP
        header.remove("TC")
        put_network(event, "tcp", event["source"]["address"])
    elif names is _FLAGS:
        put_network(event, "udp", event["source"]["address"])
    if header:
        dns["header_flags"] = header


def _put_local(event: Event, words: list[str]) -> None:
    for word in words[5:8]:
        if word[:1] == "(" and word[-1:] == ")":
            put_end(event, "destination", word, "53")


def _denied(event: Event, inner: Fields, own: Fields, rest: str) -> bool:
    match = _DENIED.match(rest)
    if match is None:
        return False
    of, good = match["of"], match["verdict"] == "approved"
    inner.update(type=["allowed" if good else "denied", "protocol"], outcome="success" if good else "failure")
    inner["action"] = match["what"].replace(" (cache)", "").replace(" ", "-") + ("-approved" if good else "-denied")
    if not good:
        inner["reason"] = match["why"] or match[0]
    if of:
        _put_of(event, own, of, match["what"].startswith(("query", "recursive")))
    return True


def _put_of(event: Event, own: Fields, of: str, is_question: bool) -> None:
    """`name/TYPE/CLASS` of a question, `zone/AXFR/IN` or `zone/IN` of a zone."""
    name, *rest = of.rsplit("/", 2)
    kind, klass = (rest[0] if len(rest) == 2 else None), (rest[-1] if rest else None)
    if klass in ("A", "AAAA") or (len(rest) == 1 and is_question):
        kind, klass = klass, None
    event["dns"] = {"question": question(name, kind, klass)}
    if not is_question:
        own["zone"] = bare_name(name)


def _query_failed(event: Event, inner: Fields, own: Fields, rest: str) -> bool:
    if rest.startswith("query: "):
        return _query(event, inner, own, rest)
    match = _FAILED.match(rest)
    if match is None:
        return _denied(event, inner, own, rest)
    inner.update(type=["protocol"], action="dns-query-failed", outcome="failure")
    name, _, klass_type = match["of"].partition("/IN/")
    event["dns"] = {"question": question(name, klass_type or None, "IN" if klass_type else None), "type": "answer"}
    event["dns"]["response_code"] = match["code"].upper()
    own["where"] = match["where"]
    return True


def _update(event: Event, inner: Fields, own: Fields, rest: str) -> bool:
    match = _UPDATE.match(rest)
    if match is None:
        return _denied(event, inner, own, rest)
    failed = match["what"].startswith("update ")
    inner.update(category=["network", "configuration"], type=["change"] if not failed else ["info"])
    inner["action"] = (
        "dns-update-failed" if failed else "dns-record-added" if "adding" in match["what"] else "dns-record-deleted"
    )
    inner["outcome"] = "failure" if failed else "success"
    own["zone"] = bare_name(match["zone"].rpartition("/")[0] or match["zone"])
    if failed:
        inner["reason"] = rest.partition("': ")[2]
    elif match["name"]:
        event["dns"] = {"question": question(match["name"], match["type"])}
        if data := match["rest"].strip():
            own["record_data"] = data
    return True


def _transfer(event: Event, inner: Fields, own: Fields, rest: str) -> bool:
    match = _TRANSFER.match(rest)
    if match is None:
        return False
    own["zone"] = bare_name(match["zone"].rpartition("/")[0] or match["zone"])
    own["transfer_type"] = match["kind"]
    inner.update(type=["allowed", "protocol"], action=f"zone-transfer-{match['stage']}", outcome="success")
    event["dns"] = {"question": question(own["zone"], match["kind"].rpartition(" ")[2])}
    put_network(event, "tcp", event["source"]["address"])
    if serial := _SERIAL.search(match["rest"]):
        own["serial"] = int(serial["serial"])
    if counts := _COUNTS.search(match["rest"]):
        event["destination"] = {"bytes": int(counts[3])}
        own["transfer_records"] = int(counts[2])
    return True


def read_rewrite(event: Event, inner: Fields, own: Fields, rest: str) -> bool:
    """`rpz QNAME NXDOMAIN rewrite NAME/A/IN via RECORD`, also as the text of an appliance's alert."""
    match = _REWRITE.match(rest)
    if match is None:
        return False
    passes = match["off"] is not None or match["policy"] in ("PASSTHRU", "DISABLED")
    inner.update(category=["network", "intrusion_detection"], type=["allowed" if passes else "denied", "protocol"])
    inner.update(action="rpz-disabled" if match["off"] else "rpz-rewrite", outcome="success")
    name, *rest_of = match["of"].split("/")
    kind, klass = (*rest_of, None, None)[:2]
    event["dns"] = {"question": question(name, kind, klass)}
    own["rpz"] = {"type": match["kind"], "policy": match["policy"]}
    rule: Fields = {"category": f"rpz {match['kind'].lower()}"}
    if via := match["via"]:
        rule["name"] = bare_name(via)
        if via.lower().startswith(f"{name.lower()}."):
            rule["ruleset"] = bare_name(via[len(name) + 1 :])
    event["rule"] = rule
    return True


def _limit(event: Event, inner: Fields, own: Fields, rest: str) -> bool:
    match = _LIMIT.match(rest)
    if match is None:
        return False
    inner.update(type=["denied", "protocol"], action="rate-limit", outcome="failure")
    own["rate_limit"] = {"verdict": match["what"] or "drop", "network": match["net"]}
    if match["name"]:
        event["dns"] = {"question": question(match["name"], match["type"], match["class"])}
    if match["code"] and "dns" in event:
        event["dns"]["response_code"] = match["code"]
    return True


def _bad_transfer(event: Event, inner: Fields, own: Fields, rest: str) -> bool:
    match = _BAD_TRANSFER.match(rest)
    if match is None:
        return False
    inner.update(type=["denied", "protocol"], action="zone-transfer-denied", outcome="failure", reason=match["why"])
    _put_of(event, own, match["zone"], False)
    return True


def _notify(event: Event, inner: Fields, own: Fields, rest: str) -> bool:
    match = _NOTIFY.match(rest)
    if match is None:
        return False
    inner.update(type=["protocol"], action="notify-received")
    own["zone"] = bare_name(match["zone"])
    if match["key"]:
        own["tsig_key"] = match["key"]
    return True


def _other(event: Event, inner: Fields, own: Fields, rest: str) -> bool:
    if signer := _SIGNER.match(rest):
        good = signer["verdict"] == "approved"
        inner.update(action="signer-approved" if good else "signer-denied", outcome="success" if good else "failure")
        own["tsig_key"] = signer["key"]
    elif rest.startswith("request has invalid signature"):
        inner.update(type=["denied", "protocol"], action="invalid-signature", outcome="failure", reason=rest)
    elif rest.startswith("RFC 1918 response from Internet for "):
        inner.update(type=["protocol"], action="rfc1918-response", outcome="failure")
    elif rest.startswith("no matching view"):
        inner.update(type=["denied", "protocol"], action="no-matching-view", outcome="failure", reason=rest)
    elif "denied" in rest and (denied := _DENIED.search(rest)) is not None:
        return _denied(event, inner, own, denied[0])
    elif rest.startswith(("query (cache)", "query")):  # cut by the sender: what it was about is not there
        inner.update(type=["protocol"], action="dns-query")
    elif rest.startswith(("error sending response", "cannot respond", "message parsing failed", "rejected", "dropped")):
        inner.update(action="client-error", outcome="failure", reason=rest)
    else:
        return rest.startswith(("reset client", "no more recursive clients", "recursive", "ECS", "servfail cache"))
    return True


_READERS: dict[str, Reader] = {
    "query:": _query,
    "response:": _response,
    "query": _query_failed,
    "recursive": _denied,
    "zone": _denied,
    "update": _denied,
    "dynamic": _denied,
    "notify": _denied,
    "updating": _update,
    "transfer": _transfer,
    "rpz": read_rewrite,
    "disabled": read_rewrite,
    "rate": _limit,
    "would": _limit,
    "bad": _bad_transfer,
    "received": _notify,
}
