"""dropbear, the small SSH server of appliances and access points: logins with address and port as `192.0.2.1:4711`."""

from normalise.sources.linux_auth.fields import LONGEST, auth_fields, find_message, messages, put_end
from vagt.contracts.event import Event

_MESSAGES = messages(
    ("success password", "Password auth succeeded for '{user~}' from {place}"),
    ("success publickey", "Pubkey auth succeeded for '{user~}' with {key~} from {place}"),
    ("failure password", "Bad password attempt for '{user~}' from {place}"),
    ("failure pam", "Bad PAM password attempt for '{user~}' from {place}"),
    ("failure none", "Login attempt for nonexistent user '{user~}' from {place}"),
    ("failure none", "Login attempt for nonexistent user from {place}"),
)


def read_dropbear(event: Event, message: str) -> None:
    """The same action and fields as a login through sshd (`ssh_login`, `linux.auth.ssh`)."""
    known = find_message(_MESSAGES, message[:LONGEST])
    if known is None:
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
