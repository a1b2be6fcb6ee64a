"""What was allowed to run and what not: AppLocker, App Control (code integrity), software restriction, exploit protection.

https://learn.microsoft.com/en-us/windows/security/application-security/application-control/app-control-for-business/operations/event-id-explanations
and .../applocker/using-event-viewer-with-applocker; texts of the ids: event manifests of Windows Server 2022 (dumps of them:
https://github.com/nasbench/EVTX-ETW-Resources).
"""

from typing import Any

from normalise.sources.windows_eventlog.document import number, text
from normalise.sources.windows_eventlog.meaning import Fill, Meaning, Meanings, both, by_writer, placed, says
from normalise.sources.windows_eventlog.objects import file_object
from vagt.contracts.event import Event

Fields = dict[str, Any]
_BLOCKED, _AUDITED = "process intrusion_detection/denied", "process intrusion_detection/allowed"
_POLICY = "configuration/change"
_HASHES = (("SHA256Hash", "sha256", 64), ("SHA1Hash", "sha1", 40))


def _applocker(event: Event, data: Fields) -> None:
    if (path := text(data, "FullFilePath") or text(data, "FilePath")) is not None:
        event["file"] = file_object(path)
        if (digest := text(data, "FileHash")) is not None and len(digest) == 64:
            event["file"]["hash"] = {"sha256": digest.lower()}
    if (sid := text(data, "TargetUser")) is not None:
        event["user"] = {"id": sid}
    if (rule := text(data, "RuleName")) is not None:
        event["rule"] = {"name": rule}
    if (pid := number(data.get("TargetProcessId"))) is not None:
        event["process"] = {"pid": pid}


def _integrity(event: Event, data: Fields) -> None:
    """Paths are those of devices (`\\Device\\HarddiskVolume3\\…`)."""
    if (path := text(data, "FileNameBuffer") or text(data, "FileName")) is not None:
        event["file"] = file_object(path)
        hashes = {
            name: value.lower() for field, name, length in _HASHES if (value := text(data, field)) and len(value) == length
        }
        if hashes:
            event["file"]["hash"] = hashes
        if (original := text(data, "OriginalFileName")) is not None:
            event["file"]["pe"] = {"original_file_name": original}
    _policy(event, data)


_policy = both(
    placed(program="ProcessNameBuffer ProcessName", rule="PolicyName PolicyNameBuffer", rule_id="PolicyGUID PolicyIdBuffer"),
    by_writer,
)


def _verdicts(words: dict[str, tuple[str, ...]], product: str, fill: Fill) -> dict[str, Meaning]:
    kinds = {"allowed": "process/start", "audited": _AUDITED, "blocked": _BLOCKED}
    return {code: says(f"{product}-{word}", kinds[word], fill) for word, codes in words.items() for code in codes}


