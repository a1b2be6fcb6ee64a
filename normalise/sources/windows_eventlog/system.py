"""Windows itself: services, start and shutdown, crashes, devices, file systems, its own logs."""

from typing import Any

from normalise.sources.windows_eventlog.document import text
from normalise.sources.windows_eventlog.meaning import Meanings, both, by_writer, placed, says
from normalise.sources.windows_eventlog.objects import account, set_command_line, set_executable
from normalise.sources.windows_eventlog.security_subjects import cleared
from vagt.contracts.event import Event

Fields = dict[str, Any]


def _installed(event: Event, data: Fields) -> None:
    service: Fields = {}
    if (name := text(data, "ServiceName")) is not None:
        service["name"] = name
    if (kind := text(data, "ServiceType")) is not None:
        service["type"] = kind
    if service:
        event["service"] = service
    process: Fields = {}
    set_command_line(process, text(data, "ImagePath"))
    if process:
        event["process"] = process
    by_writer(event, data)


def _service(event: Event, data: Fields) -> None:
    """7036, 7040 and failures: param1 is the service's display name, param2 its state (in the language of Windows)."""
    if (name := text(data, "param1")) is not None:
        event["service"] = {"name": name}
        if (state := text(data, "param2")) is not None and event["winlog"]["event_id"] == "7036":
            event["service"]["state"] = state


def _ended(event: Event, data: Fields) -> None:
    """User32 1074: who asked for shutdown or restart."""
    process: Fields = {}
    set_executable(process, (text(data, "param1") or "").partition(" (")[0] or None)
    if process:
        event["process"] = process
    if (user := account(text(data, "param7"))) is not None:
        event["user"] = user


