"""First actions: what the first person does at three in the morning, in Danish and English; one YAML file for each id.

A rule names its own; a public rule gets that of its technique or tactic from `first_actions/by_technique.yml`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from vagt.errors import SettingsError

FOLDER = Path(__file__).parent / "first_actions"
_TABLE = "by_technique.yml"
DEFAULT = "default"
ROLES = {
    "soc_analyst": {"da": "SOC-analytiker", "en": "SOC analyst"},
    "duty_manager": {"da": "vagtleder", "en": "duty manager"},
    "it_security_officer": {"da": "it-sikkerhedsansvarlig", "en": "IT security officer"},
    "server_team": {"da": "servervagt", "en": "server team on call"},
    "network_team": {"da": "netværksvagt", "en": "network team on call"},
    "service_desk": {"da": "servicedesk", "en": "service desk"},
    "dpo": {"da": "databeskyttelsesrådgiver (DPO)", "en": "data protection officer (DPO)"},
    "cert": {"da": "CERT", "en": "CERT"},
    "vagt_operator": {"da": "driftsansvarlig for logplatformen", "en": "operator of the log platform"},
}


@dataclass(frozen=True, slots=True)
class FirstAction:
    """`title` by language; `steps` in order, each by language; `call` the roles to call, the first one first."""

    id: str
    title: Mapping[str, str]
    steps: tuple[Mapping[str, str], ...]
    call: tuple[str, ...]

    def in_language(self, language: str) -> dict[str, Any]:
        """`{id, title, steps, call}` in one language."""
        return {
            "id": self.id,
            "title": self.title[language],
            "steps": [step[language] for step in self.steps],
            "call": [ROLES[role][language] for role in self.call],
        }


@dataclass(frozen=True, slots=True)
class FirstActions:
    """All first actions by id, and which one a technique or tactic gets."""

    by_id: Mapping[str, FirstAction]
    by_technique: Mapping[str, str]
    by_tactic: Mapping[str, str]

    def choose(self, named: str | None, techniques: Sequence[str], tactics: Sequence[str]) -> str:
        """The id that the rule names, else the first technique's (a sub-technique's before its parent's), else the tactic's."""
        if named is not None and named in self.by_id:
            return named
        subs_first = sorted(techniques, key=lambda one: "." not in one)
        for technique in subs_first:
            for key in (technique, technique.partition(".")[0]):
                if key in self.by_technique:
                    return self.by_technique[key]
        return next((self.by_tactic[one] for one in tactics if one in self.by_tactic), DEFAULT)

    def get(self, action_id: str) -> FirstAction:
        """The action, or the default one where this version has none of that id."""
        return self.by_id.get(action_id) or self.by_id[DEFAULT]


@cache
def first_actions(folder: Path = FOLDER) -> FirstActions:
    """All first actions in `folder`. Raises SettingsError for a file that is incomplete, naming it."""
    by_id = {path.stem: _read(path) for path in sorted(folder.glob("*.yml")) if path.name != _TABLE}
    table = _load(folder / _TABLE)
    chosen = FirstActions(by_id, table["techniques"], table["tactics"])
    unknown = {one for one in [*chosen.by_technique.values(), *chosen.by_tactic.values(), DEFAULT] if one not in by_id}
    if unknown:
        raise SettingsError(f"{folder / _TABLE} names first actions that have no file: {', '.join(sorted(unknown))}")
    return chosen


def _read(path: Path) -> FirstAction:
    document = _load(path)
    try:
        action = FirstAction(
            path.stem,
            {language: document["title"][language] for language in ("da", "en")},
            tuple({language: step[language] for language in ("da", "en")} for step in document["steps"]),
            tuple(document["call"]),
        )
    except (KeyError, TypeError) as error:
        raise SettingsError(f"{path} lacks {error}: title and each step are in da and en, call is a list of roles") from None
    strangers = [role for role in action.call if role not in ROLES]
    if strangers or not action.steps or not action.call:
        raise SettingsError(f"{path}: needs steps and call, roles are {', '.join(ROLES)}; unknown: {', '.join(strangers)}")
    return action


def _load(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"cannot read the first action {path}: {error}") from None
