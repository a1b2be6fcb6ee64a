"""OpenSSH's lines about passwords and keys, as devices with a Unix inside pass them on."""

import re
from typing import NamedTuple

from normalise.placing import address, port

_PASSWORD = re.compile(
    r"(?P<word>Failed|Accepted) (?P<method>\S{1,32}) for (?:invalid user |illegal user )?(?P<user>\S{1,128}) from "
    r"(?P<ip>\S{2,45})"
    r"(?: port (?P<port>\d{1,5}))?"
)


class Login(NamedTuple):
    """One attempt; `outcome` is `success` or `failure`."""

    user: str
    ip: str | None
    port: int | None
    outcome: str


def password_login(text: str) -> Login | None:
    """The attempt that a line of sshd tells of; None for any other line."""
    found = _PASSWORD.match(text)
    if found is None:
        return None
    number = port(found["port"]) if found["port"] else None
    return Login(found["user"], address(found["ip"]), number, "success" if found["word"] == "Accepted" else "failure")
