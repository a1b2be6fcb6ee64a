"""`%%1833` and its like: numbers in EventData that Windows shows in its own language, in English words.

The words are those of msobjs.dll in an English Windows, as Microsoft's audit reference quotes them. Numbers without a prefix
(encryption types, ticket options) are those of RFC 4120 and RFC 3961.
"""

import re
from functools import lru_cache
from typing import Any

from normalise.sources.windows_eventlog.sids import well_known_name
from vagt.contracts.event import Event

Fields = dict[str, Any]
_UAC = (  # userAccountControl's bits, as 4720, 4738, 4741 and 4742 tell of their changes: 2048 + n off, 2080 + n on
    "Account", "Home Directory Required", "Password Not Required", "Temp Duplicate Account", "Normal Account",
    "MNS Logon Account", "Interdomain Trust Account", "Workstation Trust Account", "Server Trust Account",
    "Don't Expire Password", "Account Locked", "Encrypted Text Password Allowed", "Smartcard Required",
    "Trusted For Delegation", "Not Delegated", "Use DES Key Only", "Don't Require Preauth", "Password Expired",
    "Trusted To Authenticate For Delegation", "Exclude Authorization Information", "Undefined UserAccountControl Bit 20",
    "Protect Kerberos Service Tickets with AES Keys",
)  # fmt: skip
_SPECIAL_UAC = {2048: "Account Enabled", 2080: "Account Disabled", 2058: "Account Unlocked", 2090: "Account Locked"}


def _numbered(start: int, *words: str) -> dict[int, str]:
    return {start + place: word for place, word in enumerate(words) if word}


