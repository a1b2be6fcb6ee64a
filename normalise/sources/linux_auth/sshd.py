"""sshd of OpenSSH (also sshd-session and sshd-auth of 9.8 and later): message -> fields.

The client chooses the user name, so every name may hold what looks like the rest of the message. sshd cuts a name at its first
colon (auth2.c: `user:style`), hence the first `ssh2: ` ends the address; before it the last ` from ` counts.
"""

from collections.abc import Callable

from normalise.sources.linux_auth.fields import PREAUTH, auth_fields, is_number, put_end, put_place, put_user
from vagt.contracts.event import Event

Read = Callable[[Event, str], None]


def read_sshd(event: Event, message: str) -> None:
    """Add what `message` says; a message that is not known stays as `message`, with the address that ends in it."""
    if message.startswith(("error: ", "fatal: ")):
        message = message[7:]
    read = _BY_WORD.get(message.partition(" ")[0])
    if read is not None:
        read(event, message)
    elif " port " in message:
        _read_other(event, message)


def _set(event: Event, category: list[str], kind: list[str], action: str, outcome: str | None = None) -> None:
    inner = event["event"]
    inner["category"] = category
    inner["type"] = kind
    inner["action"] = action
    if outcome is not None:
        inner["outcome"] = outcome


def _put_ssh(event: Event, said: str | None = None, **values: str | bool | None) -> None:
    values = {"event": said, **values}
    auth_fields(event)["ssh"] = {name: value for name, value in values.items() if value is not None}


def _read_login(event: Event, message: str) -> None:
    """`Accepted|Failed|Postponed|Partial METHOD for [invalid user ]NAME from ADDRESS[ port N][ ssh2][: KEY]`."""
    verb, _, rest = message.partition(" ")
    method, found, rest = rest.partition(" for ")
    if not found or " " in method or " from " not in rest:
        return
    if verb == "Accepted":
        _set(event, ["authentication", "session"], ["info"], "ssh_login", "success")
    elif verb == "Failed":
        _set(event, ["authentication"], ["info"], "ssh_login", "failure")
    else:
        _set(event, ["authentication"], ["info"], "ssh_login_step")
    main, found, key = rest.partition(" ssh2: ")
    if not found:
        main, _, key = rest.partition(" ssh1: ")
    name, _, place = main.rpartition(" from ")
    place = place.removesuffix(PREAUTH).removesuffix(" ssh2")
    address, _, port = place.partition(" port ")
    put_end(event, "source", address.partition(" ")[0], port.partition(" ")[0])
    invalid = put_user(event, name)
    ssh: dict[str, str | bool] = {"event": verb, "method": method}
    if key:
        ssh["signature"] = key
    if invalid:
        ssh["invalid_user"] = True
    auth_fields(event)["ssh"] = ssh


def _read_invalid(event: Event, message: str) -> None:
    """`Invalid|Illegal user NAME from ADDRESS[ port N]`."""
    name, found, place = message.partition(" user ")[2].rpartition(" from ")
    if message[:13].endswith(" user ") and found:
        _set(event, ["authentication"], ["info"], "ssh_invalid_user", "failure")
        put_place(event, place)
        put_user(event, name)
        _put_ssh(event, "Invalid", invalid_user=True)


def _read_user(event: Event, message: str) -> None:
    """`User NAME[ from ADDRESS] not allowed because REASON`; `User child is on pid N`."""
    main, found, reason = message[5:].rpartition(" not allowed because ")
    if found:
        name, _, place = main.rpartition(" from ")
        _set(event, ["authentication"], ["info"], "ssh_denied", "failure")
        put_user(event, name or place)
        if name:
            put_place(event, place)
        _put_ssh(event, "Denied", reason=reason.removesuffix(PREAUTH))


def _read_root(event: Event, message: str) -> None:
    if message.startswith("ROOT LOGIN REFUSED FROM "):
        _set(event, ["authentication"], ["info"], "ssh_denied", "failure")
        event["user"] = {"name": "root"}
        put_place(event, message[24:])
        _put_ssh(event, "Denied", reason="root login refused")


