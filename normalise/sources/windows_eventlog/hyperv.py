"""Hyper-V's channels: what its management service (VMMS) and the process of each machine (Worker) say of virtual machines."""

from typing import Any

from normalise.sources.windows_eventlog.document import text
from vagt.contracts.event import Event

Fields = dict[str, Any]
_FAILED_LEVELS = frozenset(("error", "critical"))
_ON = ("vm-power-on", ("host",), "start")
_OFF = ("vm-power-off", ("host",), "end")
_RESET = ("vm-reset", ("host",), "start")
_CHANGED = ("host", "configuration")
# action, categories, type by event id, of both providers (their ids do not overlap)
_EVENTS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "18500": _ON, "18518": _ON, "18596": _ON,
    **dict.fromkeys(("18502", "18504", "18506", "18508"), _OFF), "18510": ("vm-save", ("host",), "end"),
    "18512": _RESET, "18514": _RESET, "18560": _RESET, "18516": ("vm-pause", ("host",), "end"),
    "13002": ("vm-create", _CHANGED, "creation"), "18304": ("vm-register", _CHANGED, "creation"),
    "13003": ("vm-delete", _CHANGED, "deletion"),
}  # fmt: skip
_WORDS = (
    ("checkpoint", "snapshot-change"), ("snapshot", "snapshot-change"), ("migration", "vm-migrate"), ("export", "vm-export"),
    ("import", "vm-import"), ("replication", "vm-replicate"),
)  # fmt: skip


def is_hyperv(winlog: Fields) -> bool:
    """Whether an event is of one of Hyper-V's own channels (its drivers in a guest write into `System`)."""
    channel = winlog.get("channel")
    return type(channel) is str and channel.lower().startswith("microsoft-windows-hyper-v-")


def fill_hyperv(event: Event, data: Fields) -> None:
    """Action, outcome, and the machine in `microsoft.hyperv.vm`."""
    inner, winlog = event["event"], event["winlog"]
    found = _EVENTS.get(winlog["event_id"])
    failed = event.get("log", {}).get("level") in _FAILED_LEVELS
    if found is not None:
        inner["action"], inner["category"], inner["type"] = found[0], list(found[1]), [found[2]]
        inner["outcome"] = "failure" if failed else "success"
    else:
        inner["category"], inner["type"] = ["host"], ["info"]
        said = str(event.get("message", ""))[:512].lower()
        if (action := next((action for word, action in _WORDS if word in said), None)) is not None:
            inner["action"] = action
        if failed:
            inner["outcome"] = "failure"
    name, machine = text(data, "VmName") or text(data, "VMName"), text(data, "VmId") or text(data, "VMId")
    vm = {key: value for key, value in (("name", name), ("id", machine)) if value}
    if vm:
        event["microsoft"] = {"hyperv": {"vm": vm}}
