"""Security identifiers (MS-DTYP 2.4.2.4): the canonical English name of a well-known SID, whatever language Windows speaks."""

import re
from functools import lru_cache
from typing import Any

from vagt.contracts.event import Event

_WELL_KNOWN = {
    "S-1-1-0": "Everyone",
    "S-1-2-0": "LOCAL",
    "S-1-2-1": "CONSOLE LOGON",
    "S-1-3-0": "CREATOR OWNER",
    "S-1-3-1": "CREATOR GROUP",
    "S-1-3-4": "OWNER RIGHTS",
    "S-1-5-1": "DIALUP",
    "S-1-5-2": "NETWORK",
    "S-1-5-3": "BATCH",
    "S-1-5-4": "INTERACTIVE",
    "S-1-5-6": "SERVICE",
    "S-1-5-7": "ANONYMOUS LOGON",
    "S-1-5-8": "PROXY",
    "S-1-5-9": "ENTERPRISE DOMAIN CONTROLLERS",
    "S-1-5-10": "SELF",
    "S-1-5-11": "Authenticated Users",
    "S-1-5-12": "RESTRICTED",
    "S-1-5-13": "TERMINAL SERVER USER",
    "S-1-5-14": "REMOTE INTERACTIVE LOGON",
    "S-1-5-15": "This Organization",
    "S-1-5-17": "IUSR",
    "S-1-5-18": "SYSTEM",
    "S-1-5-19": "LOCAL SERVICE",
    "S-1-5-20": "NETWORK SERVICE",
    "S-1-5-33": "WRITE RESTRICTED",
    "S-1-5-64-10": "NTLM Authentication",
    "S-1-5-64-14": "SChannel Authentication",
    "S-1-5-64-21": "Digest Authentication",
    "S-1-5-80-0": "ALL SERVICES",
    "S-1-5-90-0": "Window Manager Group",
    "S-1-5-113": "Local account",
    "S-1-5-114": "Local account and member of Administrators group",
    "S-1-16-0": "Untrusted",  # mandatory labels: integrity levels
    "S-1-16-4096": "Low",
    "S-1-16-8192": "Medium",
    "S-1-16-8448": "Medium Plus",
    "S-1-16-12288": "High",
    "S-1-16-16384": "System",
    "S-1-16-20480": "Protected Process",
    "S-1-18-1": "Authentication authority asserted identity",
    "S-1-18-2": "Service asserted identity",
}
_BUILTIN = {
    "544": "Administrators",
    "545": "Users",
    "546": "Guests",
    "547": "Power Users",
    "548": "Account Operators",
    "549": "Server Operators",
    "550": "Print Operators",
    "551": "Backup Operators",
    "552": "Replicator",
    "554": "Pre-Windows 2000 Compatible Access",
    "555": "Remote Desktop Users",
    "556": "Network Configuration Operators",
    "557": "Incoming Forest Trust Builders",
    "558": "Performance Monitor Users",
    "559": "Performance Log Users",
    "560": "Windows Authorization Access Group",
    "561": "Terminal Server License Servers",
    "562": "Distributed COM Users",
    "568": "IIS_IUSRS",
    "569": "Cryptographic Operators",
    "573": "Event Log Readers",
    "574": "Certificate Service DCOM Access",
    "578": "Hyper-V Administrators",
    "579": "Access Control Assistance Operators",
    "575": "RDS Remote Access Servers",
    "576": "RDS Endpoint Servers",
    "577": "RDS Management Servers",
    "580": "Remote Management Users",
    "581": "Default Account",
    "582": "Storage Replica Administrators",
    "583": "Device Owners",
}
_OF_DOMAIN = {
    "498": "Enterprise Read-only Domain Controllers",
    "500": "Administrator",
    "501": "Guest",
    "502": "krbtgt",
    "503": "DefaultAccount",
    "504": "WDAGUtilityAccount",
    "512": "Domain Admins",
    "513": "Domain Users",
    "514": "Domain Guests",
    "515": "Domain Computers",
    "516": "Domain Controllers",
    "517": "Cert Publishers",
    "518": "Schema Admins",
    "519": "Enterprise Admins",
    "520": "Group Policy Creator Owners",
    "521": "Read-only Domain Controllers",
    "522": "Cloneable Domain Controllers",
    "525": "Protected Users",
    "526": "Key Admins",
    "527": "Enterprise Key Admins",
    "553": "RAS and IAS Servers",
    "571": "Allowed RODC Password Replication Group",
    "572": "Denied RODC Password Replication Group",
}
_DOMAIN_SID = re.compile(r"S-1-5-21-\d+-\d+-\d+-(\d+)")
_LONGEST = 184  # 15 sub-authorities; what is longer is no SID, and must not fill the cache
_ROLES = (
    ("SubjectUserSid", "subject"),
    ("TargetUserSid", "target"),
    ("TargetSid", "target"),
    ("MemberSid", "member"),
    ("UserSid", "user"),
)


@lru_cache(maxsize=8192)
def well_known_name(sid: str) -> str | None:
    """`S-1-5-18` -> `SYSTEM`; None for a SID that is not well known, and for the null SID, which names nobody."""
    if sid.startswith("S-1-5-32-"):
        return _BUILTIN.get(sid[9:])
    if sid.startswith("S-1-5-21-"):
        match = _DOMAIN_SID.fullmatch(sid)
        return _OF_DOMAIN.get(match[1]) if match else None
    return _WELL_KNOWN.get(sid)


def add_well_known(event: Event, data: dict[str, Any], user: Any) -> None:
    """`vagt.windows.well_known_sid.{subject,target,member,user}`: who the SIDs of EventData and of the System part name."""
    names: dict[str, str] = {}
    for field, role in _ROLES:
        if field in data:
            sid = data[field]
            if type(sid) is str and len(sid) <= _LONGEST and (name := well_known_name(sid)) is not None:
                names[role] = name
    if type(user) is dict:
        sid = user.get("identifier")
        if type(sid) is str and len(sid) <= _LONGEST and (name := well_known_name(sid)) is not None:
            names["user"] = name
    if names:
        event.setdefault("vagt", {}).setdefault("windows", {})["well_known_sid"] = names