def _read_pam_error(event: Event, message: str) -> None:
    """`PAM: TEXT for [illegal user ]NAME from ADDRESS[ via OURS]`, sshd's report of what PAM said."""
    text, found, rest = message.partition(" for ")
    if not found:
        return
    name, found, place = rest.rpartition(" from ")
    if found and text.startswith("PAM: "):
        _set(event, ["authentication"], ["info"], "pam_authentication", "failure")
        put_place(event, place)
        invalid = put_user(event, name)
        _put_ssh(event, "Failed", reason=text[5:], invalid_user=True if invalid else None)


def _read_maximum(event: Event, message: str) -> None:
    """`maximum authentication attempts exceeded for [invalid user ]NAME from ADDRESS port N ssh2`."""
    name, found, place = message.partition(" exceeded for ")[2].rpartition(" from ")
    if found:
        _set(event, ["authentication"], ["info"], "ssh_max_attempts", "failure")
        put_place(event, place)
        invalid = put_user(event, name)
        _put_ssh(event, "Failed", reason="maximum authentication attempts", invalid_user=True if invalid else None)


_ENDINGS = (
    "Connection closed by remote host ",
    "Connection closed by ",
    "Connection reset by ",
    "Disconnected from ",
    "Disconnecting ",
    "Received disconnect from ",
    "Timeout, client not responding from ",
)


def _read_end(event: Event, message: str) -> None:
    """The end of a connection; before the login is done (`[preauth]`, or with a user who did not get in) it is a failure."""
    for words in _ENDINGS:
        if message.startswith(words):
            rest = message[len(words) :]
            break
    else:
        if message.startswith("Disconnecting: "):
            _read_reason_only(event, message)
        return
    early = rest.endswith(PREAUTH)
    rest = rest.removesuffix(PREAUTH)
    place, _, reason = rest.partition(": ")
    place, _, port = place.rpartition(" port ") if " port " in place else (place, "", "")
    kind, name, address = _split_user(place)
    port, _, code = port.partition(":")
    early = early or kind in ("invalid", "authenticating")
    if early and name:
        _set(event, ["authentication", "network"], ["end"], "ssh_disconnect", "failure")
    else:
        _set(event, ["network"], ["end"], "ssh_disconnect", "failure" if early else None)
    put_end(event, "source", address.rstrip(":"), port.partition(" ")[0])
    if name:
        event["user"] = {"name": name}
    invalid = True if kind == "invalid" else None
    _put_ssh(event, "Disconnected", reason=reason or None, code=code or None, preauth=early, invalid_user=invalid)


def _split_user(place: str) -> tuple[str, str, str]:
    """`[invalid user NAME |authenticating user NAME |user NAME ]ADDRESS` -> (kind, name, address)."""
    for kind, words in (("invalid", "invalid user "), ("authenticating", "authenticating user "), ("user", "user ")):
        if place.startswith(words):
            name, _, address = place[len(words) :].rpartition(" ")
            return kind, name, address
    return "", "", place.partition(" ")[0]


def _read_reason_only(event: Event, message: str) -> None:
    """`Disconnecting: Too many authentication failures[ for NAME] [preauth]` names no address."""
    reason = message[15:].removesuffix(PREAUTH)
    failed = reason.startswith("Too many authentication failures")
    _set(event, ["authentication"] if failed else ["network"], ["end"], "ssh_disconnect", "failure" if failed else None)
    name = reason.partition(" failures for ")[2]
    if failed and name:
        put_user(event, name)
    _put_ssh(event, "Disconnected", reason=reason, preauth=message.endswith(PREAUTH))


def _read_connection(event: Event, message: str) -> None:
    if message.startswith("Connection from "):
        client, _, server = message[16:].partition(" on ")
        _set(event, ["network"], ["connection", "start"], "ssh_connection")
        put_place(event, client)
        if server:
            put_place(event, server, "destination")
    else:
        _read_end(event, message)


