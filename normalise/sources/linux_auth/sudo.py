"""sudo, su, doas and pkexec: who ran what as whom."""

import re

from normalise.sources.linux_auth.fields import LONGEST, auth_fields, find_message, messages
from vagt.contracts.event import Event

_KEYS = {
    "TTY": "tty",
    "PWD": "pwd",
    "USER": "user",
    "GROUP": "group",
    "TSID": "tsid",
    "ENV": "env",
    "HOST": "host",
    "CHROOT": "chroot",
}


def _set(event: Event, outcome: str, action: str, category: list[str], kind: list[str]) -> None:
    event["event"] |= {"category": category, "type": kind, "action": action, "outcome": outcome}


def _put_users(event: Event, name: str, effective: str | None) -> None:
    user: dict[str, object] = {}
    if name:
        user["name"] = name
    if effective:
        user["effective"] = {"name": effective}
    event["user"] = user


def read_sudo(event: Event, message: str) -> None:
    """`NAME : [ERROR ; ]TTY=… ; PWD=… ; USER=… ; COMMAND=…` (sudo, eventlog.c); a denied command carries its reason first."""
    name, found, rest = message.partition(" : ")
    name = name.strip()
    if not found or not name or " " in name:
        return
    head, has_command, command = rest.partition("COMMAND=")
    if "=" not in head:
        _read_unfinished(event, name, rest, command)
        return
    sudo: dict[str, str | bool] = {}
    if " ; COMMAND=" in command:  # a folder's name can hold what looks like fields: do not trust USER then
        sudo["ambiguous"] = True
    for part in head.split(" ; "):
        key, equals, value = part.partition("=")
        word = _KEYS.get(key.strip())
        if equals and word is not None:
            sudo[word] = value.strip()
        elif part.strip():
            sudo.setdefault("error", part.strip())
    if has_command:
        sudo["command"] = command
        event["process"]["command_line"] = command
    if "pwd" in sudo:
        event["process"]["working_directory"] = sudo["pwd"]
    denied = "error" in sudo
    _set(event, "failure" if denied else "success", "sudo_denied" if denied else "sudo_command", ["process"], ["start"])
    if denied:
        event["event"]["type"] = ["info"]
    _put_users(event, name, str(sudo["user"]) if "user" in sudo else None)
    auth_fields(event)["sudo"] = sudo


def _read_unfinished(event: Event, name: str, rest: str, command: str) -> None:
    """`NAME : (command continued) …`, the rest of a command longer than a syslog line; any other remark about NAME."""
    sudo = {"error": rest} if not rest.startswith("(command continued) ") else {"continued": rest[20:]}
    if "continued" in sudo:
        event["event"] |= {"category": ["process"], "type": ["info"], "action": "sudo_command_continued"}
    _put_users(event, name, None)
    auth_fields(event)["sudo"] = sudo


_SU = messages(
    ("success", "Successful su for {to} by {by}"),
    ("failure", "FAILED SU (to {to~}) {by~} on {tty}"),
    ("success", "(to {to~}) {by~} on {tty}"),
    ("failure", "FAILED su for {to} by {by}"),
    ("failure", "failed: {tty} changing from {by} to {to}"),
    ("failure", "BAD SU {by} to {to} on {tty}"),
    ("failure", "'su {to}' failed for {by} on {tty}"),
    ("success", "'su {to}' succeeded for {by} on {tty}"),
)
_SU_SHORT = re.compile(r"([+-]) (\S{1,64}) ([^\s:]{1,256})[:-]([^\s:]{1,256})\s*")


def read_su(event: Event, message: str) -> None:
    """`Successful su for TO by BY`, `(to TO) BY on TTY`, `+ TTY BY:TO` and their failures (shadow, util-linux, BSD)."""
    text = message[:LONGEST]
    if (known := find_message(_SU, text)) is not None:
        outcome, found = known
        _set(event, outcome, "su", ["authentication"], ["info"])
        _put_users(event, found.get("by", ""), found.get("to"))
        auth_fields(event)["su"] = found
        return
    if match := _SU_SHORT.fullmatch(text):  # shadow's summary beside the sentence: not one more attempt
        outcome = "success" if match[1] == "+" else "failure"
        _set(event, outcome, "su_summary", ["authentication"], ["info"])
        _put_users(event, match[3], match[4])
        auth_fields(event)["su"] = {"by": match[3], "to": match[4], "tty": match[2]}


def read_doas(event: Event, message: str) -> None:
    """`NAME ran command C as TO from DIR`; `command not permitted for NAME: C`; `failed auth for NAME` (doas, doas.c)."""
    name, found, command = message.partition(" ran command ")
    denied = not found
    if denied:
        if message.startswith("failed auth for "):
            _set(event, "failure", "doas", ["authentication"], ["info"])
            _put_users(event, message[16:].strip(), None)
            return
        name, found, command = message.removeprefix("command not permitted for ").partition(": ")
        if not found or not message.startswith("command not permitted for "):
            return
    if command.startswith("as ") and ": " in command:  # OpenBSD before 6.2: `ran command as TO: C`
        target, _, command = command[3:].partition(": ")
        command = f"{command} as {target}"
    command, _, place = command.rpartition(" from ") if " from " in command else (command, "", "")
    command, _, target = command.rpartition(" as ") if " as " in command else (command, "", "")
    _set(event, "failure" if denied else "success", "doas", ["process"], ["info" if denied else "start"])
    _put_users(event, name, target)
    event["process"]["command_line"] = command
    if place:
        event["process"]["working_directory"] = place


_PKEXEC = re.compile(
    r"(\S{1,256}): (Executing command|Error executing command as another user: [^\[]{1,200}?) "
    r"\[USER=([^\]]{1,256})\] \[TTY=([^\]]{0,64})\] \[CWD=([^\]]{0,1024})\] \[COMMAND=(.*)\]\s*",
    re.DOTALL,
)


def read_pkexec(event: Event, message: str) -> None:
    """`NAME: Executing command [USER=…] [TTY=…] [CWD=…] [COMMAND=…]` (polkit, pkexec.c)."""
    match = _PKEXEC.fullmatch(message[:LONGEST])
    if match is None:
        return
    denied = match[2] != "Executing command"
    _set(event, "failure" if denied else "success", "pkexec", ["process"], ["info" if denied else "start"])
    _put_users(event, match[1], match[3])
    event["process"]["command_line"] = match[6]
    if match[5]:
        event["process"]["working_directory"] = match[5]
    auth_fields(event)["pkexec"] = {"tty": match[4], "user": match[3], "command": match[6]}
