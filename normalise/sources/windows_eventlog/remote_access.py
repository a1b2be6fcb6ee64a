"""Sessions from afar: remote desktop (host, gateway, client), WinRM, OpenSSH.

The ids of remote desktop after the event manifests of Windows Server 2008 R2 and 2022 and Windows 11 (dumps of them:
https://github.com/nasbench/EVTX-ETW-Resources).
"""

from typing import Any

from normalise.login_lines import password_login
from normalise.sources.windows_eventlog.document import text
from normalise.sources.windows_eventlog.meaning import Meanings, both, by_writer, placed, says
from vagt.contracts.event import Event

Fields = dict[str, Any]
_session = placed(user="User", source="Address")
_named = placed(user_name="Param1", user_domain="Param2", source="Param3")
LOCAL_SESSIONS: Meanings = {
    "21": says("remote-session-logon", "session/start", _session),
    "22": says("remote-session-shell-started", "session/info", _session),
    "23": says("remote-session-logoff", "session/end", _session),
    "24": says("remote-session-disconnected", "session/end", _session),
    "25": says("remote-session-reconnected", "session/start", _session),
    "39": says("remote-session-disconnected-by-session", "session/end", _session),
    "40": says("remote-session-disconnected", "session/end", _session),
    "41": says("remote-session-arbitration-begun", "session/info", _session),
    "42": says("remote-session-arbitration-ended", "session/info", _session),
}
REMOTE_CONNECTIONS: Meanings = {
    "261": says("remote-desktop-connection-received", "network/connection start"),
    "1158": says("remote-desktop-connection-accepted", "network/connection start", placed(source="Param1")),
    "1149": says("remote-desktop-network-authenticated", "authentication/start", _named),
}
_core = placed(source="ClientIP IPString")
RDP_CORE: Meanings = {
    "131": says("remote-desktop-connection-accepted", "network/connection start allowed", _core),
    "139": says("remote-desktop-security-layer-failed", "network/connection info", _core, "failure"),
    "140": says("remote-desktop-logon-failed", "authentication/start", _core, "failure"),
    "148": says("remote-desktop-channel-closed", "network/connection info"),
}
_gateway = placed(user="Username", source="IpAddress", destination="Resource", rule="GatewayPolicyName")
GATEWAY: Meanings = {
    "200": says("gateway-connection-authorised", "network/connection allowed", _gateway, "success"),
    "201": says("gateway-connection-not-authorised", "network/connection denied", _gateway, "failure"),
    **{
        code: says("gateway-connection-not-authorised", "network/connection denied", _gateway, "failure")
        for code in ("203", "204", "305", "306")  # the limit of connections, health policy, method of authentication, no tunnel
    },
    "202": says("gateway-resource-disconnected", "network/connection end", _gateway),  # by an administrator
    "300": says("gateway-resource-authorised", "network/connection allowed", _gateway, "success"),
    "301": says("gateway-resource-not-authorised", "network/connection denied", _gateway, "failure"),
    "302": says("gateway-resource-connected", "network/connection start", _gateway, "success"),
    "303": says("gateway-resource-disconnected", "network/connection end", _gateway),
    "304": says("gateway-resource-connection-failed", "network/connection start", _gateway, "failure"),
    "308": says("gateway-resource-not-authorised", "network/connection denied", _gateway, "failure"),
    "309": says("gateway-resource-disconnected", "network/connection end", _gateway),
    "307": says("gateway-resource-disconnected", "network/connection end", _gateway),
    "312": says("gateway-connection-initiated", "network/connection start", _gateway),
    "313": says("gateway-connection-initiated", "network/connection start", _gateway),
}
_outgoing = both(placed(destination="Value"), by_writer)
RDP_CLIENT: Meanings = {
    "1024": says("remote-desktop-client-connecting", "network/connection start", _outgoing),
    "1026": says("remote-desktop-client-disconnected", "network/connection end", by_writer),
    "1027": says("remote-desktop-client-connected", "network/connection start", by_writer),
    "1102": says("remote-desktop-client-connecting", "network/connection start", _outgoing),
}
WINRM: Meanings = {
    "6": says("winrm-session-creating", "network/connection start", both(placed(destination="connection"), by_writer)),
    "8": says("winrm-session-closing", "network/connection end", by_writer),
    "31": says("winrm-session-created", "network/connection start", by_writer, "success"),
    "91": says("winrm-shell-created", "session/start", both(placed(url="resourceUri"), by_writer)),
    "161": says("winrm-authentication-failed", "authentication/start", by_writer, "failure"),
    "169": says("winrm-user-authenticated", "authentication/start", both(placed(user="username"), by_writer), "success"),
}


def _ssh(event: Event, data: Fields) -> None:
    """A line of sshd in `payload`."""
    line = text(data, "payload")
    if line is None:
        return
    event.setdefault("message", line)
    event["process"] = {"name": text(data, "process") or "sshd"}
    if (login := password_login(line)) is None:
        return
    inner = event["event"]
    inner |= {"category": ["authentication"], "type": ["start"], "action": "ssh-login", "outcome": login.outcome}
    event["user"] = {"name": login.user}
    if login.ip is not None:
        event["source"] = {"ip": login.ip} if login.port is None else {"ip": login.ip, "port": login.port}


OPENSSH: Meanings = {code: says("ssh-message", "process/info", _ssh) for code in ("1", "2", "3", "4", "5", "6")}
