"""The Sigma text of vagt's own rules, for whoever may pass a rule on: the CERT bridge's indicators."""

import re
from functools import cache

from detections.documents import rule_files
from detections.loading import BUILTIN

_ID = re.compile(r"^id: *['\"]?([0-9a-f-]{36})", re.MULTILINE)
_DOCUMENT = re.compile(r"^---\s*$", re.MULTILINE)


def rule_text(rule_id: str) -> str | None:
    """The rule's document as it stands in the pack; None for a rule that is not vagt's own."""
    return _texts().get(rule_id)


@cache
def _texts() -> dict[str, str]:
    documents = [part for path in rule_files([BUILTIN]) for part in _DOCUMENT.split(path.read_text(encoding="utf-8"))]
    return {match[1]: part.strip() + "\n" for part in documents if (match := _ID.search(part))}
