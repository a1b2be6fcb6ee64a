"""Messages about clients: smtpd, postscreen, and what cleanup and milters refuse (smtpd(8), postscreen(8))."""

import re
from typing import Any

from normalise.sources.postfix_server.fields import PEER, put_pairs, put_peer, read_pairs
from vagt.contracts.event import Event

Inner = dict[str, Any]
_CONNECT = re.compile(rf"(connect|disconnect) from {PEER}(?: (.*))?")
_POSTSCREEN = re.compile(
    r"(CONNECT from|DISCONNECT|PASS NEW|PASS OLD|HANGUP|PREGREET|DNSBL rank \d{1,5} for|COMMAND PIPELINING from"
    r"|COMMAND (?:TIME|LENGTH|COUNT) LIMIT from|BARE NEWLINE from|NON-SMTP COMMAND from"
    r"|(?:WHITE|ALLOW|BLACK|DENY)(?:LISTED|LIST VETO)) ?(?:\d{1,9} )?(?:after [\d.]{1,12} )?(?:from )?" + PEER + r"(.*)",
    re.DOTALL,
)
_BROKEN = re.compile(
    r"(lost connection|timeout|too many errors|improper command pipelining) after (\S{1,32})(?: \(\d{1,9} bytes\))? from "
    + PEER
    + r"(?:: (.*))?",
    re.DOTALL,
)
_SASL = re.compile(PEER + r": SASL ([\w-]{1,32}) authentication (?:failed|aborted)(?:: ?(.*))?", re.DOTALL | re.IGNORECASE)
_WARNED = re.compile(
    r"(non-SMTP command|(?:Connection rate|Connection concurrency|Message delivery request rate|Recipient address rate"
    r"|New TLS session rate|AUTH command rate) limit exceeded: \d{1,9}) from " + PEER + r"(?:: (.*)| for service .*)?",
    re.DOTALL,
)
_NAME = re.compile(r"hostname (\S{1,255}) (?:does not resolve to address|verification failed for) ([0-9A-Fa-f.:]{2,45})")
_TLS_ERROR = re.compile(rf"SSL_accept error from {PEER}: (.*)", re.DOTALL)
_TLS = re.compile(
    r"(Anonymous|Untrusted|Trusted|Verified) TLS connection established (from|to) "
    + PEER
    + r": (TLS|SSL)v([\d.]{1,3}) with cipher ([\w-]{1,64})"
)
_CLIENT = re.compile(rf"client={PEER}(.*)")
_VERDICT = re.compile(
    r"(reject|milter-reject|milter-hold|milter-discard|reject_warning|warn|warning|hold|discard|filter|redirect|replace"
    r"|prepend|info|bcc): (?:(header|body|mime-header|nested-header) (.*?) from "
    + PEER
    + r";|(\S{1,32}(?: command)?) from "
    + PEER
    + r":)(.*)",
    re.DOTALL,
)
_REPLY = re.compile(r" ?(?:(\d{3}) )?(?:(\d\.\d{1,3}\.\d{1,3}) )?(.*?)(?:; (?=from=|proto=|to=|helo=)(.*))?$", re.DOTALL)
_REFUSED = ("reject", "milter-reject")


def read_client(event: Event, inner: Inner, postfix: dict[str, Any], message: str) -> bool:
    """Messages without a queue id; gives whether it was one of these."""
    if message.startswith(("warning: ", "info: ")):
        return _read_warning(event, inner, message.partition(": ")[2])
    if match := _CONNECT.match(message):
        _connection(event, inner, match[1], match.groups()[1:4])
        if match[5]:
            _put_commands(inner, postfix, match[5])
        return True
    if match := _BROKEN.match(message):
        _broken(event, inner, postfix, match)
        return True
    if match := _POSTSCREEN.match(message):
        _postscreen(event, inner, match)
        return True
    if match := _TLS.match(message):
        end = "source" if match[2] == "from" else "destination"
        inner |= {"category": ["email", "network"], "type": ["connection", "info"], "action": "tls-established"}
        put_peer(event, end, match[3], match[4], match[5])
        event["tls"] = {"version_protocol": match[6].lower(), "version": match[7], "cipher": match[8], "established": True}
        return True
    if match := _TLS_ERROR.match(message):
        inner |= {
            "category": ["email", "network"],
            "type": ["connection", "info"],
            "action": "tls-failed",
            "outcome": "failure",
        }
        inner["reason"] = match[4]
        put_peer(event, "source", match[1], match[2], match[3])
        return True
    return False


def _connection(event: Event, inner: Inner, action: str, peer: tuple[str | None, ...]) -> None:
    kind = "start" if action == "connect" else "end"
    inner |= {"category": ["email", "network"], "type": ["connection", kind, "info"], "action": action}
    put_peer(event, "source", peer[0], peer[1] or "", peer[2])


