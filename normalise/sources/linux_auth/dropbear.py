"""dropbear, the small SSH server of appliances and access points: logins with address and port as `192.0.2.1:4711`."""

import re

from normalise.sources.linux_auth.fields import LONGEST, auth_fields, find_message, messages, put_end
from vagt.contracts.event import Event

_MESSAGES = messages(
    ("success password", "Password auth succeeded for '{user~}' from {place}"),
    ("success publickey", "Pubkey auth succeeded for '{user~}' with {key~} from {place}"),
    ("failure password", "Bad password attempt for '{user~}' from {place}"),
    ("failure pam", "Bad PAM password attempt for '{user~}' from {place}"),
    ("failure none", "Login attempt for nonexistent user '{user~}' from {place}"),
    ("failure none", "Login attempt for nonexistent user from {place}"),
    ("failure none", "login attempt for nonexistent user from {place}"),
)
_EXIT = re.compile(
    r"Exit before auth from <([^>\s]{1,64}):([0-9]{1,5})>: (?:\(user '(.{0,256}?)', [0-9]{1,5} fails\): )?(.*)", re.DOTALL
)
_COPY = re.compile(r"\[[0-9]{1,10}\] [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} ")  # dropbear -E under a service manager


def read_dropbear(event: Event, message: str) -> None:
    """The same action and fields as a login through sshd (`ssh_login`, `linux.auth.ssh`)."""
    text = message[:LONGEST]
    if text.startswith("[") and (copy := _COPY.match(text)):
        text = text[copy.end() :]
    known = find_message(_MESSAGES, text)
    if known is None:
        _read_exit(event, text)
        return
    (outcome, method), found = known[0].split(), known[1]
    event["event"] |= {
        "category": ["authentication", "session"] if outcome == "success" else ["authentication"],
        "type": ["info"],
        "action": "ssh_login",
        "outcome": outcome,
    }
    address, _, port = found["place"].rpartition(":")
    put_end(event, "source", address, port)
    if "user" in found:
        event["user"] = {"name": found["user"]}
    ssh: dict[str, str | bool] = {"event": "Accepted" if outcome == "success" else "Failed", "method": method}
    if "key" in found:
        ssh["signature"] = found["key"]
    if method == "none":
        ssh["invalid_user"] = True
    auth_fields(event)["ssh"] = ssh


def _read_exit(event: Event, text: str) -> None:
    """`Exit before auth from <ADDRESS:PORT>: [(user 'NAME', N fails): ]REASON`."""
    match = _EXIT.fullmatch(text)
    if match is None:
        return
    address, port, name, reason = match.groups()
    category = ["authentication", "network"] if name else ["network"]
    event["event"] |= {"category": category, "type": ["end"], "action": "ssh_disconnect", "outcome": "failure"}
    put_end(event, "source", address, port)
    if name:
        event["user"] = {"name": name}
    auth_fields(event)["ssh"] = {"event": "Disconnected", "reason": reason.strip(), "preauth": True}
