"""Well-known accounts and groups by what no language changes: their SIDs, and the logon ids of the service accounts.

Public rules look for English names (`NT AUTHORITY`, `Administrators`). Windows translates most of them, so a rule that asks
for such a name is also content with the SID beside it (MS-DTYP 2.4.2.4) or, in Sysmon's events that have no SID, with the
logon id that Windows gives the account (ntifs.h: SYSTEM_LUID and its like). Where an event has neither, `SYSTEM` is the same
word in the Nordic languages and German, and their `NT AUTHORITY` begins with NT too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sigma.conditions import ConditionAND, ConditionOR
from sigma.processing.transformations.base import DetectionItemTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaNull, SigmaString

from detections.pipelines.steps import any_of, item, pattern_of, plain

_SYSTEM, _LOCAL, _NETWORK, _ANONYMOUS = "S-1-5-18", "S-1-5-19", "S-1-5-20", "S-1-5-7"
_SERVICE = (_SYSTEM, _LOCAL, _NETWORK)
# What rules write, without wildcards, in lower case. `nt aut` and its like stand for the three service accounts.
_ACCOUNTS: dict[str, tuple[str, ...]] = {
    "authori": _SERVICE,
    "autori": _SERVICE,
    "nt aut": _SERVICE,
    "nt authority": _SERVICE,
    "nt authority\\": _SERVICE,
    "nt authority\\system": (_SYSTEM,),
    "\\system": (_SYSTEM,),
    "network service": (_NETWORK,),
    "\\network service": (_NETWORK,),
    "nt authority\\network service": (_NETWORK,),
    "local service": (_LOCAL,),
    "\\local service": (_LOCAL,),
    "nt authority\\local service": (_LOCAL,),
    "anonymous": (_ANONYMOUS,),
    "anonymous logon": (_ANONYMOUS,),
    "nt authority\\anonymous logon": (_ANONYMOUS,),
}
_GROUPS: dict[str, tuple[str, ...]] = {  # patterns of SIDs: of a domain's own groups, the last part is fixed
    "administr": ("S-1-5-32-544",),
    "administrators": ("S-1-5-32-544",),
    "guests": ("S-1-5-32-546",),
    "account operators": ("S-1-5-32-548",),
    "server operators": ("S-1-5-32-549",),
    "print operators": ("S-1-5-32-550",),
    "backup operators": ("S-1-5-32-551",),
    "remote desktop users": ("S-1-5-32-555",),
    "distributed com users": ("S-1-5-32-562",),
    "event log readers": ("S-1-5-32-573",),
    "hyper-v administrators": ("S-1-5-32-578",),
    "remote management users": ("S-1-5-32-580",),
    "everyone": ("S-1-1-0",),
    "authenticated users": ("S-1-5-11",),
    "guest": ("S-1-5-21-*-501",),
    "enterprise read-only domain controllers": ("S-1-5-21-*-498",),
    "domain admins": ("S-1-5-21-*-512",),
    "domain users": ("S-1-5-21-*-513",),
    "domain guests": ("S-1-5-21-*-514",),
    "domain computers": ("S-1-5-21-*-515",),
    "domain controllers": ("S-1-5-21-*-516",),
    "cert publishers": ("S-1-5-21-*-517",),
    "schema admins": ("S-1-5-21-*-518",),
    "enterprise admins": ("S-1-5-21-*-519",),
    "group policy creator owners": ("S-1-5-21-*-520",),
    "protected users": ("S-1-5-21-*-525",),
    "key admins": ("S-1-5-21-*-526",),
    "enterprise key admins": ("S-1-5-21-*-527",),
}
_LOGON_IDS = {_SYSTEM: "0x3e7", _LOCAL: "0x3e5", _NETWORK: "0x3e4", _ANONYMOUS: "0x3e6"}
_NOBODY = "S-1-0-0"

# Which field has the SID of the account that another field names.
_SIDS: Mapping[str, tuple[str, ...]] = {
    "SubjectUserName": ("SubjectUserSid",),
    "SubjectDomainName": ("SubjectUserSid",),
    "TargetUserName": ("TargetUserSid", "TargetSid"),
    "TargetDomainName": ("TargetUserSid", "TargetSid"),
    "MemberName": ("MemberSid",),
}
_NAMES = frozenset(("User", "ParentUser", "SourceUser", "TargetUser", "UserName"))
_WITH_LOGON_ID = {"User": "LogonId"}
# What rules look for in command lines, and what one types on a Danish Windows.
_TYPED = {"administrators": "administratorer"}
_COMMANDS = frozenset(("CommandLine", "ParentCommandLine"))

_Part = SigmaDetectionItem | SigmaDetection


def sids_of(detection_item: SigmaDetectionItem, groups: bool = False) -> tuple[str, ...]:
    """SIDs (or patterns) of the accounts that the item names; none where it wants all of its values at once."""
    if detection_item.value_linking is not ConditionOR:
        return ()
    known = _ACCOUNTS | _GROUPS if groups else _ACCOUNTS
    found = [sid for value in detection_item.value for sid in known.get(plain(value) or "", ())]
    return tuple(dict.fromkeys(found))


def with_others(detection_item: SigmaDetectionItem, others: list[_Part]) -> SigmaDetection:
    """The item, or any of the others."""
    return SigmaDetection([detection_item, *others], item_linking=ConditionOR)


@dataclass
class AnyLanguage(DetectionItemTransformation):
    """Items of events with Sysmon's or Security's own field names."""

    def apply_detection_item(self, detection_item: SigmaDetectionItem) -> SigmaDetection | None:
        """The item's replacement where it names an account."""
        field = detection_item.field or ""
        if (fields := _SIDS.get(field)) is not None:
            sids = sids_of(detection_item, groups=True)
            return with_others(detection_item, [item(one, *sids) for one in fields]) if sids else None
        if field in _NAMES and (sids := sids_of(detection_item)):
            return with_others(detection_item, _by_name(field, sids))
        if field in _COMMANDS:
            _also_typed(detection_item)
        return None