def _put_commands(inner: Inner, postfix: dict[str, Any], text: str) -> None:
    """`ehlo=1 auth=0/1 quit=1 commands=2/3`: how many of each command were good, of how many."""
    counts = dict(word.split("=", 1) for word in text.split()[:32] if "=" in word)
    if counts:
        postfix["commands"] = counts
    good, slash, all_ = counts.get("auth", "").partition("/")
    if slash and good != all_:
        inner["outcome"] = "failure"
        inner["reason"] = "authentication was tried in vain"


def _broken(event: Event, inner: Inner, postfix: dict[str, Any], match: re.Match[str]) -> None:
    inner |= {
        "category": ["email", "network"],
        "type": ["connection", "info"] if match[1].startswith("improper") else ["connection", "end", "info"],
        "action": match[1].replace(" ", "-"),
        "outcome": "failure",
    }
    postfix["stage"] = match[2]
    put_peer(event, "source", match[3], match[4], match[5])


def _postscreen(event: Event, inner: Inner, match: re.Match[str]) -> None:
    word = match[1].removesuffix(" from").removesuffix(" for")
    inner |= {"category": ["email", "network"], "type": ["connection", "info"], "action": "-".join(word.split()[:3]).lower()}
    if word.startswith("DNSBL"):
        inner["action"] = "dnsbl-rank"
    if word == "CONNECT":
        inner["type"] = ["connection", "start", "info"]
    elif word == "DISCONNECT":
        inner["type"] = ["connection", "end", "info"]
    elif not word.startswith(("PASS", "WHITE", "ALLOW")):
        inner["outcome"] = "failure"
    if word.startswith(("BLACK", "DENY")):
        inner["type"] = ["connection", "denied", "info"]
    put_peer(event, "source", match[2], match[3], match[4])


def _read_warning(event: Event, inner: Inner, text: str) -> bool:
    if match := _SASL.match(text):
        inner |= {"category": ["authentication", "email"], "action": "sasl-authentication-failed", "outcome": "failure"}
        put_peer(event, "source", match[1], match[2], match[3])
        event["postfix"]["sasl_method"] = match[4].upper()
        reason, _, user = (match[5] or "").partition("sasl_username=")
        if reason := reason.rstrip(", "):
            inner["reason"] = reason
        if user:
            event["user"] = {"name": user.strip()}
        return True
    if match := _WARNED.match(text):
        action = match[1].partition(":")[0].lower().replace(" ", "-")
        inner |= {"category": ["email", "network"], "type": ["connection", "info"], "action": action, "outcome": "failure"}
        put_peer(event, "source", match[2], match[3], match[4])
        return True
    if match := _NAME.match(text):
        inner |= {"category": ["email", "network"], "type": ["info"], "action": "hostname-mismatch", "outcome": "failure"}
        put_peer(event, "source", match[1], match[2].rstrip(":"), None)
        return True
    return False


def read_verdict(event: Event, inner: Inner, postfix: dict[str, Any], message: str) -> bool:
    """`reject: RCPT from host[address]: 554 5.7.1 …; from=<…> to=<…> proto=ESMTP helo=<…>` and its kin; whether it was."""
    match = _VERDICT.match(message)
    if match is None:
        return False
    groups = match.groups()
    verdict, part, content = groups[:3]
    stage = part or groups[6]
    peer = groups[3:6] if part else groups[7:10]
    put_peer(event, "source", peer[0], peer[1], peer[2])
    inner |= {"category": ["email", "network"], "type": ["info"], "action": verdict}
    if verdict in _REFUSED:
        inner |= {"type": ["denied", "info"], "outcome": "failure"}
    postfix["stage"] = stage
    rest = groups[10]
    if part:
        put_pairs(event, postfix, read_pairs(rest))
        if part == "header" and content[:9].lower() == "subject: ":
            event.setdefault("email", {})["subject"] = content[9:]
        return True
    if reply := _REPLY.match(rest):
        if reply[1]:
            inner["code"] = reply[1]
        if reply[2]:
            postfix["dsn"] = reply[2]
        if reply[3]:
            inner["reason"] = reply[3]
        put_pairs(event, postfix, read_pairs(reply[4] or ""))
    return True


def read_queued_client(event: Event, inner: Inner, postfix: dict[str, Any], message: str) -> bool:
    """`client=host[address], sasl_method=PLAIN, sasl_username=anne`: whose message the queue id is."""
    match = _CLIENT.match(message)
    if match is None:
        return False
    put_peer(event, "source", match[1], match[2], match[3])
    pairs = read_pairs(match[4])
    put_pairs(event, postfix, pairs)
    inner["action"] = "message-accepted"
    inner["outcome"] = "success"
    if pairs.get("sasl_username"):
        inner["category"] = ["email", "authentication"]
        event["user"] = {"name": pairs["sasl_username"]}
    return True
