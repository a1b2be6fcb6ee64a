"""ATT&CK tags of Sigma rules (`attack.t1110.001`, `attack.credential-access`) to ECS `threat.*`.

Tactic ids and names are MITRE ATT&CK's; v19 split Defense Evasion into Stealth and Defense Impairment, older names stay
as aliases. `-` and `_` are the same in a tag.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

TACTICS: dict[str, tuple[str, str]] = {
    "reconnaissance": ("TA0043", "Reconnaissance"),
    "resource_development": ("TA0042", "Resource Development"),
    "initial_access": ("TA0001", "Initial Access"),
    "execution": ("TA0002", "Execution"),
    "persistence": ("TA0003", "Persistence"),
    "privilege_escalation": ("TA0004", "Privilege Escalation"),
    "defense_evasion": ("TA0005", "Defense Evasion"),
    "stealth": ("TA0005", "Stealth"),
    "defense_impairment": ("TA0112", "Defense Impairment"),
    "credential_access": ("TA0006", "Credential Access"),
    "discovery": ("TA0007", "Discovery"),
    "lateral_movement": ("TA0008", "Lateral Movement"),
    "collection": ("TA0009", "Collection"),
    "command_and_control": ("TA0011", "Command and Control"),
    "exfiltration": ("TA0010", "Exfiltration"),
    "impact": ("TA0040", "Impact"),
}
_TECHNIQUE = re.compile(r"attack\.(t\d{4})(?:\.(\d{3}))?")


def normal_tag(tag: str) -> str:
    """One spelling of a tag: lower case, `_` for `-`."""
    return tag.lower().replace("-", "_")


def techniques(tags: Sequence[str]) -> list[str]:
    """Technique ids named by `tags`, in their order: `T1110.001`."""
    found = [_TECHNIQUE.fullmatch(normal_tag(tag)) for tag in tags]
    return list(dict.fromkeys(match[1].upper() + (f".{match[2]}" if match[2] else "") for match in found if match))


@lru_cache(maxsize=16384)
def _threat(tags: tuple[str, ...]) -> dict[str, Any]:
    names = [normal_tag(tag).removeprefix("attack.") for tag in tags]
    tactics = [TACTICS[name] for name in dict.fromkeys(names) if name in TACTICS]
    ids = techniques(tags)
    if not tactics and not ids:
        return {}
    threat: dict[str, Any] = {"framework": "MITRE ATT&CK"}
    if tactics:
        threat["tactic"] = {"id": [one[0] for one in tactics], "name": [one[1] for one in tactics]}
    parents = list(dict.fromkeys(name.partition(".")[0] for name in ids))
    if parents:
        threat["technique"] = {"id": parents}
        subs = [name for name in ids if "." in name]
        if subs:
            threat["technique"]["subtechnique"] = {"id": subs}
    return threat


def threat_for(tags: Sequence[str]) -> dict[str, Any]:
    """ECS `threat.*` of the tags; empty where none is ATT&CK's. The value is shared: do not change it."""
    return _threat(tuple(tags))