SERVICES: Meanings = {
    "7000": says("service-start-failed", "host/info", _service, "failure"),
    "7001": says("service-start-failed", "host/info", _service, "failure"),
    "7009": says("service-start-timed-out", "host/info", _service, "failure"),
    "7011": says("service-timed-out", "host/info", _service, "failure"),
    "7022": says("service-hung", "host/info", _service, "failure"),
    "7023": says("service-terminated-with-error", "host/info", _service, "failure"),
    "7024": says("service-terminated-with-error", "host/info", _service, "failure"),
    "7026": says("driver-load-failed", "driver/info", outcome="failure"),
    "7030": says("service-interactive-not-allowed", "configuration/info", _service),
    "7031": says("service-crashed", "host/info", _service, "failure"),
    "7032": says("service-recovery-failed", "host/info", _service, "failure"),
    "7034": says("service-crashed", "host/info", _service, "failure"),
    "7035": says("service-control-sent", "host/info", both(_service, by_writer)),
    "7036": says("service-state-changed", "host/change", _service),
    "7038": says("service-logon-failed", "authentication/start", both(_service, placed(user="param2")), "failure"),
    "7040": says("service-start-type-changed", "configuration/change", both(_service, by_writer)),
    "7041": says("service-logon-not-granted", "authentication/start", both(_service, placed(user="param2")), "failure"),
    "7045": says("service-installed", "configuration/creation", _installed),
}
EVENTLOG: Meanings = {
    "104": says("event-log-cleared", "configuration/deletion", cleared),
    "1101": says("audit-events-dropped", "configuration/info", outcome="failure"),
    "1104": says("logging-full", "configuration/info"),
    "1105": says("event-log-archived", "configuration/info"),
}
_application = placed(program="AppPath #11 AppName #1", reason="ExceptionCode #7")
SYSTEM_PROVIDERS: dict[str, Meanings] = {
    "service control manager": SERVICES,
    "microsoft-windows-eventlog": EVENTLOG,
    "eventlog": {
        "6005": says("event-log-service-started", "host/start"),
        "6006": says("event-log-service-stopped", "host/end"),
        "6008": says("unexpected-shutdown", "host/end"),
        "6009": says("system-version-reported", "host/info"),
        "6011": says("host-renamed", "host/change"),
        "6013": says("system-uptime-reported", "host/info"),
    },
    "microsoft-windows-kernel-general": {
        "1": says("system-time-changed", "configuration/change", by_writer),
        "12": says("system-started", "host/start"),
        "13": says("system-stopped", "host/end"),
        "16": says("registry-hive-history-cleared", "configuration/change", placed(file="HiveName")),
    },
    "microsoft-windows-kernel-boot": {
        "20": says("boot-succeeded", "host/info"),
        "27": says("boot-type-reported", "host/info"),
        "124": says("virtualisation-based-security-failed", "host/info", outcome="failure"),
        "153": says("virtualisation-based-security-reported", "host/info"),
    },
    "microsoft-windows-kernel-power": {
        "41": says("unexpected-restart", "host/start"),
        "42": says("system-sleeping", "host/end"),
        "107": says("system-resumed", "host/start"),
        "109": says("shutdown-requested", "host/end"),
    },
    "user32": {"1074": says("shutdown-requested", "host/end", _ended), "1076": says("shutdown-explained", "host/info", _ended)},
    "microsoft-windows-winlogon": {
        "7001": says("logon-notified", "session/start", placed(user="UserSid")),
        "7002": says("logoff-notified", "session/end", placed(user="UserSid")),
        "4005": says("winlogon-terminated", "process/end"),
    },
    "application error": {
        "1000": says("application-crashed", "process/end", _application, "failure"),
        "1005": says("application-file-unreachable", "process/info", _application, "failure"),
    },
    "application hang": {"1002": says("application-hung", "process/end", _application, "failure")},
    "application popup": {"26": says("popup-shown", "process/info", placed(program="Caption"))},
    ".net runtime": {code: says("application-crashed", "process/end", outcome="failure") for code in ("1023", "1025", "1026")},
    "windows error reporting": {"1001": says("error-reported", "process/info", placed(program="#6"))},
    "microsoft-windows-wer-systemerrorreporting": {
        "1001": says("system-crashed", "host/start", placed(file="param2"), "failure"),
    },
    "microsoft-windows-driverframeworks-usermode": {
        code: says(action, "host/info", placed(device="InstanceId instance"))
        for code, action in (("2003", "device-connecting"), ("2100", "device-changing"), ("2102", "device-disconnected"))
    },
    "microsoft-windows-kernel-pnp": {
        "400": says("device-configured", "host/change", placed(device="DeviceInstanceId", service="DriverName")),
        "410": says("device-started", "host/start", placed(device="DeviceInstanceId", service="ServiceName")),
        "420": says("device-deleted", "host/end", placed(device="DeviceInstanceId")),
    },
    "microsoft-windows-userpnp": {
        "20001": says("driver-installed", "driver/change", by_writer),
        "20003": says("driver-service-added", "driver/change", by_writer),
    },
    "microsoft-windows-vhdmp": {
        "1": says("disk-image-mounted", "host/change", placed(file="VhdFileName")),
        "2": says("disk-image-removed", "host/change", placed(file="VhdFileName")),
        "12": says("disk-image-opened", "file/access", placed(file="VhdFileName")),
    },
    "microsoft-windows-ntfs": {
        "55": says("file-system-damaged", "host/info", outcome="failure"),
        "98": says("volume-checked", "host/info"),
    },
    "ntfs": {"55": says("file-system-damaged", "host/info", outcome="failure")},
    "microsoft-windows-backup": {
        "4": says("backup-finished", "host/info", outcome="success"),
        "5": says("backup-failed", "host/info", outcome="failure"),
        "14": says("backup-finished", "host/info"),
        "517": says("backup-failed", "host/info", outcome="failure"),
        "524": says("backup-catalogue-deleted", "configuration/deletion"),
    },
    "volsnap": {code: says("shadow-copies-deleted", "host/change") for code in ("25", "33", "35", "36")},
    "esent": {
        "216": says("database-moved", "database/change", placed(file="#5")),
        "325": says("database-created", "database/change", placed(file="#5")),
        "326": says("database-attached", "database/access", placed(file="#5")),
        "327": says("database-detached", "database/access", placed(file="#5")),
    },
    "microsoft-windows-grouppolicy": {
        **{code: says("group-policy-applied", "configuration/info", by_writer, "success") for code in ("1500", "1501")},
        **{code: says("group-policy-applied", "configuration/change", by_writer, "success") for code in ("1502", "1503")},
        **{
            code: says("group-policy-failed", "configuration/info", by_writer, "failure")
            for code in ("1006", "1030", "1058", "1085", "1129")
        },
    },
    "microsoft-windows-distributedcom": {
        "10001": says("dcom-server-not-started", "process/info", placed(command="param2"), "failure"),
        "10005": says("dcom-service-not-started", "process/info", placed(service="param3"), "failure"),
        "10016": says("dcom-permission-denied", "process/info", both(placed(source="param8"), by_writer), "failure"),
        "10036": says("dcom-client-too-weak", "network/denied", placed(source="param4"), "failure"),
    },
    "microsoft-windows-capi2": {
        "11": says("certificate-chain-built", "configuration/access", by_writer),
        "70": says("private-key-acquired", "configuration/access", by_writer),
    },
    "microsoft-windows-certificateservicesclient-lifecycle-system": {
        "1006": says("certificate-replaced", "configuration/change", by_writer),
        "1007": says("certificate-exported", "configuration/access", by_writer),
    },
    "microsoft-windows-bitlocker-api": {
        **{code: says("volume-encryption-changed", "host/change", by_writer) for code in ("768", "770", "773", "775", "776")},
        "774": says("volume-protection-removed", "host/change", by_writer),
        "778": says("volume-decrypted", "host/change", by_writer),
    },
    "microsoft-windows-directory-services-sam": {
        "16962": says("remote-sam-access-restricted", "configuration/info"),
        "16965": says("remote-sam-call-denied", "iam/info", placed(user="#1", source="#2"), "failure"),
        "16968": says("remote-sam-calls-not-restricted", "configuration/info"),
        "16990": says("computer-account-name-refused", "iam/info", placed(user="#1"), "failure"),
        "16991": says("computer-account-name-refused", "iam/info", placed(user="#1"), "failure"),
    },
    "microsoft-windows-shell-core": {
        "28115": says("app-shortcut-added", "configuration/change", both(by_writer, placed(package="AppID")))
    },
    "microsoft-windows-iphlpsvc": {"4100": says("isatap-address-set", "configuration/change", placed(source="IsatapRouter"))},
}
