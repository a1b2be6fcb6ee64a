"""PowerShell's 4104 writes a long script in parts; those that come in one record are put together again."""

from typing import Any

from vagt.contracts.event import Event

_CODE = "4104"
_MOST_PARTS = 1024


def join_scripts(events: list[Event]) -> list[Event]:
    """The events with all parts of a script as one, in the place of its first part: `ScriptBlockText` is the whole text.

    A script of which a part is missing stays in parts. Its `record_id` is that of the first part.
    """
    scripts: dict[tuple[Any, str], dict[int, Event]] = {}
    for event in events:
        key, place = _part(event)
        if key is not None:
            scripts.setdefault(key, {})[place] = event
    dropped: set[int] = set()
    for parts in scripts.values():
        first = parts.get(1)
        if first is None or len(parts) != first["powershell"]["total"]:
            continue
        ordered = [parts[place] for place in sorted(parts)]
        data = first["winlog"]["event_data"]
        data["ScriptBlockText"] = "".join(str(part["winlog"]["event_data"].get("ScriptBlockText", "")) for part in ordered)
        dropped.update(id(part) for part in ordered[1:])
    return [event for event in events if id(event) not in dropped] if dropped else events


def _part(event: Event) -> tuple[tuple[Any, str] | None, int]:
    """(which script, which part); None for an event that is no part of one."""
    shell = event.get("powershell")
    if event["winlog"]["event_id"] != _CODE or type(shell) is not dict:
        return None, 0
    block, total = shell.get("file", {}).get("script_block_id"), shell.get("total", 1)
    if block is None or not 1 < total <= _MOST_PARTS or not 1 <= shell.get("sequence", 0) <= total:
        return None, 0
    return (event["winlog"].get("computer_name"), block), shell["sequence"]
