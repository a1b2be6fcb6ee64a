"""PowerShell: the Operational channel (4103 to 4106) and the classic one (400, 403, 600, 800), whose facts are free text."""

import re
from typing import Any

from normalise.sources.windows_eventlog.document import number, text
from normalise.sources.windows_eventlog.objects import account, file_object, set_command_line
from vagt.contracts.event import Event

Fields = dict[str, Any]
_CLASSIC = frozenset((
    "NewEngineState", "PreviousEngineState", "NewProviderState", "ProviderName", "DetailSequence", "DetailTotal",
    "SequenceNumber", "UserId", "HostName", "HostVersion", "HostId", "HostApplication", "EngineVersion", "RunspaceId",
    "PipelineId", "CommandName", "CommandType", "ScriptName", "CommandPath", "CommandLine",
))  # fmt: skip
# The labels of ContextInfo, in their order; a Windows of another language has others in the same order.
_CONTEXT_NAMES = (
    "Severity", "Host Name", "Host Version", "Host ID", "Host Application", "Engine Version", "Runspace ID", "Pipeline ID",
    "Command Name", "Command Type", "Script Name", "Command Path", "Sequence Number", "User", "Connected User", "Shell ID",
)  # fmt: skip
_CONTEXT = frozenset(_CONTEXT_NAMES)
# In English with a line for each, as nearly all are: one match instead of sixteen splits.
_USUAL_CONTEXT = re.compile("\n".join(rf"[ \t]*{name} =([^\n]*)" for name in _CONTEXT_NAMES) + r"\s*\Z")
_EMPTY_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
_LONGEST = 65_536  # a string of an event is shorter than 32 Ki characters
_TYPES = {
    "400": "start",
    "403": "end",
    "600": "info",
    "800": "info",
    "4100": "info",
    "4103": "info",
    "4104": "info",
    "4105": "start",
    "4106": "end",
    "40961": "start",
    "40962": "start",
    "53504": "info",
}
_ACTIONS = {
    "400": "Engine Lifecycle",
    "403": "Engine Lifecycle",
    "600": "Provider Lifecycle",
    "800": "Pipeline Execution Details",
    "4100": "Executing Pipeline",
    "4103": "Executing Pipeline",
    "4104": "Execute a Remote Command",
    "4105": "Starting Command",
    "4106": "Stopping Command",
    "40961": "PowerShell Console Startup",
    "40962": "PowerShell Console Startup",
    "53504": "PowerShell Named Pipe IPC",
}


def fill_powershell(event: Event, data: Fields) -> None:
    """The ECS view of a PowerShell event, and `powershell.*` as Elastic names it."""
    code = event["winlog"]["event_id"]
    kind = _TYPES.get(code)
    if kind is None:
        return
    inner = event["event"]
    inner["category"] = ["process"]
    inner["type"] = [kind]
    inner.setdefault("action", _ACTIONS[code])
    user = event["winlog"].get("user")
    if type(user) is dict and (sid := text(user, "identifier")) is not None:
        event["user"] = {"id": sid}
    if len(code) == 3:
        _fill_classic(event, data)
    elif code in ("4100", "4103"):
        _fill_context(event, data)
    else:
        _fill_script(event, data)


def _read_lines(whole: str, mark: str, names: frozenset[str]) -> list[tuple[str, str]]:
    """(name, value) of lines `name<mark>value`; a line that starts with no known name belongs to the value before it."""
    found: list[tuple[str, list[str]]] = []
    for line in whole[:_LONGEST].split("\n"):
        name, cut, value = line.partition(mark)
        name = name.strip()
        if cut and (name in names or not names):
            found.append((name, [value]))
        elif found:
            found[-1][1].append(line)
    return [(name, "\n".join(lines).strip()) for name, lines in found]


def _fill_classic(event: Event, data: Fields) -> None:
    strings = _strings(data)
    rendered = [] if strings else _rendered(event)
    if strings or rendered:
        data["Data"] = "\n".join(strings or rendered)
    for string in strings:
        if "=" in string:
            for name, value in _read_lines(string, "=", _CLASSIC):
                data.setdefault(name, value)
    for string in rendered:
        for name, value in _read_lines(string, "=", _CLASSIC):
            data.setdefault(name, _EMPTY_LINE.split(value, maxsplit=1)[0] if "\n" in value else value)
    _set_host(event, data)
    if (user := account(text(data, "UserId"))) is not None:
        event.setdefault("user", {}).update(user)


