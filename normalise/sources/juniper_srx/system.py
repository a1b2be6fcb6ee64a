"""Logins, commands, commits, VPN and interfaces of a Junos device, by tag; the text has what no attribute has."""

import re
from typing import Any

from normalise.login_lines import password_login
from normalise.placing import port
from normalise.sources.juniper_srx.fields import Pairs
from vagt.contracts.event import Event

_USER = re.compile(r"\b[Uu]ser '?([^'\s,]{1,128})'?")
_HOST = re.compile(r"from (?:host )?'?([0-9A-Fa-f.:]{3,45}|[\w.-]{1,128})'?")
_SSH = re.compile(r"ssh-connection '([0-9A-Fa-f.:]{3,45}) (\d{1,5}) ([0-9A-Fa-f.:]{3,45}) (\d{1,5})'")
_COMMAND = re.compile(r"command '(.*)'\s*$", re.DOTALL)
_PEER = re.compile(r"(?:[Rr]emote[- ](?:IP|ip|gateway)|[Pp]eer|gateway)[:= ]+'?([0-9A-Fa-f.:]{3,45})")
# tag: action, outcome
_LOGINS = {
    "UI_AUTH_EVENT": ("login", "success"), "UI_LOGIN_EVENT": ("login", "success"), "UI_AUTH_INVALID_CHALLENGE": ("login",
    "failure"),
    "UI_LOGIN_FAILED": ("login", "failure"), "LOGIN_INFORMATION": ("login", "success"), "LOGIN_ROOT": ("login", "success"),
    "LOGIN_FAILED": ("login", "failure"), "LOGIN_PAM_AUTHENTICATION_ERROR": ("login", "failure"), "LOGIN_PAM_ERROR": ("login",
    "failure"),
    "LOGIN_PAM_USER_UNKNOWN": ("login", "failure"), "LOGIN_TIMED_OUT": ("login", "failure"), "LOGIN_REFUSED": ("login",
    "failure"),
    "SSHD_LOGIN_FAILED": ("login", "failure"), "SSHD_LOGIN_FAILED_LIMIT": ("login", "failure"),
    "SSHD_LOGIN_ATTEMPTS_THRESHOLD": ("login", "failure"), "SSH_INVALID_LOGIN": ("login", "failure"),
    "JADE_AUTH_SUCCESS": ("login", "success"), "JADE_AUTH_FAILURE": ("login", "failure"),
    "WEB_AUTH_SUCCESS": ("login", "success"), "WEB_AUTH_FAIL": ("login", "failure"), "WEB_WEBAUTH_AUTH_FAIL": ("login",
    "failure"),
    "WEB_WEBAUTH_AUTH_OK": ("login", "success"), "FWAUTH_FTP_USER_AUTH_FAIL": ("login", "failure"),
    "FWAUTH_HTTP_USER_AUTH_OK": ("login", "success"), "FWAUTH_HTTP_USER_AUTH_FAIL": ("login", "failure"),
    "FWAUTH_WEBAUTH_SUCCESS": ("login", "success"), "FWAUTH_WEBAUTH_FAIL": ("login", "failure"),
    "DYNAMIC_VPN_AUTH_OK": ("login", "success"), "DYNAMIC_VPN_AUTH_FAIL": ("login", "failure"),
    "DYNAMIC_VPN_AUTH_INVALID": ("login", "failure"), "SNMPD_AUTH_FAILURE": ("snmp_authentication", "failure"),
    "UI_LOGOUT_EVENT": ("logout", "success"), "LOGIN_LOGOUT": ("logout", "success"),
    "LIBJNX_LOGIN_ACCOUNT_LOCKED": ("lockout", "failure"),
    "LIBJNX_LOGIN_ACCOUNT_UNLOCKED": ("unlock", "success"), "UI_TACPLUS_ERROR": ("login", "failure"),
}  # fmt: skip
_CHANGES = (
    "UI_COMMIT",
    "UI_CFG_AUDIT_",
    "UI_LOAD_EVENT",
    "UI_FACTORY_OPERATION",
    "UI_REBOOT_EVENT",
    "UI_RESCUE",
    "UI_JUNOSCRIPT_CMD",
)
_TUNNELS = ("KMD_", "IKE_", "IKED_", "IPSEC_", "RT_IPSEC_", "DYNAMIC_VPN_")