APPLOCKER: Meanings = _verdicts(
    {
        "allowed": ("8002", "8005", "8020", "8023", "8030", "8035", "8037"),
        "audited": ("8003", "8006", "8021", "8024", "8028", "8033", "8039"),
        "blocked": ("8004", "8007", "8022", "8025", "8029", "8036", "8040"),
    },
    "applocker",
    _applocker,
) | {
    "8000": says("applocker-policy-failed", "configuration/info", outcome="failure"),
    "8001": says("applocker-policy-applied", _POLICY, outcome="success"),
    **{code: says("applocker-unavailable", "configuration/info") for code in ("8008", "8009")},
    "8027": says("applocker-packaged-apps-without-rule", "configuration/info"),
    # which does not say what became of the file: 8033 does, a block has an event of its own
    **{
        code: says("applocker-managed-installer-check-failed", "process/info", _applocker, "failure")
        for code in ("8032", "8034")
    },
    "8038": says("applocker-signature-information", "process/info", _applocker),
}
CODE_INTEGRITY: Meanings = {
    "3001": says("unsigned-driver-loaded", "driver/start", _integrity),
    "3002": says("page-hashes-not-found", "driver/info", _integrity, "failure"),
    "3003": says("page-hashes-not-found", "driver/info", _integrity),
    "3004": says("image-hash-not-found", "driver/info", _integrity, "failure"),
    "3010": says("catalogue-not-loaded", "configuration/info", _integrity, "failure"),
    "3021": says("revoked-driver-loaded", "driver/start", _integrity),
    "3022": says("revoked-driver-loaded", "driver/start", _integrity),
    "3023": says("revoked-driver-blocked", "driver intrusion_detection/denied", _integrity),
    "3024": says("boot-catalogue-cache-not-updated", "configuration/info", outcome="failure"),
    "3026": says("revoked-catalogue-not-loaded", "configuration/info", _integrity, "failure"),
    "3032": says("revoked-image-loaded", "process intrusion_detection/allowed", _integrity),
    "3033": says("image-below-signing-level-blocked", _BLOCKED, _integrity),
    "3034": says("image-below-signing-level-audited", _AUDITED, _integrity),
    "3035": says("revoked-image-loaded", _AUDITED, _integrity),
    "3036": says("revoked-image-blocked", _BLOCKED, _integrity),
    "3037": says("unsigned-image-loaded", _AUDITED, _integrity),
    "3063": says("image-below-security-requirements-blocked", _BLOCKED, _integrity),
    "3064": says("image-below-security-requirements-audited", _AUDITED, _integrity),
    "3065": says("image-below-security-requirements-audited", _AUDITED, _integrity),
    "3066": says("image-below-signing-level-audited", _AUDITED, _integrity),
    "3076": says("app-control-audited", _AUDITED, _integrity),
    "3077": says("app-control-blocked", _BLOCKED, _integrity),
    # "is loaded", both: 3082 as the policy only audits (WHQL: Microsoft's signature for drivers)
    "3082": says("driver-without-whql-audited", "driver intrusion_detection/allowed", _integrity),
    "3083": says("driver-without-whql-loaded", "driver/start", _integrity),
    "3089": says("signature-information", "process/info", _integrity),
    "3090": says("app-control-allowed", "process/start", _integrity),
    "3091": says("app-control-audited", _AUDITED, _integrity),
    "3092": says("app-control-blocked", _BLOCKED, _integrity),
    "3095": says("app-control-policy-not-refreshed", "configuration/info", _policy, "failure"),
    "3096": says("app-control-policy-unchanged", "configuration/info", _policy),
    "3097": says("app-control-policy-not-refreshed", "configuration/info", _policy, "failure"),
    "3099": says("app-control-policy-loaded", _POLICY, _policy, "success"),
    "3100": says("app-control-policy-not-activated", "configuration/info", _policy, "failure"),
    "3101": says("app-control-policy-refresh-started", "configuration/info", _policy),
    "3102": says("app-control-policy-refreshed", _POLICY, _policy),
    "3103": says("app-control-policy-ignored", "configuration/info", _policy),
    "3104": says("image-in-protected-process-blocked", _BLOCKED, _integrity),
    "3105": says("app-control-policy-refresh-started", "configuration/info", _policy),
}
_restricted = both(placed(file="#1 AccessPath", rule_id="#2"), by_writer)
SOFTWARE_RESTRICTION: Meanings = {
    code: says("software-restriction-blocked", _BLOCKED, _restricted) for code in ("865", "866", "867", "868", "882")
}
_mitigated = placed(program="ProcessPath", command="ProcessCommandLine", file="ImageName", pid="CallingProcessId ProcessId")
MITIGATIONS: Meanings = {
    str(code): says(
        "exploit-protection-blocked" if code % 2 == 0 else "exploit-protection-audited",
        _BLOCKED if code % 2 == 0 else _AUDITED,
        both(_mitigated, by_writer),
    )
    for code in range(1, 33)  # odd: audited, even: enforced
}


def _exploited(event: Event, data: Fields) -> None:
    """`[CVE-2020-0601] cert validation`."""
    _reported(event, data)
    start, mark, _ = event.get("rule", {}).get("name", "").lstrip("[").partition("]")
    if mark and start.startswith("CVE-"):
        event["vulnerability"] = {"id": [start[:32]]}


_reported = placed(rule="#1 CVEID", reason="#2 AdditionalDetails")
AUDIT_CVE: Meanings = {"1": says("exploit-attempt-reported", "intrusion_detection/info", _exploited)}
