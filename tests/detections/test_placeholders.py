"""The lists behind `expand`: from settings and files; what they change."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.recordings import rule_folders
from detections.engine import Engine
from detections.loading import load_rules
from detections.placeholders import COMMON, read_placeholders
from detections.rule import RuleSet
from vagt.errors import SettingsError
from vagt.settings.detections import DetectionsSettings

LoadText = Callable[..., RuleSet]
RULE = """
title: logon on a domain controller
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01
logsource: {product: windows, service: security}
detection:
    s: {Computer|expand: '%controllers%'}
    condition: s
"""


def listed(given: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return read_placeholders(DetectionsSettings(placeholders=given).placeholders)


def test_a_list_stands_in_the_settings_or_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "controllers.txt"
    file.write_text("\ufeff# domain controllers\n\ndc1\n  dc2.example.dk  \nsrv*\n", encoding="utf-8")
    found = listed({"controllers": str(file), "ports": [3389, "22"]})
    assert found == {**COMMON, "controllers": ("dc1", "dc2.example.dk", "srv*"), "ports": ("3389", "22")}


def test_what_is_known_everywhere_can_be_replaced() -> None:
    assert listed({})["userdomain"] == ("%userdomain%",)
    assert listed({"userdomain": ["x"]})["userdomain"] == ("x",)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff", b"x" * ((4 << 20) + 1)], ids=["missing", "no text", "too large"])
def test_a_file_that_cannot_be_read_is_an_error_that_names_setting_and_file(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=rf"detections\.placeholders\.controllers: {file}"):
        listed({"controllers": str(file)})


def test_a_list_reaches_every_spelling_of_a_rule(rules_of: LoadText) -> None:
    ruleset = rules_of(RULE, schema="ecs", placeholders={"controllers": ("dc*",)})
    event = {
        "event": {"dataset": "windows.eventlog", "code": "4624"},
        "winlog": {"channel": "Security", "computer_name": "DC7"},
    }
    assert Engine(ruleset).match(event)


def test_another_list_is_another_version_of_the_rule_set(rules_of: LoadText) -> None:
    versions = {rules_of(RULE, placeholders={"controllers": (one,)}).version for one in ("dc1", "dc2", "dc1")}
    assert len(versions) == 2


@pytest.mark.corpus
def test_public_rules_that_need_a_list_can_be_used_with_one(corpus: Path) -> None:
    folders = [one for folder in rule_folders(corpus) for one in folder.rglob("CVE-2026-54121")]
    without = load_rules(folders, builtin=False)
    assert len(without.refused) == 2
    assert all("set detections.placeholders.known_cdcs" in one.reason for one in without.refused)
    given = load_rules(folders, builtin=False, placeholders={"known_cdcs": ("dc1.example.dk",)})
    assert given.refused == ()
    assert len(given.rules) == len(without.rules) + 2