def _strings(data: Fields) -> list[str]:
    """The unnamed strings: as a list, as one text, or as `param1…`."""
    found = data.get("Data")
    if type(found) is list:
        return [one for one in found if type(one) is str]
    if type(found) is str:
        return [found]
    return [data[name] for name in ("param1", "param2", "param3") if type(data.get(name)) is str]


def _rendered(event: Event) -> list[str]:
    """NXLog leaves unnamed strings out: they are read from the rendered message, where an empty line follows them."""
    message = event.get("message")
    return [message] if type(message) is str else []


def _set_host(event: Event, found: Fields) -> None:
    """The engine's facts under the classic names."""
    process: Fields = {}
    shell: Fields = {}
    if (host := text(found, "HostId")) is not None:
        process["entity_id"] = host
    if (title := text(found, "HostName")) is not None:
        process["title"] = title
    set_command_line(process, text(found, "HostApplication"))
    if process:
        event["process"] = process
    if (sequence := number(found.get("SequenceNumber"))) is not None:
        event["event"]["sequence"] = sequence
    for name, path in (
        ("NewEngineState", ("engine", "new_state")),
        ("PreviousEngineState", ("engine", "previous_state")),
        ("EngineVersion", ("engine", "version")),
        ("ProviderName", ("provider", "name")),
        ("NewProviderState", ("provider", "new_state")),
        ("HostVersion", ("process", "executable_version")),
        ("CommandName", ("command", "name")),
        ("CommandType", ("command", "type")),
        ("CommandPath", ("command", "path")),
        ("CommandLine", ("command", "value")),
    ):
        if (value := text(found, name)) is not None:
            shell.setdefault(path[0], {})[path[1]] = value
    for name, key in (("RunspaceId", "runspace_id"), ("PipelineId", "pipeline_id")):
        if (value := text(found, name)) is not None:
            shell[key] = value
    if shell:
        event["powershell"] = shell
    if (script := text(found, "ScriptName")) is not None:
        event["file"] = file_object(script)


def _fill_context(event: Event, data: Fields) -> None:
    context = text(data, "ContextInfo")
    if context is None:
        return
    found = _read_context(context)
    _set_host(event, {name.replace(" ID", "Id").replace(" ", ""): value for name, value in found.items()})
    if (shell := text(found, "Shell ID")) is not None:
        event.setdefault("powershell", {})["id"] = shell
    if (user := account(text(found, "User"))) is not None:
        event.setdefault("user", {}).update(user)
        event["source"] = {"user": user}
    if (connected := account(text(found, "Connected User"))) is not None:
        event["destination"] = {"user": connected}


def _read_context(context: str) -> Fields:
    """ContextInfo by its labels; by their order where Windows speaks another language."""
    if (match := _USUAL_CONTEXT.match(context)) is not None:
        return dict(zip(_CONTEXT_NAMES, map(str.strip, match.groups()), strict=True))
    lines = _read_lines(context, " =", _CONTEXT)
    if not lines:
        lines = _read_lines(context, " =", frozenset())
        if len(lines) != len(_CONTEXT_NAMES):
            return {}
        lines = [(name, value) for name, (_, value) in zip(_CONTEXT_NAMES, lines, strict=True)]
    found: Fields = {}
    for name, value in lines:
        found.setdefault(name, value)
    return found


def _fill_script(event: Event, data: Fields) -> None:
    shell: Fields = {}
    if (block := text(data, "ScriptBlockId")) is not None:
        shell["file"] = {"script_block_id": block}  # the text itself is not doubled: it is in event_data
    if (runspace := text(data, "RunspaceId")) is not None:
        shell["runspace_id"] = runspace
    for field, name in (("MessageNumber", "sequence"), ("MessageTotal", "total")):
        if (count := number(data.get(field))) is not None:
            shell[name] = count
    if shell:
        event["powershell"] = shell
    if (path := text(data, "Path")) is not None:
        event["file"] = file_object(path)
