"""Windows: which channel and event id is which Sigma service and category, and where its fields are in ECS.

Services and channels are those of Sigma's log source definitions; the event ids of Sysmon are Microsoft's (Sysmon 15).
"""

from functools import lru_cache

from sigma.pipelines.common import windows_logsource_mapping
from sigma.processing.conditions import IncludeFieldCondition
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import (
    ConvertTypeTransformation,
    FieldFunctionTransformation,
    FieldMappingTransformation,
    MapStringTransformation,
)

from detections.pipelines.accounts import AnyLanguage, AnyLanguage4688
from detections.pipelines.security import SECURITY_FEEDS, data_field

SYSMON = "microsoft-windows-sysmon/operational"
POWERSHELL = ("microsoft-windows-powershell/operational", "powershellcore/operational")
PROCESS_4688 = "process_creation (4688)"

_SYSMON_IDS: dict[str, tuple[int, ...]] = {
    "process_creation": (1,),
    "file_change": (2,),
    "network_connection": (3,),
    "sysmon_status": (4, 16),
    "process_termination": (5,),
    "driver_load": (6,),
    "image_load": (7,),
    "create_remote_thread": (8,),
    "raw_access_thread": (9,),
    "process_access": (10,),
    "file_event": (11,),
    "registry_add": (12,),
    "registry_delete": (12,),
    "registry_set": (13,),
    "registry_rename": (14,),
    "registry_event": (12, 13, 14),
    "create_stream_hash": (15,),
    "pipe_created": (17, 18),
    "wmi_event": (19, 20, 21),
    "dns_query": (22,),
    "file_delete": (23, 26),
    "file_delete_detected": (26,),
    "clipboard_capture": (24,),
    "process_tampering": (25,),
    "file_block_executable": (27,),
    "file_block_shredding": (28,),
    "file_block": (27, 28),
    "file_executable_detected": (29,),
    "sysmon_error": (255,),
}
_OTHER_IDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("security", "4688"): (PROCESS_4688,),
    **{("security", feed.code): tuple(map(feed.marked, feed.categories)) for feed in SECURITY_FEEDS},
    **{(channel, "4104"): ("ps_script",) for channel in POWERSHELL},
    **{(channel, "4103"): ("ps_module",) for channel in POWERSHELL},
    ("windows powershell", "400"): ("ps_classic_start",),
    ("windows powershell", "600"): ("ps_classic_provider_start",),
    ("windows powershell", "800"): ("ps_classic_script",),
    **{
        ("microsoft-windows-windows defender/operational", str(code)): ("antivirus",)
        for code in (1006, 1007, 1008, 1009, 1010, 1011, 1012, 1017, 1018, 1019, 1115, 1116, 1117, 1118, 1119)
    },
}
_SERVICES_BY_CHANNEL: dict[str, set[str]] = {}
for _service, _channels in windows_logsource_mapping.items():
    for _channel in [_channels] if isinstance(_channels, str) else _channels:
        _SERVICES_BY_CHANNEL.setdefault(_channel.lower(), set()).add(_service)
for _service, _channel in (
    ("terminalservices-localsessionmanager", "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"),
    ("smbclient-connectivity", "Microsoft-Windows-SmbClient/Connectivity"),
    ("smbserver-connectivity", "Microsoft-Windows-SMBServer/Connectivity"),
    ("dns-client", "Microsoft-Windows-DNS-Client/Operational"),
    ("dns-server-analytic", "Microsoft-Windows-DNSServer/Analytical"),
    ("dns-server-audit", "Microsoft-Windows-DNSServer/Audit"),
    ("msexchange-management", "MSExchange Management"),
):
    _SERVICES_BY_CHANNEL.setdefault(_channel.lower(), set()).add(_service)

SERVICES = frozenset().union(*_SERVICES_BY_CHANNEL.values())
CATEGORIES = frozenset(_SYSMON_IDS) | {name for names in _OTHER_IDS.values() for name in names}


@lru_cache(maxsize=1024)
def services_of(channel: str) -> frozenset[str]:
    """The Sigma services whose channel this is."""
    return frozenset(_SERVICES_BY_CHANNEL.get(channel.lower(), ()))


@lru_cache(maxsize=4096)
def categories_of(channel: str, code: str) -> frozenset[str]:
    """The Sigma categories of an event id in a channel; one event may be of several (`registry_set`, `registry_event`)."""
    if channel.lower() == SYSMON:
        return frozenset(name for name, codes in _SYSMON_IDS.items() if code in map(str, codes))
    return frozenset(_OTHER_IDS.get((channel.lower(), code), ()))


# Fields of the event's frame; every other field is one of EventData or UserData and keeps its name.
FRAME: dict[str | None, str | list[str]] = {
    "EventID": "event.code",
    "Channel": "winlog.channel",
    "Provider_Name": "winlog.provider_name",
    "Computer": "winlog.computer_name",
    "ComputerName": "winlog.computer_name",
    "Keywords": "winlog.keywords",
    "Level": "log.level",
    "Message": "message",
}
_LEVELS = {"0": "information", "1": "critical", "2": "error", "3": "warning", "4": "information", "5": "verbose"}

# What a Sysmon event 1 calls differently from Security 4688; fields that 4688 lacks stay absent.
TO_4688: dict[str | None, str | list[str]] = {
    "Image": "NewProcessName",
    "ParentImage": "ParentProcessName",
    "ProcessId": "NewProcessId",
    "ParentProcessId": "ProcessId",
    "LogonId": "SubjectLogonId",
    "User": "SubjectUserName",
    "IntegrityLevel": "MandatoryLabel",
}
_LABELS = {
    "Untrusted": "S-1-16-0",
    "Low": "S-1-16-4096",
    "Medium": "S-1-16-8192",
    "High": "S-1-16-12288",
    "System": "S-1-16-16384",
}
TO_DEFENDER: dict[str | None, str | list[str]] = {"Signature": "Threat Name", "Filename": "Path"}


def to_ecs() -> list[ProcessingItem]:
    """Items that turn Windows' field names into those of our events."""
    return [
        ProcessingItem(ConvertTypeTransformation("str"), field_name_conditions=[IncludeFieldCondition(["Level"])]),
        ProcessingItem(MapStringTransformation(dict(_LEVELS)), field_name_conditions=[IncludeFieldCondition(["Level"])]),
        ProcessingItem(FieldFunctionTransformation(mapping=dict(FRAME), transform_func=data_field)),
    ]


def to_4688() -> list[ProcessingItem]:
    """Items that turn the field names of a process creation into those of Security 4688."""
    return [
        ProcessingItem(
            MapStringTransformation(dict(_LABELS)), field_name_conditions=[IncludeFieldCondition(["IntegrityLevel"])]
        ),
        ProcessingItem(FieldMappingTransformation(dict(TO_4688))),
    ]


def any_language() -> list[ProcessingItem]:
    """Items that make well-known accounts those of any language."""
    return [ProcessingItem(AnyLanguage())]


def any_language_4688() -> list[ProcessingItem]:
    """Items that make well-known accounts of a process creation those of any language, by the SIDs of Security 4688."""
    return [ProcessingItem(AnyLanguage4688())]


def to_defender() -> list[ProcessingItem]:
    """Items that turn the antivirus category's field names into Microsoft Defender's."""
    return [ProcessingItem(FieldMappingTransformation(dict(TO_DEFENDER)))]


def pipeline(*items: list[ProcessingItem]) -> ProcessingPipeline:
    """One pySigma pipeline of the items in order."""
    return ProcessingPipeline(items=[item for some in items for item in some])
