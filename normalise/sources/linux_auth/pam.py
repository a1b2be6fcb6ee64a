"""Messages of PAM modules, whichever program called them: `pam_unix(sshd:auth): authentication failure; …` and the like."""

import re

from normalise.sources.linux_auth.fields import LONGEST, auth_fields, find_message, messages, put_end
from vagt.contracts.event import Event

_PREFIX = re.compile(r"\(?(pam_[a-z0-9_]{1,40})\)?(?:\(([^():\s]{1,64}):?([a-z_]{0,16})\))?(?:\[[0-9]{1,10}\])?:? ")
_FIELDS = re.compile(
    r"logname=(\S*|.*?) +uid=(\S*) +euid=(\S*) +tty=(\S*|.*?) +ruser=(\S*|.*?) +rhost=(\S*)(?:\s+user=(\S*|.*?))?\s*"
)
_SESSION = re.compile(
    r"session (opened|closed) for user ([^\s(]{1,256})(?:\(uid=([0-9]{1,10})\))?"
    r"(?: by ([^\s(]{0,256})(?:\(uid=([0-9]{1,10})\))?)?\s*"
)


# how a message begins that names no module: Linux-PAM before 0.99 named itself in the tag (`su(pam_unix)[1]: `), sshd says
# `PAM 2 more authentication failures; …`
PAM_WORDS = (
    "authentication failure; logname=",
    "session opened for user ",
    "session closed for user ",
    "check pass; user unknown",
    *(f"{word}{digit}" for word in ("PAM ", "") for digit in range(1, 10)),
)


def read_pam(event: Event, message: str, program: str) -> bool:
    """Whether `message` is one of a PAM module's; if so what it says is added. `program` called the module."""
    match = _PREFIX.match(message)
    if match is not None:
        module, service, kind = match[1], match[2], match[3]
        text = message[match.end() :]
    elif message.startswith(PAM_WORDS) and (not message[0].isdigit() or _MORE.match(message)):
        module = service = kind = None
        text = message.removeprefix("PAM ")
    else:
        return False
    pam = {"service": service or program}
    if module is not None:
        pam["module"] = module
    if kind:
        pam["type"] = kind
    auth_fields(event)["pam"] = pam
    if text.startswith("session "):
        _read_session(event, text, pam)
    elif "authentication " in text and "logname=" in text:
        _read_result(event, text[:LONGEST], pam)
    else:
        _read_text(event, text[:LONGEST], pam)
    return True


_MORE = re.compile(r"([0-9]{1,6}) more authentication failures?; ")


def _read_session(event: Event, text: str, pam: dict[str, str]) -> None:
    match = _SESSION.fullmatch(text[:LONGEST])
    if match is None:
        return
    state, name, uid, by_name, by_uid = match.groups()
    event["event"] |= {
        "category": ["session"],
        "type": ["start" if state == "opened" else "end"],
        "action": f"session_{state}",
        "outcome": "success",
    }
    user = {"name": name}
    if uid:
        user["id"] = uid
    event["user"] = user
    if by_name:
        pam["by_user"] = by_name
    if by_uid:
        pam["by_uid"] = by_uid


def _authentication(event: Event, outcome: str) -> None:
    event["event"] |= {
        "category": ["authentication"],
        "type": ["info"],
        "action": "pam_authentication",
        "outcome": outcome,
    }


def _read_result(event: Event, text: str, pam: dict[str, str]) -> None:
    """`[N more ]authentication failure[s]; logname= uid= euid= tty= ruser= rhost=[ user=]`; `authentication success; …`."""
    _authentication(event, "success" if text.startswith("authentication success") else "failure")
    if more := _MORE.match(text):
        event.setdefault("vagt", {})["repeated"] = int(more[1])
    head, _, rest = text.partition("; ")
    match = _FIELDS.fullmatch(rest)
    if match is None:
        return
    pam["result"] = head
    logname, uid, euid, tty, ruser, rhost, user = match.groups()
    caller = {"logname": logname, "uid": uid, "euid": euid, "tty": tty, "ruser": ruser}
    pam.update({name: value for name, value in caller.items() if value})
    if rhost:
        put_end(event, "source", rhost)
    if user or ruser:
        event["user"] = {"name": user or ruser}


# action (`pam`: an authentication like any other), outcome: what the message looks like
_TEXTS = messages(
    ("pam failure", "received for user {user~}: {code} ({result~})"),
    ("password_changed success", "password changed for {user}"),
    ("pam failure", "check pass; {result~}"),
    ("account_locked failure", "user {user~} ({uid}) tally {result~}"),
    ("account_locked failure", "user {user~} ({uid}) has time limit {result~}"),
    ("account_locked failure", "Consecutive login failures for user {user~} account {result~}"),
    ("pam failure", "access denied for user '{user~}' from '{rhost~}'"),
    ("pam_requirement failure", 'requirement "{result~}" not met by user "{user~}"'),
    ("pam_requirement success", 'requirement "{result~}" was met by user "{user~}"'),
    ("pam failure", "Refused user {user} for service {result}"),
    ("pam failure", "account {user} has expired {result~}"),
    ("pam failure", "account {user} is locked{result~}"),
    ("pam failure", "bad username [{user~}]"),
    ("pam failure", "could not identify user (from getpwnam({user~}))…"),
    ("pam success", "Accepted google_authenticator for {user~}"),
    ("pam failure", "Invalid verification code for {user~}"),
    ("pam success", "user '{user~}' granted access"),
    ("pam failure", "user '{user~}' denied access{result~}"),
)


def _read_text(event: Event, text: str, pam: dict[str, str]) -> None:
    known = find_message(_TEXTS, text)
    if known is None:
        return
    (action, outcome), found = known[0].split(), known[1]
    if action == "password_changed":
        event["event"] |= {"category": ["iam"], "type": ["user", "change"], "action": action, "outcome": outcome}
    else:
        _authentication(event, outcome)
        if action != "pam":
            event["event"]["action"] = action
    if found.get("user"):
        event["user"] = {"name": found["user"]}
        if found.get("uid"):
            event["user"]["id"] = found["uid"]
        if action == "password_changed":
            event["user"]["target"] = {"name": found["user"]}
    if found.get("rhost"):
        put_end(event, "source", found["rhost"])
    if found.get("result"):
        pam["result"] = found["result"]
