"""What the message codes mean in ECS terms, after the message catalogue of ISE; else the category says it."""

import re
from functools import lru_cache
from typing import NamedTuple


class Meaning(NamedTuple):
    """`own`: it is about the ISE node itself, which is then the host."""

    action: str = ""  # empty: as the text says
    category: tuple[str, ...] = ("host",)
    type: tuple[str, ...] = ("info",)
    outcome: str | None = None
    own: bool = False
    kind: str = "event"


_AUTH = ("authentication", "network")
PASSED = Meaning("", _AUTH, ("start", "allowed"), "success")
FAILED = Meaning("", _AUTH, ("start", "denied"), "failure")
AUTHORISED = Meaning("", ("configuration", "network"), ("access", "allowed"), "success")
REFUSED = Meaning("", ("configuration", "network"), ("access", "denied"), "failure")
GUESSING = Meaning("", ("authentication", "intrusion_detection"), ("start", "denied"), "failure", False, "alert")
STARTED = Meaning("accounting-started", ("session", "network"), ("start", "connection"))
STOPPED = Meaning("accounting-stopped", ("session", "network"), ("end", "connection"))
UPDATED = Meaning("accounting-updated", ("session", "network"), ("info", "connection"))
COMMAND = Meaning("command-executed", ("configuration",), ("access",), "success")
ADMIN_IN = Meaning("logged-in", ("authentication",), ("start",), "success", True)
ADMIN_FAILED = Meaning("logon-failed", ("authentication",), ("start",), "failure", True)
ADMIN_OUT = Meaning("logged-out", ("authentication",), ("end",), "success", True)
ADMIN_LOCKED = Meaning("user-locked-out", ("authentication", "iam"), ("user", "change"), "failure", True)
ADDED = Meaning("configuration-added", ("configuration",), ("creation",), "success", True)
CHANGED = Meaning("configuration-changed", ("configuration",), ("change",), "success", True)
DELETED = Meaning("configuration-deleted", ("configuration",), ("deletion",), "success", True)
PASSWORD = Meaning("password-reset", ("iam",), ("user", "change"), "success", True)
ALARM = Meaning("", ("host",), ("info",), None, True)
PART = Meaning("message-part", (), ())  # of a message that says itself what it means
STATE = Meaning("", ("host",), ("info",), None, True)

_CODES: dict[Meaning, str] = {
    PASSED: "5200 5201 5205 5231 5232 5233 5234 5235 5236 5237 5238 5239",
    AUTHORISED: "5202 5203 5204",
    FAILED: "5400 5401 5404 5405 5406 5408 5409 5410 5411 5412 5413 5414 5415 5416 5417 5418 5419 5420 5421 5440 5441",
    REFUSED: "5402 5403 5407",
    GUESSING: "5434 5435 5449",
    STARTED: "3000 3005 3008 3301",
    STOPPED: "3001 3006 3009 3302",
    UPDATED: "3002 3303",
    COMMAND: "3300",
    ADMIN_IN: "51001 60075 60080 60115 60187",
    ADMIN_FAILED: "51000 51004 51005 51006 51007 51008 51009 51020 51021 51022 60076 60081 60116 60188",
    ADMIN_OUT: "51002 51003 60085 60086",
    ADMIN_LOCKED: "51010 51011 60082 60117",
    ADDED: "52000",
    CHANGED: "52001 52003 52004 52005",
    DELETED: "52002",
    PASSWORD: "58019 51100 51101 51102",
}
_BY_CODE = {code: meaning for meaning, codes in _CODES.items() for code in codes.split()}
_BY_CATEGORY = {
    "Passed_Authentications": PASSED, "Failed_Attempts": FAILED, "RADIUS_Accounting": UPDATED, "TACACS_Accounting": COMMAND,
    "Administrative_and_Operational_Audit": CHANGED, "Alarm": ALARM, "Profiler": Meaning("", ("network",)),
    "Posture_and_Client_Provisioning_Audit": Meaning("", ("network", "host")), "Guest": Meaning("", ("authentication",)),
    "MyDevices": Meaning("", ("authentication",)), "RADIUS_Diagnostics": Meaning("", ("network",)),
    "Authentication_Flow_Diagnostics": Meaning("", ("authentication",)), "TACACS_Diagnostics": Meaning("", ("network",)),
    "Identity_Stores_Diagnostics": Meaning("", ("authentication",)), "Policy_Diagnostics": Meaning("", ("authentication",)),
    "System_Statistics": STATE, "System_Diagnostics": STATE, "Internal_Operations_Diagnostics": STATE,
    "Distributed_Management": STATE, "Licensing": STATE, "Threat_Centric_NAC": Meaning("", ("vulnerability",)),
    "Adaptive_Network_Control_Audit": CHANGED, "MDM": Meaning("", ("network",)), "External_MDM": Meaning("", ("network",)),
}  # fmt: skip
_WORDS = re.compile(r"[^a-z0-9]+")


def meaning_of(category: str, code: str | None) -> tuple[Meaning, bool]:
    """What a message says, and whether its code or category is known."""
    if code is not None and (meaning := _BY_CODE.get(code)) is not None:
        return meaning, True
    known = _BY_CATEGORY.get(category.partition("_")[2])
    return (known, True) if known is not None else (STATE, False)


@lru_cache(maxsize=2048)
def action_of(text: str) -> str:
    """`Authentication failed` is `authentication-failed`."""
    return _WORDS.sub("-", text[:64].lower()).strip("-")
