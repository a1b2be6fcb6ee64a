"""Microsoft Defender Antivirus (`Microsoft-Windows-Windows Defender/Operational`): finds, actions, scans, protection off.

https://learn.microsoft.com/en-us/defender-endpoint/troubleshoot-microsoft-defender-antivirus and the manifest of Windows Server
2022 (https://github.com/nasbench/EVTX-ETW-Resources). The manifest says no more of 1131 to 1134 than "blocked an operation" and
"audited an operation"; Splunk's detections take them for attack surface reduction (https://github.com/splunk/security_content).
The words of `Severity Name` and `Action Name` are in Windows' language; `event.severity` is from the number beside them.
"""

from typing import Any

from normalise.sources.windows_eventlog.document import number, text
from normalise.sources.windows_eventlog.meaning import Meanings, placed, says
from normalise.sources.windows_eventlog.objects import account, file_object, set_executable
from vagt.contracts.event import Event

Fields = dict[str, Any]


def _found(event: Event, data: Fields) -> None:
    rule: Fields = {}
    if (threat := text(data, "Threat Name")) is not None:
        rule["name"] = threat
    if (identifier := text(data, "Threat ID")) is not None:
        rule["id"] = identifier
    if (category := text(data, "Category Name")) is not None:
        rule["category"] = category
    if rule:
        event["rule"] = rule
    severity = number(data.get("Severity ID"))  # 1 low, 2 moderate, 4 high, 5 severe
    if severity is not None and 0 < severity < 6:
        event["event"]["severity"] = severity
    path = text(data, "Path")
    if path is not None:
        # "file:_C:\a.exe; process:_pid:1,ProcessStart:2": the first file is the one found
        kind, mark, name = path.split(";", 1)[0].strip().partition(":_")
        if kind in ("file", "containerfile", "webfile") and mark:
            event["file"] = file_object(name.split("->", 1)[0])
    if (user := account(text(data, "Detection User") or text(data, "User"))) is not None:
        event["user"] = user
    _set_process(event, data)


def _set_process(event: Event, data: Fields) -> None:
    path = text(data, "Process Name")
    if path is not None and path != "Unknown":
        process: Fields = {}
        set_executable(process, path)
        event["process"] = process


def _held(event: Event, data: Fields) -> None:
    """1121 to 1134: attack surface reduction, controlled folder access, network protection."""
    if (rule := text(data, "ID") or text(data, "Policy Rule Id")) is not None:
        event["rule"] = {"id": rule}
    if (path := text(data, "Path")) is not None:
        event["file"] = file_object(path)
    if (user := account(text(data, "User"))) is not None:
        event["user"] = user
    _set_process(event, data)


_scan = placed(user="User")
_changed = placed(user="User", reason="ErrorDescription")
_OFF = "configuration/change"
_HELD, _WATCHED = "intrusion_detection/denied", "intrusion_detection/allowed"
DEFENDER: Meanings = {
    "1000": says("malware-scan-started", "host/info", _scan),
    "1001": says("malware-scan-finished", "host/info", _scan, "success"),
    "1002": says("malware-scan-stopped", "host/info", _scan),
    "1005": says("malware-scan-failed", "host/info", _scan, "failure"),
    "1006": says("malware-detected", "malware/info", _found),
    "1007": says("malware-action-taken", "malware/info", _found),
    "1008": says("malware-action-failed", "malware/info", _found, "failure"),
    "1009": says("malware-restored-from-quarantine", "malware/info", _found, "success"),
    "1010": says("malware-restored-from-quarantine", "malware/info", _found, "failure"),
    "1011": says("malware-deleted-from-quarantine", "malware/info", _found, "success"),
    "1012": says("malware-deleted-from-quarantine", "malware/info", _found, "failure"),
    "1013": says("malware-history-deleted", "configuration/deletion", _found),
    "1014": says("malware-history-deleted", "configuration/deletion", _found, "failure"),
    "1015": says("suspicious-behaviour-detected", "malware/info", _found),
    "1116": says("malware-detected", "malware/info", _found),
    "1117": says("malware-action-taken", "malware/info", _found, "success"),
    "1118": says("malware-action-failed", "malware/info", _found, "failure"),
    "1119": says("malware-action-failed", "malware/info", _found, "failure"),
    "1121": says("attack-surface-reduction-blocked", _HELD, _held),
    "1122": says("attack-surface-reduction-audited", _WATCHED, _held),
    "1123": says("controlled-folder-access-blocked", _HELD, _held),
    "1124": says("controlled-folder-access-audited", _WATCHED, _held),
    "1125": says("network-protection-audited", _WATCHED, _held),
    "1126": says("network-protection-blocked", _HELD, _held),
    "1127": says("controlled-folder-access-blocked-sector-write", _HELD, _held),
    "1128": says("controlled-folder-access-audited-sector-write", _WATCHED, _held),
    "1129": says("attack-surface-reduction-overridden", _WATCHED, _held),
    "1131": says("attack-surface-reduction-blocked", _HELD, _held),
    "1132": says("attack-surface-reduction-audited", _WATCHED, _held),
    "1133": says("attack-surface-reduction-blocked", _HELD, _held),
    "1134": says("attack-surface-reduction-audited", _WATCHED, _held),
    "1150": says("antivirus-healthy", "host/info"),
    "1151": says("antivirus-health-report", "host/info"),
    "1160": says("unwanted-application-detected", "malware/info", _found),
    "2000": says("signatures-updated", "configuration/change", _changed, "success"),
    "2001": says("signature-update-failed", "configuration/info", _changed, "failure"),
    "2002": says("engine-updated", "configuration/change", _changed, "success"),
    "2003": says("engine-update-failed", "configuration/info", _changed, "failure"),
    "2004": says("signatures-reverted", "configuration/change", _changed, "failure"),
    "2005": says("antivirus-platform-outdated", "configuration/info", _changed, "failure"),
    "2006": says("platform-update-failed", "configuration/info", _changed, "failure"),
    "2010": says("signatures-updated-from-cloud", "configuration/change", _changed, "success"),
    "2011": says("cloud-signatures-discarded", "configuration/change", _changed),
    "2030": says("offline-scan-prepared", "configuration/info"),
    "2031": says("offline-scan-preparation-failed", "configuration/info", _changed, "failure"),
    "2050": says("sample-uploaded", "host/info"),
    "3002": says("real-time-protection-failed", "configuration/info", _changed, "failure"),
    "3007": says("real-time-protection-recovered", "configuration/info", _changed, "success"),
    "5000": says("real-time-protection-enabled", "configuration/change"),
    "5001": says("real-time-protection-disabled", _OFF),
    "5004": says("real-time-protection-changed", "configuration/change"),
    "5007": says("antivirus-configuration-changed", "configuration/change"),
    "5008": says("antivirus-engine-failed", "configuration/info", _changed, "failure"),
    "5009": says("spyware-scanning-enabled", "configuration/change"),
    "5010": says("spyware-scanning-disabled", _OFF),
    "5011": says("virus-scanning-enabled", "configuration/change"),
    "5012": says("virus-scanning-disabled", _OFF),
    "5013": says("tamper-protection-blocked-change", "configuration intrusion_detection/change denied"),
    "5100": says("antivirus-expires-soon", "configuration/info"),
    "5101": says("antivirus-expired", "configuration/info"),
}
