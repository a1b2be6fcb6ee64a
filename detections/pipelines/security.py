"""Events of Windows' Security log that tell what a Sysmon category asks, under other names and other spellings.

4688 is a process creation, 4657 a registry value that was set, 4663 an access to a file, 5156 a connection. A rule is compiled
anew for each; it is one rule with one id. For all but 4688, a field that the event does not have keeps the rule away from it,
for its filters could not work there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sigma.processing.pipeline import ProcessingItem
from sigma.processing.transformations import AddConditionTransformation, FieldMappingTransformation
from sigma.processing.transformations.base import DetectionItemTransformation
from sigma.rule import SigmaDetectionItem
from sigma.types import SigmaString, SigmaType

from detections.pipelines.accounts import AnyLanguage
from detections.pipelines.family import Fields, Values
from detections.pipelines.steps import Respelt, SpeltOtherwise, any_of


def data_field(name: str | None) -> str:
    """Where EventData's or UserData's field of this name is in ECS."""
    return f"winlog.event_data.{name}|winlog.user_data.{name}"


@dataclass(frozen=True, slots=True)
class SecurityFeed:
    """An event id, the Sigma categories that it can feed and its names for their fields. `only`: what of its events.
    `subject`: whether it says who did it."""

    code: str
    categories: tuple[str, ...]
    fields: Fields
    only: Mapping[str, list[str]]
    values: Values
    paths: tuple[frozenset[str], tuple[tuple[re.Pattern[str], str], ...]]
    subject: bool = True

    @property
    def family(self) -> str:
        """Its name as a family."""
        return f"ecs windows {self.code}"

    def marked(self, category: str) -> str:
        """The category as routes name it."""
        return f"{category} ({self.code})"

    def items(self) -> list[ProcessingItem]:
        """The steps that turn Sigma's names into those of this event in ECS."""
        steps: list[DetectionItemTransformation] = [Respelt(*self.paths), SpeltOtherwise(self.values), _Numbers()]
        found = [ProcessingItem(step) for step in steps]
        found.append(ProcessingItem(FieldMappingTransformation(dict(_SUBJECT))))
        found.append(ProcessingItem(AnyLanguage()))
        mapped: dict[str | None, str | list[str]] = {name: data_field(name) for name in _OWN}
        mapped.update(self.fields.items())
        found.append(ProcessingItem(FieldMappingTransformation(mapped)))
        only: dict[str, int | str | list[str]] = {f"winlog.event_data.{name}": list(one) for name, one in self.only.items()}
        return [*found, ProcessingItem(AddConditionTransformation(only))]

    def has(self, name: str) -> bool:
        """Whether the event has Sigma's field."""
        return name in self.fields or (self.subject and name in _SUBJECT)


_SUBJECT: dict[str | None, str | list[str]] = {"User": "SubjectUserName"}
_OWN = ("SubjectUserName", "SubjectUserSid")  # what the account's name has become, before it is ECS
_DRIVE = re.compile(r"^[a-z]?:\\", re.IGNORECASE)
_REGISTRY = (
    (re.compile(r"^HKLM\\", re.IGNORECASE), "\\REGISTRY\\MACHINE\\"),
    (re.compile(r"^HKU\\", re.IGNORECASE), "\\REGISTRY\\USER\\"),
    (re.compile(r"^HKCR\\", re.IGNORECASE), "\\REGISTRY\\MACHINE\\SOFTWARE\\Classes\\"),
    (re.compile(r"\\CurrentControlSet\\", re.IGNORECASE), "\\ControlSet*\\"),
)
_SET = ["%%1904", "%%1905"]  # a value was made, changed

SECURITY_FEEDS = (
    SecurityFeed(
        "4657",
        ("registry_set", "registry_event"),
        {
            "TargetObject": "registry.path",
            "Details": data_field("NewValue"),
            "EventType": data_field("OperationType"),
            "Image": data_field("ProcessName"),
        },
        {"OperationType": _SET},
        {"EventType": {"setvalue": tuple(_SET), "deletevalue": ("%%1906",)}},
        (frozenset(("TargetObject",)), _REGISTRY),
    ),
    SecurityFeed(
        "4663",
        ("file_access",),
        {"FileName": data_field("ObjectName"), "Image": data_field("ProcessName")},
        {"ObjectType": ["File"]},
        {},
        (frozenset(), ()),
    ),
    SecurityFeed(
        "5156",
        ("network_connection",),
        {
            "Image": data_field("Application"),
            "DestinationIp": data_field("DestAddress"),
            "DestinationPort": data_field("DestPort"),
            "SourceIp": data_field("SourceAddress"),
            "SourcePort": data_field("SourcePort"),
            "Initiated": data_field("Direction"),
            "Protocol": data_field("Protocol"),
        },
        # Outgoing ones: of an incoming connection, source and destination are named the other way round than by Sysmon.
        {"Direction": ["%%14593"]},
        {"Initiated": {"true": ("%%14593",), "false": ("%%14592",)}, "Protocol": {"tcp": ("6",), "udp": ("17",)}},
        (frozenset(("Image",)), ((_DRIVE, "\\device\\harddiskvolume*\\"),)),
        subject=False,
    ),
)
BY_FAMILY = {feed.family: feed for feed in SECURITY_FEEDS}


@dataclass
class _Numbers(DetectionItemTransformation):
    """`DWORD (0x00000001)`, as Sysmon writes a registry's number, is `1` in 4657."""

    def apply_detection_item(self, detection_item: SigmaDetectionItem) -> None:
        """In place."""
        if detection_item.field == "Details":
            detection_item.value = [_number(value) for value in detection_item.value]


def _number(value: SigmaType) -> SigmaType:
    match = re.fullmatch(r"[DQ]WORD \(0x([0-9a-fx-]{1,20})\)", str(value), re.IGNORECASE)
    if match is None:
        return value
    try:
        number = int(match[1].lower().replace("-0x", ""), 16)
    except ValueError:
        return value
    return any_of([value, SigmaString(str(number)), SigmaString(f"0x{number:X}")])
