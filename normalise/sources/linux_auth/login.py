"""login, systemd-logind, cron and polkit: console logins, sessions, commands by the clock, privileges asked for."""

import re

from normalise.sources.linux_auth.fields import LONGEST, auth_fields, find_message, messages, put_end
from vagt.contracts.event import Event

_LOGIN = messages(
    ("failure", "FAILED LOGIN ({number}) on '{tty}' from '{rhost~}' FOR '{user~}', {reason~}"),
    ("failure", "FAILED LOGIN ({number}) on '{tty}' FOR '{user~}', {reason~}"),
    ("failure", "FAILED LOGIN {number} FROM {rhost} FOR {user~}, {reason~}"),
    ("failure", "FAILED LOGIN SESSION FROM {rhost} FOR {user~}, {reason~}"),
    ("failure", "FAILED LOGIN ON {tty} FOR '{user~}', {reason~}"),
    ("failure", "TOO MANY LOGIN TRIES ({number}) on '{tty}' FOR '{user~}'…"),
    ("failure", "TOO MANY LOGIN TRIES ({number}) FROM {rhost} FOR {user~}, {reason~}"),
    ("success", "ROOT LOGIN ON {tty} FROM {rhost}"),
    ("success", "ROOT LOGIN ON {tty}"),
    ("success", "ROOT LOGIN  on '{tty}' from '{rhost}'"),
    ("success", "ROOT LOGIN  on '{tty}'"),
    ("success", "LOGIN ON {tty} BY {user} FROM {rhost}"),
    ("success", "LOGIN ON {tty} BY {user}"),
    ("success", "DIALUP AT {tty} BY {user}"),
)


def read_login(event: Event, message: str) -> None:
    """login of util-linux and shadow: `FAILED LOGIN 1 FROM tty1 FOR x, reason`, `LOGIN ON tty1 BY x`, `ROOT LOGIN ON tty1`."""
    text = message[:LONGEST]
    known = find_message(_LOGIN, text)
    if known is None:
        return
    outcome, found = known
    category = ["authentication", "session"] if outcome == "success" else ["authentication"]
    event["event"] |= {"category": category, "type": ["info"], "action": "console_login", "outcome": outcome}
    name = found.get("user", "root" if text.startswith("ROOT LOGIN") else None)
    if name:
        event["user"] = {"name": name}
    rhost = found.get("rhost")
    if rhost is not None and not rhost.startswith(("tty", "/dev/", "pts/", "(null)")):
        put_end(event, "source", rhost)
    auth_fields(event)["login"] = {key: found[key] for key in ("tty", "reason") if key in found}


_NEW_SESSION = re.compile(r"New session '?([A-Za-z0-9]{1,32})'? of user '?([^\s']{1,256}?)'?(?: with class .*)?\.?\s*")
_SESSION_END = re.compile(r"(?:Session '?([A-Za-z0-9]{1,32})'? logged out\..*|Removed session '?([A-Za-z0-9]{1,32})'?\.)\s*")


def read_logind(event: Event, message: str) -> None:
    """`New session N of user NAME.`; `Session N logged out…`; `Removed session N.`; shutdown and reboot."""
    text = message[:LONGEST]
    if match := _NEW_SESSION.fullmatch(text):
        event["event"] |= {"category": ["session"], "type": ["start"], "action": "logind_session_opened", "outcome": "success"}
        event["user"] = {"name": match[2]}
        auth_fields(event)["session"] = {"id": match[1]}
    elif match := _SESSION_END.fullmatch(text):
        action = "logind_session_closed" if match[2] else "logind_logged_out"
        event["event"] |= {"category": ["session"], "type": ["end"], "action": action}
        auth_fields(event)["session"] = {"id": match[1] or match[2]}
    elif text.startswith(("System is ", "The system will ")) and ("reboot" in text or "power" in text or "halt" in text):
        event["event"] |= {"category": ["host"], "type": ["end"], "action": "system_shutdown"}


_CRON_COMMAND = re.compile(r"\(([^()\s]{1,256})\) CMD \((.*)\)\s*", re.DOTALL)
_CRON_OTHER = re.compile(
    r"\(([^()\s]{1,256})\) (REPLACE|BEGIN EDIT|END EDIT|LIST|DELETE|RELOAD|AUTH|WRONG [A-Z ]+) \(([^()]{0,256})\)\s*"
)
_CRON_CHANGES = {"REPLACE": "crontab_replaced", "DELETE": "crontab_deleted", "BEGIN EDIT": "crontab_edited"}


def read_cron(event: Event, message: str) -> None:
    """`(NAME) CMD (COMMAND)`; `(NAME) REPLACE (NAME)` and the other words of crontab."""
    text = message[:LONGEST]
    if match := _CRON_COMMAND.fullmatch(text):
        event["event"] |= {"category": ["process"], "type": ["start"], "action": "cron_command"}
        event["process"]["command_line"] = match[2]
        event["user"] = {"name": match[1]}
    elif match := _CRON_OTHER.fullmatch(text):
        action = _CRON_CHANGES.get(match[2])
        if action is not None:
            event["event"] |= {"category": ["configuration"], "type": ["change"], "action": action}
        event["user"] = {"name": match[1], "target": {"name": match[3]}}


_POLKIT = re.compile(
    r"Operator of (\S{1,256}) (successfully authenticated as unix-user:(\S{1,256}) to gain|FAILED to authenticate to gain) "
    r"(TEMPORARY |ONE-SHOT |)authorization for action (\S{1,256}) for (\S{1,256}) "
    r"\[(.{0,2048}?)\] \(owned by unix-user:([^\s)]{1,256})\)\s*"
)


def read_polkit(event: Event, message: str) -> None:
    """polkitd: who asked to act as whom, for which action, and whether the password was right."""
    match = _POLKIT.fullmatch(message[:LONGEST])
    if match is None:
        return
    good = match[2].startswith("succ")
    outcome = "success" if good else "failure"
    event["event"] |= {"category": ["authentication"], "type": ["info"], "action": "polkit_authorization", "outcome": outcome}
    event["user"] = {"name": match[8]}
    if match[3]:
        event["user"]["effective"] = {"name": match[3]}
    event["process"]["command_line"] = match[7]
    auth_fields(event)["polkit"] = {"session": match[1], "action": match[5], "subject": match[6]}