def _by_name(field: str, sids: tuple[str, ...]) -> list[_Part]:
    found: list[_Part] = []
    if _SYSTEM in sids:
        found.append(item(field, "NT*\\\\SYSTEM"))
    if sids == _SERVICE:
        found.append(item(field, "NT-MYNDIGHE*"))  # Norwegian, and Danish in its own spelling
    if (logon := _WITH_LOGON_ID.get(field)) is not None:
        found.append(item(logon, *(_LOGON_IDS[sid] for sid in sids)))
    return found


def _also_typed(detection_item: SigmaDetectionItem) -> None:
    for number, value in enumerate(detection_item.value):
        if type(value) is not SigmaString:
            continue
        for english, danish in _TYPED.items():
            if english in (plain(value) or ""):
                parts = [part.lower().replace(english, danish) if isinstance(part, str) else part for part in value.s]
                detection_item.value[number] = any_of([value, pattern_of(parts)])


@dataclass
class AnyLanguage4688(DetectionItemTransformation):
    """Items of a process creation, for Security 4688: its subject made the process, its target (if any) is who it runs as."""

    def apply_detection_item(self, detection_item: SigmaDetectionItem) -> SigmaDetection | None:
        """The item's replacement where it names an account."""
        if detection_item.field in _COMMANDS:
            _also_typed(detection_item)
        if detection_item.field not in ("User", "ParentUser") or not (sids := sids_of(detection_item)):
            return None
        subject = item("SubjectUserSid", *sids)
        if detection_item.field == "ParentUser":
            return with_others(detection_item, [subject])
        alone = SigmaDetection([subject, item("TargetUserSid", _NOBODY, SigmaNull())], item_linking=ConditionAND)
        return with_others(detection_item, [item("TargetUserSid", *sids), alone])