def _probe(action: str, before: str, reason: str) -> Read:
    """A reader of messages in which a client does not speak SSH, or not one that this server speaks."""

    def read(event: Event, message: str) -> None:
        main, found, place = message.rpartition(before)
        if found:
            place, _, detail = place.removesuffix(PREAUTH).partition(": ")
            _set(event, ["network"], ["connection", "denied"], action, "failure")
            put_place(event, place)
            offer = main.partition(" identification ")[2].strip("'") if "protocol version" in main else ""
            _put_ssh(event, reason=detail or reason, identification=offer or None)

    return read


def _read_broken(event: Event, message: str) -> None:
    """The connection broke, or no algorithm was agreed upon; the message names no address."""
    agreed = message.startswith(("no matching ", "Unable to negotiate a "))
    _set(event, ["network"], ["end"], "ssh_negotiation_failed" if agreed else "ssh_disconnect", "failure")
    _put_ssh(event, reason=message.removesuffix(PREAUTH), preauth=message.endswith(PREAUTH))


def _read_error(event: Event, message: str) -> None:
    """`Read error from remote host ADDRESS port N: REASON`; `Read from socket failed: REASON`."""
    place, found, reason = message.removeprefix("Read error from remote host ").partition(": ")
    if message.startswith("Read error from remote host ") and found:
        _set(event, ["network"], ["end"], "ssh_disconnect", "failure")
        put_place(event, place)
        _put_ssh(event, "Disconnected", reason=reason)
    elif message.startswith("Read from socket failed"):
        _read_broken(event, message)


def _read_unable(event: Event, message: str) -> None:
    if message.startswith("Unable to negotiate a "):
        _read_broken(event, message)
    elif message.startswith("Unable to negotiate with "):
        place, _, detail = message[25:].removesuffix(PREAUTH).partition(": ")
        _set(event, ["network"], ["connection", "denied"], "ssh_negotiation_failed", "failure")
        put_place(event, place)
        _put_ssh(event, "Denied", reason=detail)


def _read_address(event: Event, message: str) -> None:
    """`Address A maps to H, but this does not map back…`; `reverse mapping checking getaddrinfo for H [A] failed`."""
    if message.startswith("Address "):
        address, _, host = message[8:].partition(" maps to ")
    else:
        host, _, address = message.partition(" for ")[2].partition(" [")
        address = address.partition("]")[0]
    _set(event, ["network"], ["info"], "ssh_reverse_mapping")
    put_end(event, "source", address)
    name = host.partition(",")[0]
    if name and "source" in event:
        event["source"]["domain"] = name


def _read_refused(event: Event, message: str) -> None:
    """`refused connect from HOST (ADDRESS)` (TCP wrappers)."""
    host, _, address = message.partition(" from ")[2].partition(" (")
    _set(event, ["network"], ["connection", "denied"], "ssh_denied", "failure")
    put_end(event, "source", address.rstrip(") ") or host)
    if address and "source" in event:
        event["source"]["domain"] = host
    _put_ssh(event, "Denied", reason="refused by TCP wrappers")


def _read_drop(event: Event, message: str) -> None:
    """`drop connection #N from [A]:P on [B]:Q REASON` (MaxStartups, penalties)."""
    client, _, rest = message.partition(" from [")[2].partition(" on [")
    address, _, port = client.partition("]:")
    server, _, tail = rest.partition("]:")
    _set(event, ["network"], ["connection", "denied"], "ssh_denied", "failure")
    put_end(event, "source", address, port)
    put_end(event, "destination", server, tail.partition(" ")[0])
    _put_ssh(event, "Denied", reason=tail.partition(" ")[2].strip())


def _read_session(event: Event, message: str) -> None:
    """`Starting session: WHAT[ on TTY] for NAME from ADDRESS port N id M`; `Close session: user NAME from …`."""
    main, found, place = message.rpartition(" from ")
    if not found:
        return
    starts = message.startswith("Starting session: ")
    _set(event, ["session"], ["start" if starts else "end"], "ssh_session")
    put_place(event, place)
    put_user(event, main.rpartition(" for " if starts else " user ")[2])