def add_system(event: Event, inner: dict[str, Any], tag: str, pairs: Pairs, text: str) -> bool:
    """Categorise by tag. False for a tag that only says what the device does."""
    inner["action"] = tag.lower()
    if tag in _LOGINS:
        _add_login(event, inner, tag, text)
    elif tag.startswith(("UI_CMDLINE_READ_LINE", "UI_JUNOSCRIPT_CMD", "UI_NETCONF_CMD")):
        inner["category"], inner["type"] = ["process"], ["start"]
        if command := pairs.get("command") or ((found := _COMMAND.search(text)) and found[1]):
            event.setdefault("process", {})["command_line"] = command.strip()
    elif tag.startswith(_CHANGES):
        change = "deletion" if tag.startswith("UI_CFG_AUDIT_") and re.search(r"\bdelete[:d]", text) else "change"
        inner["category"], inner["type"], inner["outcome"] = ["configuration"], [change], "success"
        if "FAIL" in tag or "ERROR" in tag:
            inner["outcome"] = "failure"
    elif tag.startswith("UI_DBASE_"):
        inner["category"], inner["type"] = ["configuration"], ["access"]
    elif tag.startswith(_TUNNELS):
        _add_tunnel(event, inner, tag, text)
    elif tag.startswith(("SNMP_TRAP_LINK", "RPD_", "BFDD_", "ESWD_", "L2ALD_", "LACPD_", "JSRPD_", "PING_", "JDHCPD_")):
        inner["category"], inner["type"] = ["network"], ["info"]
    else:
        return False
    _add_actor(event, text)
    return True


def _add_login(event: Event, inner: dict[str, Any], tag: str, text: str) -> None:
    action, outcome = _LOGINS[tag]
    inner["action"], inner["outcome"] = action, outcome
    inner["category"], inner["type"] = ["authentication"], ["end" if action == "logout" else "start"]
    if "lock" in action:
        inner["category"], inner["type"] = ["authentication", "iam"], ["info", "user", "change"]


def _add_tunnel(event: Event, inner: dict[str, Any], tag: str, text: str) -> None:
    down = "DOWN" in tag or "TERMINAT" in tag
    up = "_UP" in tag or "ESTABLISHED" in tag
    inner["category"], inner["type"] = ["network"], ["connection", "end" if down else "start" if up else "info"]
    if "FAIL" in tag or "ERROR" in tag or "BAD" in tag:
        inner["outcome"] = "failure"
    elif up or down:
        inner["outcome"] = "success"
    if found := _PEER.search(text):
        event.setdefault("source", {}).setdefault("ip", found[1])


def _add_actor(event: Event, text: str) -> None:
    """User and address of the text, where no attribute gave them."""
    if "user" not in event and (found := _USER.search(text)):
        event["user"] = {"name": found[1]}
    source = event.setdefault("source", {})
    if "ip" in source:
        return
    if found := _SSH.search(text):
        source["ip"], source["port"] = found[1], port(found[2])
        event["destination"] = {"ip": found[3], "port": port(found[4])}
    elif "authentication" in event["event"]["category"] and (found := _HOST.search(text)):
        place = "ip" if found[1][:1].isdecimal() or ":" in found[1] else "domain"
        source[place] = found[1]


def add_sshd(event: Event, inner: dict[str, Any], text: str) -> bool:
    """OpenSSH's own lines, which Junos passes on without a tag."""
    login = password_login(text)
    if login is None:
        return False
    inner["category"], inner["type"], inner["action"] = ["authentication"], ["start"], "login"
    inner["outcome"] = login.outcome
    event["user"] = {"name": login.user}
    event["source"] = {"ip": login.ip, "port": login.port}
    return True
