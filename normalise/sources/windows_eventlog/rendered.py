"""Events of which only the text that Windows shows is sent: EventData's fields are read from the English labels in it.

`Subject:  Security ID:  S-1-5-18  Account Name:  DC01$` becomes `SubjectUserSid`, `SubjectUserName`. Other languages have other
labels; of those the text stays as `message`.
"""

import re
from typing import Any

Fields = dict[str, Any]
_SECTIONS = {
    "Subject": "Subject", "Creator Subject": "Subject", "New Logon": "Target", "Account For Which Logon Failed": "Target",
    "Account Whose Credentials Were Used": "Target", "Target Account": "Target", "New Account": "Target",
    "Target Subject": "Target", "Account That Was Locked Out": "Target", "New Computer Account": "Target",
    "Computer Account That Was Changed": "Target", "Target Computer": "Target", "Account Information": "Target",
    "Group": "Target", "New Group": "Target", "Deleted Group": "Target", "Member": "Member", "Service Information": "",
    "Network Information": "", "Process Information": "", "Detailed Authentication Information": "", "Object": "",
    "Failure Information": "", "Additional Information": "", "Share Information": "", "Access Request Information": "",
    "Task Information": "", "Logon Information": "", "Target Server": "", "Changed Attributes": "", "Attributes": "",
    "Application Information": "",
}  # fmt: skip
_OF_SECTION = {
    "Security ID": "{}UserSid", "Account Name": "{}UserName", "Account Domain": "{}DomainName", "Logon ID": "{}LogonId",
    "Group Name": "{}UserName", "Group Domain": "{}DomainName", "User ID": "{}UserSid", "Supplied Realm Name": "{}DomainName",
}  # fmt: skip
_NAMES = {
    "Logon Type": "LogonType", "Workstation Name": "WorkstationName", "Source Network Address": "IpAddress",
    "Source Port": "IpPort", "Client Address": "IpAddress", "Client Port": "IpPort", "Source Address": "IpAddress",
    "Process ID": "ProcessId", "Caller Process ID": "ProcessId", "Process Name": "ProcessName",
    "Caller Process Name": "ProcessName", "New Process ID": "NewProcessId", "New Process Name": "NewProcessName",
    "Creator Process ID": "ProcessId", "Creator Process Name": "ParentProcessName", "Process Command Line": "CommandLine",
    "Token Elevation Type": "TokenElevationType", "Mandatory Label": "MandatoryLabel", "Failure Reason": "FailureReason",
    "Status": "Status", "Sub Status": "SubStatus", "Result Code": "Status", "Failure Code": "Status", "Error Code": "Status",
    "Service Name": "ServiceName", "Service File Name": "ServiceFileName", "Service Type": "ServiceType",
    "Service ID": "ServiceSid", "Share Name": "ShareName", "Share Path": "ShareLocalPath",
    "Relative Target Name": "RelativeTargetName", "Object Server": "ObjectServer", "Object Type": "ObjectType",
    "Object Name": "ObjectName", "Object Value Name": "ObjectValueName", "Accesses": "AccessList",
    "Access Mask": "AccessMask", "Task Name": "TaskName", "Ticket Options": "TicketOptions",
    "Ticket Encryption Type": "TicketEncryptionType", "Pre-Authentication Type": "PreAuthType",
    "Privileges": "PrivilegeList", "Logon Process": "LogonProcessName", "Authentication Package": "AuthenticationPackageName",
    "Package Name (NTLM only)": "LmPackageName", "Key Length": "KeyLength", "Logon GUID": "LogonGuid",
    "Transited Services": "TransmittedServices", "Caller Computer Name": "TargetDomainName", "Logon Account": "TargetUserName",
    "Source Workstation": "Workstation", "Target Server Name": "TargetServerName", "Impersonation Level": "ImpersonationLevel",
    "Linked Logon ID": "TargetLinkedLogonId", "Elevated Token": "ElevatedToken", "Virtual Account": "VirtualAccount",
    "Restricted Admin Mode": "RestrictedAdminMode", "SAM Account Name": "SamAccountName", "Display Name": "DisplayName",
}  # fmt: skip
_LABELS = sorted((*_SECTIONS, *_OF_SECTION, *_NAMES), key=len, reverse=True)
_LABEL = re.compile(r"(?<![^\s.])(" + "|".join(map(re.escape, _LABELS)) + r"):(?=\s|$)")
_SYSMON_FIELDS = (
    "UtcTime ProcessGuid ProcessId Image FileVersion Description Product Company OriginalFileName CommandLine"
    " CurrentDirectory User LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes Hash HashType ParentProcessGuid"
    " ParentProcessId ParentImage ParentCommandLine ParentUser RuleName TargetFilename CreationUtcTime"
    " PreviousCreationUtcTime Protocol Initiated SourceIsIpv6 SourceIp SourceHostname SourcePort SourcePortName"
    " DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort DestinationPortName State Version SchemaVersion"
    " ImageLoaded Signed Signature SignatureStatus SourceProcessGuid SourceProcessGUID SourceProcessId SourceImage"
    " SourceThreadId SourceUser TargetProcessGuid TargetProcessGUID TargetProcessId TargetImage TargetUser NewThreadId"
    " StartAddress StartModule StartFunction Device GrantedAccess CallTrace EventType TargetObject Details NewName PipeName"
    " Operation EventNamespace Name Query Type Destination Consumer Filter QueryName QueryStatus QueryResults Contents"
    " Archived IsExecutable Session ClientInfo Configuration ConfigurationFileHash"
).split()
_SYSMON = re.compile(r"(?<![^\s])(" + "|".join(sorted(_SYSMON_FIELDS, key=len, reverse=True)) + r"): ")
_LONGEST = 32_768
_OLD_TARGET = frozenset(("4624", "4625", "4634", "4647", "4648", "4688", "4703", "4768", "4769", "4770", "4771", "4964"))


def read_rendered(message: str, provider: str, code: str) -> Fields:
    """EventData as far as the English text of an event has it."""
    message = message[:_LONGEST]
    if provider == "Microsoft-Windows-Sysmon":
        return _pairs(message, _SYSMON, lambda name: name)
    section = ""

    def place(label: str) -> str | None:
        nonlocal section
        if label in _SECTIONS:
            section = _SECTIONS[label]
            return None
        name = _OF_SECTION.get(label)
        if name is None:
            return _NAMES[label]
        if not section:
            return None
        made = name.format(section)
        if made == "TargetUserSid" and code not in _OLD_TARGET:
            return "TargetSid"
        return {"MemberUserSid": "MemberSid", "MemberUserName": "MemberName"}.get(made, made)

    return _pairs(message, _LABEL, place)


def _pairs(message: str, label: re.Pattern[str], place: Any) -> Fields:
    data: Fields = {}
    name: str | None = None
    start = 0
    for match in label.finditer(message):
        if name is not None and (value := message[start : match.start()].strip()):
            data.setdefault(name, value)
        name, start = place(match[1]), match.end()
    if name is not None and (value := message[start:].strip()):
        data.setdefault(name, value.split("\n", 1)[0].split("    ", 1)[0].strip())
    return data