CODES: dict[int, str] = {
    **_numbered(1537, "DELETE", "READ_CONTROL", "WRITE_DAC", "WRITE_OWNER", "SYNCHRONIZE", "ACCESS_SYS_SEC", "MAX_ALLOWED"),
    **_numbered(1793, "<value not set>", "<never>", "Enabled", "Disabled", "All", "None"),
    **_numbered(1801, "Granted by", "Denied by", "Denied by Integrity Policy check", "Granted by Ownership", "Not granted"),
    **_numbered(1806, "Granted by NULL DACL", "Denied by Empty DACL"),
    **_numbered(1808, "Granted by NULL Security Descriptor", "Unknown or unchecked"),
    **_numbered(1810, "Not granted due to missing", "Granted by ACE on parent folder", "Denied by ACE on parent folder"),
    **_numbered(1832, "Identification", "Impersonation"),
    **_numbered(1840, "Delegation", "Denied by Process Trust Label ACE", "Yes", "No", "System", "Not Available", "Default"),
    **_numbered(1847, "DisallowMmConfig", "Off", "Auto"),
    **_numbered(1872, "REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD", "REG_DWORD_BIG_ENDIAN", "REG_LINK"),
    **_numbered(1879, "REG_MULTI_SZ", "REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTOR", "REG_RESOURCE_REQUIREMENTS_LIST"),
    1883: "REG_QWORD",
    **_numbered(1904, "New registry value created", "Existing registry value modified", "Registry value deleted"),
    **_numbered(1936, "TokenElevationTypeDefault", "TokenElevationTypeFull", "TokenElevationTypeLimited"),
    **{2048 + bit: f"'{name}' - Disabled" for bit, name in enumerate(_UAC)},
    **{2080 + bit: f"'{name}' - Enabled" for bit, name in enumerate(_UAC)},
    **_SPECIAL_UAC,
    **_numbered(2304, "An error occurred during logon", "The account has expired", "The NetLogon component is not active"),
    **_numbered(2307, "The account is locked out", "The logon type is not granted on this machine", "The password has expired"),
    **_numbered(2310, "The account is disabled", "Logon outside the allowed hours", "The user may not log on at this computer"),
    **_numbered(2313, "Unknown user name or bad password", "Domain sid inconsistent"),
    **_numbered(2315, "Smartcard logon is required and was not used"),
    **_numbered(2457, "Delete key file", "Read persisted key from file", "Write persisted key to file"),
    **_numbered(2464, "Export of persistent cryptographic key", "Import of persistent cryptographic key"),
    **_numbered(2480, "Open Key", "Create Key", "Delete Key", "Encrypt", "Decrypt", "Sign hash", "Secret agreement"),
    **_numbered(2499, "Machine key", "User key"),
    **_numbered(4416, "ReadData (or ListDirectory)", "WriteData (or AddFile)", "AppendData (or AddSubdirectory)", "ReadEA"),
    **_numbered(4420, "WriteEA", "Execute/Traverse", "DeleteChild", "ReadAttributes", "WriteAttributes"),
    **_numbered(4432, "Query key value", "Set key value", "Create sub-key", "Enumerate sub-keys"),
    **_numbered(4436, "Notify about changes to keys", "Create Link"),
    **_numbered(4480, "Force process termination", "Create new thread in process", "Set process session ID"),
    **_numbered(4483, "Perform virtual memory operation", "Read from process memory", "Write to process memory"),
    **_numbered(4486, "Duplicate handle into or out of process", "Create a subprocess of process", "Set process quotas"),
    **_numbered(4489, "Set process information", "Query process information", "Set process termination port"),
    **_numbered(7168, "Connect to service controller", "Create a new service", "Enumerate services", "Lock service database"),
    **_numbered(7172, "Query service database lock state", "Set last-known-good state of service database"),
    **_numbered(7184, "Query service configuration information", "Set service configuration information"),
    **_numbered(7186, "Query status of service", "Enumerate dependencies of service", "Start the service", "Stop the service"),
    **_numbered(7190, "Pause or continue the service", "Query information from service"),
    **_numbered(7192, "Issue service-specific control commands"),
    **_numbered(7680, "Create Child", "Delete Child", "List Contents", "Write Self", "Read Property", "Write Property"),
    **_numbered(7686, "Delete Tree", "List Object", "Control Access"),
    **_numbered(8272, "System", "Logon/Logoff", "Object Access", "Privilege Use", "Detailed Tracking", "Policy Change"),
    **_numbered(8278, "Account Management", "DS Access", "Account Logon"),
    **_numbered(8448, "Success removed", "Success added", "Failure removed", "Failure added"),
    **_numbered(12288, "Security State Change", "Security System Extension", "System Integrity"),
    **_numbered(12291, "IPsec Driver", "Other System Events"),
    **_numbered(12544, "Logon", "Logoff", "Account Lockout", "IPsec Main Mode", "Special Logon", "IPsec Extended Mode"),
    **_numbered(12550, "IPsec Quick Mode", "Other Logon/Logoff Events", "Network Policy Server"),
    **_numbered(12553, "User / Device Claims", "Group Membership"),
    **_numbered(12800, "File System", "Registry", "Kernel Object"),
    **_numbered(12803, "SAM", "Other Object Access Events", "Certification Services"),
    **_numbered(12806, "Application Generated", "Handle Manipulation", "File Share", "Filtering Platform Packet Drop"),
    **_numbered(12810, "Filtering Platform Connection", "Detailed File Share", "Removable Storage", "Central Policy Staging"),
    **_numbered(13056, "Sensitive Privilege Use", "Non Sensitive Privilege Use", "Other Privilege Use Events"),
    **_numbered(13312, "Process Creation", "Process Termination", "DPAPI Activity", "RPC Events", "Plug and Play Events"),
    13317: "Token Right Adjusted Events",
    **_numbered(13568, "Audit Policy Change", "Authentication Policy Change", "Authorization Policy Change"),
    **_numbered(13571, "MPSSVC Rule-Level Policy Change", "Filtering Platform Policy Change", "Other Policy Change Events"),
    **_numbered(13824, "User Account Management", "Computer Account Management", "Security Group Management"),
    **_numbered(13827, "Distribution Group Management", "Application Group Management", "Other Account Management Events"),
    **_numbered(14080, "Directory Service Access", "Directory Service Changes", "Directory Service Replication"),
    14083: "Detailed Directory Service Replication",
    **_numbered(14336, "Credential Validation", "Kerberos Service Ticket Operations", "Other Account Logon Events"),
    14339: "Kerberos Authentication Service",
    **_numbered(14592, "Inbound", "Outbound", "Forward", "Bidirectional", "IP Packet", "Transport", "Forward", "Stream"),
    **_numbered(14600, "Datagram Data", "ICMP Error", "MAC 802.3", "MAC Native", "vSwitch"),
    **_numbered(14608, "Resource Assignment", "Listen", "Receive/Accept", "Connect", "Flow Established"),
    **_numbered(14674, "Value Added", "Value Deleted"),
    **_numbered(16384, "Add", "Delete", "Boot-time object", "Persistent", "Not persistent"),
}  # fmt: skip
ENCRYPTION = {
    0x1: "DES-CBC-CRC", 0x3: "DES-CBC-MD5", 0x11: "AES128-CTS-HMAC-SHA1-96", 0x12: "AES256-CTS-HMAC-SHA1-96",
    0x13: "AES128-CTS-HMAC-SHA256-128", 0x14: "AES256-CTS-HMAC-SHA384-192", 0x17: "RC4-HMAC", 0x18: "RC4-HMAC-EXP",
    0xFFFFFFFF: "none",
}  # fmt: skip
_TICKET_OPTIONS = {  # KDCOptions (RFC 4120 §5.4.1), from the highest bit
    1: "Forwardable", 2: "Forwarded", 3: "Proxiable", 4: "Proxy", 5: "Allow-postdate", 6: "Postdated", 8: "Renewable",
    14: "Request-anonymous", 15: "Name-canonicalize", 26: "Disable-transited-check", 27: "Renewable-ok",
    28: "Enc-tkt-in-skey", 30: "Renew", 31: "Validate",
}  # fmt: skip
PREAUTHENTICATION = {
    "0": "none", "2": "PA-ENC-TIMESTAMP", "11": "PA-ETYPE-INFO", "15": "PA-PK-AS-REP_OLD", "16": "PA-PK-AS-REQ",
    "17": "PA-PK-AS-REP", "19": "PA-ETYPE-INFO2", "20": "PA-SVR-REFERRAL-INFO", "138": "PA-ENCRYPTED-CHALLENGE",
}  # fmt: skip
_CODE = re.compile(r"%%([0-9]{1,5})")
_SID_WORD = re.compile(r"(?<![\w-])%\{(S-1-[0-9-]{1,180})\}")
_LONGEST = 4096
_WITH_CODES = frozenset((
    "AccessList", "AuditPolicyChanges", "CategoryId", "SubcategoryId", "ChangeType", "DisableIntegrityChecks", "Direction",
    "ElevatedToken", "FailureReason", "FilterType", "FlightSigning", "HypervisorDebug", "HypervisorLoadOptions",
    "HypervisorLaunchType", "ImpersonationLevel", "KernelDebug", "KeyType", "LayerName", "LoadOptions", "NewValueType",
    "OldValueType", "Operation", "OperationType", "Properties", "RemoteAdminEnabled", "RestrictedAdminMode", "TestSigning",
    "TokenElevationType", "UserAccountControl", "VirtualAccount", "VsmLaunchType", "AdvancedOptions", "ConfigAccessPolicy",
    "AccountExpires", "LogonHours",
))  # fmt: skip