def _read_timeout(event: Event, message: str) -> None:
    """`Timeout before authentication for [connection from ]ADDRESS[ port N][ to …]`."""
    _, found, place = message.partition(" authentication for ")
    if found:
        _set(event, ["network"], ["end"], "ssh_disconnect", "failure")
        put_place(event, place.removeprefix("connection from "))
        _put_ssh(event, "Disconnected", reason="timeout before authentication", preauth=True)


def _read_tried(event: Event, message: str) -> None:
    """`Authentication tried for NAME with correct key but not from a permitted host (host=H, ip=A)`."""
    name, found, place = message.partition(" tried for ")[2].rpartition(" with ")
    if found:
        _set(event, ["authentication"], ["info"], "ssh_denied", "failure")
        put_user(event, name)
        put_end(event, "source", place.partition("ip=")[2].partition(")")[0].partition(",")[0])
        _put_ssh(event, "Denied", reason="correct key, host not permitted")


def _read_preauth_user(event: Event, message: str) -> None:
    """`input_userauth_request: invalid user NAME [preauth]`, which repeats `Invalid user`."""
    _set(event, ["authentication"], ["info"], "ssh_step")
    put_user(event, message.partition(": ")[2].removesuffix(PREAUTH))


def _read_listening(event: Event, message: str) -> None:
    if message.startswith("Server listening on "):
        _set(event, ["process"], ["start"], "ssh_listening")


def _read_other(event: Event, message: str) -> None:
    """Any other message with `ADDRESS port N` in it: the last one that is an address."""
    before, _, after = message.rpartition(" port ")
    port = after.partition(" ")[0].rstrip(":,.")
    if is_number(port):
        put_end(event, "source", before.rpartition(" ")[2], port)
        if "ip" not in event.get("source", {"ip": None}):
            del event["source"]


_BY_WORD: dict[str, Read] = {
    "Accepted": _read_login,
    "Failed": _read_login,
    "Postponed": _read_login,
    "Partial": _read_login,
    "Invalid": _read_invalid,
    "Illegal": _read_invalid,
    "User": _read_user,
    "ROOT": _read_root,
    "PAM:": _read_pam_error,
    "maximum": _read_maximum,
    "Connection": _read_connection,
    "Disconnected": _read_end,
    "Disconnecting": _read_end,
    "Disconnecting:": _read_end,
    "Received": _read_end,
    "Timeout,": _read_end,
    "Timeout": _read_timeout,
    "Did": _probe("ssh_probe", " from ", "no identification"),
    "Bad": _probe("ssh_probe", " from ", "bad protocol version"),
    "banner": _probe("ssh_probe", " from ", "banner exchange"),
    "Protocol": _probe("ssh_probe", " for ", "protocol versions differ"),
    "ssh_dispatch_run_fatal:": _probe("ssh_negotiation_failed", " from ", "key exchange"),
    "Read": _read_error,
    "kex_exchange_identification:": _read_broken,
    "no": _read_broken,
    "Corrupted": _read_broken,
    "Unable": _read_unable,
    "Address": _read_address,
    "reverse": _read_address,
    "refused": _read_refused,
    "drop": _read_drop,
    "Starting": _read_session,
    "Close": _read_session,
    "Authentication": _read_tried,
    "input_userauth_request:": _read_preauth_user,
    "Server": _read_listening,
}
_WITHOUT_MEANING = ("Could not get shadow information for ", "Received signal ", "Exiting on signal ", "debug1: ")


def is_own_log(message: str) -> bool:
    """Whether `message`, which no header goes before, is one of sshd's own log file (`sshd -E FILE`)."""
    if message.startswith("no ") and not message.startswith("no matching "):
        return False
    event: Event = {"event": {}}
    read_sshd(event, message)
    return "action" in event["event"] or message.startswith(_WITHOUT_MEANING)
