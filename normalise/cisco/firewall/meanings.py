"""What the messages mean in ECS terms; actions are those that Elastic's ASA integration uses, so that dashboards fit."""

from normalise.cisco.firewall.shapes import Meaning

NOTED = Meaning()
DENIED = Meaning(type=("connection", "denied"), outcome="success")
FAILED = Meaning(type=("connection", "denied"), outcome="failure")
ALLOWED = Meaning(type=("connection", "allowed"), outcome="success")
FLOW_START = Meaning("flow-creation", type=("connection", "start"))
FLOW_END = Meaning("flow-expiration", type=("connection", "end"))
DROPPED = Meaning("drop", type=("connection", "denied"), outcome="success")
RESET = Meaning("reset", type=("connection", "denied"), outcome="success")
THREAT = Meaning(category=("network", "intrusion_detection"), kind="alert")
THREAT_DENIED = Meaning(category=("network", "intrusion_detection"), type=("denied",), outcome="success", kind="alert")
MONITORED = Meaning(category=("network", "intrusion_detection"), outcome="success", kind="alert")

_AUTH = ("authentication", "network")
LOGIN = Meaning("logged-in", _AUTH, ("allowed", "info"), "success", own=True)
LOGIN_FAILED = Meaning("logon-failed", _AUTH, ("denied", "info"), "failure", own=True)
LOGOUT = Meaning("logged-out", _AUTH, ("end",), "success", own=True)
LOCKED = Meaning("user-locked-out", ("authentication", "iam"), ("user", "change"), "failure", own=True)
UNLOCKED = Meaning("user-unlocked", ("authentication", "iam"), ("user", "change"), "success", own=True)
AUTH_NOTED = Meaning("authentication-info", ("authentication",), ("info",), own=True)
AUTH_ERROR = Meaning("authentication-error", ("authentication",), ("info",), "failure", own=True)

VPN_UP = Meaning("client-vpn-connected", ("network", "session"), ("connection", "start"))
VPN_DOWN = Meaning("client-vpn-disconnected", ("network",), ("connection", "end"))
VPN_ERROR = Meaning("client-vpn-error", ("network",), ("connection", "denied"), "failure")
VPN_LOGIN = Meaning("logged-in", _AUTH, ("allowed", "info"), "success")
VPN_LOGIN_FAILED = Meaning("logon-failed", _AUTH, ("denied", "info"), "failure")
IKE_ERROR = Meaning("error", type=("info",), outcome="failure")
IKE_ABORTED = Meaning("error", type=("info",), outcome="failure")
IKE_FAILED = Meaning(outcome="failure")
IKE_START = Meaning("connection-started", type=("connection", "start"))
IKE_DONE = Meaning(outcome="success")
SA_CREATED = Meaning("created", type=("info",), outcome="success")
SA_DELETED = Meaning("deleted", type=("info", "end"), outcome="success")

COMMAND = Meaning("command-executed", ("configuration",), ("access",), "success", own=True)
CHANGE = Meaning("configuration-changed", ("configuration",), ("change",), "success", own=True)
CHANGE_FAILED = Meaning("configuration-changed", ("configuration",), ("change",), "failure", own=True)
USER_ADDED = Meaning("user-added", ("iam",), ("user", "creation"), "success", own=True)
USER_DELETED = Meaning("user-deleted", ("iam",), ("user", "deletion"), "success", own=True)
PRIVILEGE = Meaning("privilege-changed", ("iam",), ("user", "change"), "success", own=True)
GROUP_ADDED = Meaning("group-policy-added", ("iam",), ("group", "creation"), "success", own=True)
GROUP_DELETED = Meaning("group-policy-deleted", ("iam",), ("group", "deletion"), "success", own=True)
SESSION_START = Meaning("session-started", ("session",), ("start",), own=True)
SESSION_END = Meaning("session-ended", ("session",), ("end",), own=True)

DEVICE = Meaning("device-status", ("host",), ("info",), own=True)
DEVICE_CHANGE = Meaning("device-status", ("host",), ("change",), own=True)
DEVICE_ERROR = Meaning("device-error", ("host",), ("info",), "failure", own=True)
FAILOVER = Meaning("failover", ("host",), ("change",), own=True)
REBOOT = Meaning("device-restart", ("host",), ("start",), own=True)
"""Meanings of whole classes, for a number that no table has: the first digits decide, the longest first."""
BY_CLASS: dict[str, Meaning] = {
    "101": FAILOVER, "102": FAILOVER, "103": FAILOVER, "104": FAILOVER, "105": FAILOVER, "210": FAILOVER,
    "311": FAILOVER, "709": FAILOVER, "720": FAILOVER, "747": FAILOVER, "109": AUTH_NOTED, "113": AUTH_NOTED,
    "111": CHANGE, "112": CHANGE, "208": CHANGE, "199": DEVICE, "211": DEVICE_ERROR, "212": DEVICE, "213": DEVICE,
    "214": DEVICE, "216": DEVICE_ERROR, "218": DEVICE, "219": DEVICE, "315": AUTH_NOTED, "321": DEVICE, "323": DEVICE,
    "328": DEVICE, "329": DEVICE, "332": DEVICE, "400": THREAT, "401": DENIED, "411": DEVICE_CHANGE, "413": DEVICE,
    "414": DEVICE, "415": DENIED, "444": DEVICE, "505": DEVICE, "611": AUTH_NOTED, "733": THREAT, "735": DEVICE,
    "741": DEVICE, "742": DEVICE, "743": DEVICE, "748": FAILOVER, "768": DEVICE, "770": DEVICE, "771": CHANGE,
    "772": AUTH_NOTED, "774": DEVICE, "775": DEVICE, "776": NOTED, "717": DEVICE, "746": AUTH_NOTED,
}  # fmt: skip


def class_meaning(number: str) -> Meaning:
    """What to say of a message whose number is in no table."""
    return BY_CLASS.get(number[:3], NOTED)
