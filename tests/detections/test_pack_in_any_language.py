"""Windows says the names of its own groups, accounts and states in the language of the machine: a rule that asks for one
would be blind on the others. The pack asks for SIDs, event ids and message numbers (`%%8448`) instead."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from detections.documents import read_documents, rule_files
from detections.loading import BUILTIN

IN_ONE_LANGUAGE = (
    "administrators",
    "administratorer",
    "authority",
    "authori",
    "autoritet",
    "builtin",
    "domain admins",
    "domain users",
    "domæne",
    "everyone",
    "enterprise admins",
    "audit failure",
    "font driver host",
    "window manager",
)
STATES = ("alle", "brugere", "guests", "gæster", "kører", "running", "stopped", "stoppet", "success", "users")


@cache
def asked_of_windows() -> tuple[tuple[str, str], ...]:
    """Title and each value that a rule on Windows asks for."""
    documents = [document for path in rule_files([BUILTIN]) for document in read_documents(path) if isinstance(document, dict)]
    of_windows = [one for one in documents if one.get("logsource", {}).get("product") == "windows"]
    return tuple((one["title"], text.lower()) for one in of_windows for text in texts(one["detection"]))


def texts(node: Any) -> Iterator[str]:
    """Every value below `node`."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key != "condition":
                yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)
    elif isinstance(node, str):
        yield node


@pytest.mark.parametrize("word", IN_ONE_LANGUAGE)
def test_no_rule_on_windows_asks_for_a_name_in_one_language(word: str) -> None:
    assert [title for title, text in asked_of_windows() if word in text] == []


def test_no_rule_on_windows_asks_for_a_state_in_one_language() -> None:
    assert len(asked_of_windows()) > 300
    assert [(title, text) for title, text in asked_of_windows() if text in STATES] == []
