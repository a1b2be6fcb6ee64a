"""Hyper-V's channels: what its management service (VMMS) and the process of each machine (Worker) say of virtual machines.

After the event manifests of the two providers (`wevtutil gp Microsoft-Windows-Hyper-V-Worker /ge:true`, `...-VMMS`), and for
what stops a machine Microsoft's own list in https://github.com/microsoft/openvmm, `petri/src/vm/hyperv/powershell.rs`.
"""

from typing import Any

from normalise.sources.windows_eventlog.document import text
from vagt.contracts.event import Event

Fields = dict[str, Any]
_FAILED_LEVELS = frozenset(("error", "critical"))
_STARTED, _ENDED, _CHANGED = (("host",), "start"), (("host",), "end"), (("host",), "change")
_MADE, _REMOVED = (("host", "configuration"), "creation"), (("host", "configuration"), "deletion")


def _ids(codes: str, action: str, kind: tuple[tuple[str, ...], str]) -> dict[str, tuple[str, tuple[str, ...], str]]:
    return dict.fromkeys(codes.split(), (action, *kind))


# action, categories, type by event id, of both providers. 18601 to 18606 are not here: Hyper-V-Chipset (booted, not booted) and
# Hyper-V-Worker (memory dumps) use them for different things in the same channel.
_EVENTS = {
    **_ids("18500 18592 18596", "vm-power-on", _STARTED),  # started; restored from a saved state, also a fast one
    **_ids("18518", "vm-resume", _STARTED),
    **_ids("18502 18504 18506 18508 18515", "vm-power-off", _ENDED),
    **_ids("18510 18594 18608", "vm-save", _ENDED),  # saved, fast saved, hibernated
    **_ids("18512 18514", "vm-reset", _STARTED),
    **_ids("18516", "vm-pause", _ENDED),
    # turned off after a critical error, triple faults, a fatal error that the guest tells, the worker process ended
    **_ids("18528 18539 18540 18550 18560 18590 14070", "vm-crash", _CHANGED),
    **_ids("13002", "vm-create", _MADE),
    **_ids("18302", "vm-import", _MADE),
    **_ids("18304", "vm-register", _MADE),  # "was realized"
    **_ids("13003", "vm-delete", _REMOVED),
    **_ids("18303", "vm-export", (("host",), "access")),
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
        if failed or found[0] != "vm-crash":
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
