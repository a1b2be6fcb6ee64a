"""Commands in the ESXi shell (`shell.log`: KB 321910) as processes, sessions of it, and who logs in to the host by SSH."""

import re
from typing import Any

from normalise.addresses import put_end
from normalise.sources.linux_auth.pam import PAM_WORDS, read_pam
from normalise.sources.linux_auth.parser import PROGRAM_READERS
from vagt.contracts.event import Event

SHELLS = frozenset(("shell", "ESXShell", "esxshell", "ash"))
UNIX = frozenset(("sshd", "sshd-session", "login", "su", "crond"))
_COMMAND = re.compile(r"\[(?P<user>[^\]\s]{1,128})\]: (?P<line>.{1,32768})", re.DOTALL)
# ESXi keeps its own tools in /bin (rules ask for the end of a program's path)
_TOOLS = frozenset(
    (
        *("esxcli", "localcli", "vim-cmd", "vmkfstools", "esxcfg-firewall", "esxcfg-vswitch", "esxcfg-vmknic", "esxcfg-info"),
        *(
            "vsish",
            "vm-support",
            "dcui",
            "configstorecli",
            "esxtop",
            "vdq",
            "chmod",
            "find",
            "kill",
            "wget",
            "python",
            "openssl",
        ),
    )
)
_FAILURE = re.compile(
    r"(?:error: PAM: )?Authentication failure for (?:illegal user )?(?P<user>\S{1,128}) from (?P<ip>\S{2,45})"
)


def is_shell_text(message: str) -> bool:
    """Whether a message of a program named `shell` is that of ESXi's."""
    return _COMMAND.match(message[:256]) is not None or "shell session" in message or message.startswith(("SSH ", "ESXi "))


def read_shell(event: Event, message: str, program: str, pid: int | None) -> None:
    """A command that was typed, or a session that began or ended."""
    inner = event["event"]
    if match := _COMMAND.match(message):
        line = match["line"].strip()
        inner.update(category=["process"], type=["start"], action="command")
        event["user"] = {"name": match["user"]}
        words = line.split(None, 1)
        name = words[0].rpartition("/")[2] if words else ""
        process: dict[str, Any] = {"command_line": line, "parent": {"name": program}}
        if pid is not None:
            process["parent"]["pid"] = pid
        if name:
            process["name"] = name
            if words[0].startswith("/"):
                process["executable"] = words[0]
            elif name in _TOOLS:
                process["executable"] = f"/bin/{name}"
        event["process"] = process
    elif "shell session started" in message or "shell session ended" in message:
        start = "started" in message
        inner.update(category=["session"], type=["start" if start else "end"], action="shell-session")
    else:
        inner.update(category=["host"], type=["info"])


def read_unix(event: Event, message: str, program: str) -> None:
    """sshd, login, su and crond of the host: Linux' own programs."""
    if match := _FAILURE.match(message[:512]):
        event["event"].update(category=["authentication"], type=["start"], action="login", outcome="failure")
        event["user"] = {"name": match["user"]}
        put_end(event, "source", match["ip"])
    elif not (message.startswith(("pam_", *PAM_WORDS)) and read_pam(event, message, program)):
        reader = PROGRAM_READERS.get(program)
        if reader is not None:
            reader(event, message)
