"""Who logs in to the firewall's web pages and what they change there: `php-fpm` of pfSense, `audit` of OPNsense."""

import re
from typing import Any

from vagt.contracts.event import Event

_FAILED = re.compile(
    r"(?:webConfigurator|Web GUI) authentication error for (?:user )?'(?P<user>[^']{0,128})' (?:during "
    r".{1,64} )?from:? (?P<ip>[0-9A-Fa-f.:]{2,45})"
)
_DONE = re.compile(
    r"(?P<what>Successful login|User logged out|Session timed out) for user '(?P<user>[^']{0,128})' "
    r"from:? (?P<ip>[0-9A-Fa-f.:]{2,45})"
)
_SERVICE = re.compile(
    r"user (?P<user>\S{1,128}) (?:authenticated (?P<good>successfully)|(?P<bad>could not authenticate|"
    r"failed authentication)) for (?P<service>[\w-]{1,64})"
)
_PFSENSE_CHANGE = re.compile(
    r"Configuration Change: (?P<user>[^@\s]{1,128})@(?P<ip>[0-9A-Fa-f.:]{2,45})(?: \([^)]{0,64}\))?: ?(?P<what>.*)", re.DOTALL
)
_OPNSENSE_CHANGE = re.compile(
    r"[Uu]ser (?P<user>\S{1,128}?)(?:@(?P<ip>[0-9A-Fa-f.:]{2,45}))? changed configuration(?: to "
    r"(?P<file>\S{1,256}))?(?: in (?P<page>\S{1,256}))?"
)
_ACTION = re.compile(r"action (?P<verdict>allowed|denied) (?P<what>[\w.-]{1,128}) for user (?P<user>\S{1,128})")
_PAGE = re.compile(r"(/[\w./-]{1,128}\.php|/api/[\w./-]{1,128}|/rc\.[\w.-]{1,64}): ")
_ACCOUNTS = re.compile(
    r"\b(?:user|group) (?:manager|'|added|deleted|removed|saved)|(?:added|deleted|removed|saved|modified) "
    r"(?:user|group)|system_usermanager|/api/auth/(?:user|group)",
    re.IGNORECASE,
)
_LONGEST = 4096


def read_page(event: Event, message: str) -> bool:
    """Add what a page of the firewall says; False where it is no login and no change."""
    text = message[:_LONGEST]
    inner: dict[str, Any] = event["event"]
    page = _PAGE.match(text)
    if page:
        event["url"] = {"path": page[1]}
    if match := _FAILED.search(text):
        _login(event, inner, match["user"], match["ip"], "failure", "web_login")
    elif match := _DONE.search(text):
        ends = match["what"] != "Successful login"
        _login(event, inner, match["user"], match["ip"], "success", "web_logout" if ends else "web_login", ends)
    elif match := _SERVICE.search(text):
        _login(
            event, inner, match["user"], None, "success" if match["good"] else "failure", f"{match['service'].lower()}_login"
        )
    elif (match := _PFSENSE_CHANGE.search(text)) or (match := _OPNSENSE_CHANGE.search(text)):
        _change(event, inner, match["user"], match["ip"], text)
    elif match := _ACTION.search(text):
        inner.update(kind="event", category=["configuration"], type=["info"])
        inner.update(action=match["what"], outcome="success" if match["verdict"] == "allowed" else "failure")
        event["user"] = {"name": match["user"]}
    else:
        return False
    return True


def _login(
    event: Event, inner: dict[str, Any], user: str, address: str | None, outcome: str, action: str, ends: bool = False
) -> None:
    inner.update(kind="event", category=["authentication"], type=["end" if ends else "start"], outcome=outcome, action=action)
    if user:
        event["user"] = {"name": user}
    _source(event, address)


def _source(event: Event, address: str | None) -> None:
    if address and (address := address.rstrip(".:")):
        event["source"] = {"ip": address, "address": address}


def _change(event: Event, inner: dict[str, Any], user: str, address: str | None, text: str) -> None:
    accounts = _ACCOUNTS.search(text) is not None
    inner.update(
        kind="event",
        category=["configuration", "iam"] if accounts else ["configuration"],
        type=["user", "change"] if accounts else ["change"],
        action="configuration_change",
        outcome="success",
    )
    event["user"] = {"name": user}
    _source(event, address)