def _codes(value: str) -> str | None:
    """`%%1537 %%4416` in words, separated by commas; None where none of them is known."""
    if "%%" not in value or len(value) > _LONGEST:
        return None
    return _codes_of(value)


@lru_cache(maxsize=4096)
def _codes_of(value: str) -> str | None:
    words = [CODES.get(int(number), f"%%{number}") for number in _CODE.findall(value)]
    return ", ".join(words) if any(not word.startswith("%%") for word in words) else None


def _hexadecimal(value: str) -> int | None:
    try:
        return int(value, 0) if len(value) <= 18 else None
    except ValueError:
        return None


def _encryption(value: str) -> str | None:
    number = _hexadecimal(value)
    return ENCRYPTION.get(number) if number is not None else None


@lru_cache(maxsize=1024)
def _options(value: str) -> str | None:
    number = _hexadecimal(value)
    if number is None or number < 0:
        return None
    return ", ".join(name for bit, name in _TICKET_OPTIONS.items() if number & 1 << 31 - bit) or None


def _groups(value: str) -> str | None:
    """4627: the well-known groups among all that a logon is a member of, by their SIDs."""
    names = (well_known_name(sid) for sid in _SID_WORD.findall(value[: _LONGEST * 8]))
    return ", ".join(name for name in names if name is not None) or None


_READERS: dict[str, Any] = {
    **dict.fromkeys(_WITH_CODES, _codes),
    "TicketEncryptionType": _encryption,
    "SessionKeyEncryptionType": _encryption,
    "PreAuthEncryptionType": _encryption,
    "TicketOptions": _options,
    "PreAuthType": PREAUTHENTICATION.get,
    "GroupMembership": _groups,
    "MandatoryLabel": well_known_name,
}
_NAMES = frozenset(_READERS)


def add_decoded(event: Event, data: Fields) -> None:
    """`vagt.windows.decoded.<field>`: the fields of EventData that hold such numbers, in English words."""
    names = _NAMES.intersection(data)
    if not names:
        return
    words: Fields = {}
    for name in sorted(names):
        value = data[name]
        if type(value) is str and len(value) <= _LONGEST * 8 and (word := _READERS[name](value)) is not None:
            words[name] = word
    if words:
        event.setdefault("vagt", {}).setdefault("windows", {})["decoded"] = words
