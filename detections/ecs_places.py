"""Where an event in ECS stands among Sigma's logsources: by its dataset where that is known, else by what it holds.

The key of an event is small, so that all events with an equal key share one list of rules; it is made for every event.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from detections.pipelines.applications import FRAMEWORKS, RPC_FIREWALL
from detections.pipelines.cloud import WORKSPACE, WORKSPACE_SERVICES
from detections.pipelines.hosts import LINUX_LOGS, LINUX_SERVICES, SYSTEMS
from detections.pipelines.network import ASA_COMMANDS, DNS_ANALYTICAL, IOS_COMMANDS, NAME_SERVERS, PROXIES, WEB_SERVERS
from detections.pipelines.sources import FAMILIES
from detections.places import Place, plain, sigma_place, text_set, windows_place
from vagt.contracts.event import Event

WINDOWS = "windows.eventlog"
_WINDOWS = frozenset((WINDOWS, "microsoft.hyperv", "citrix.virtualapps"))  # the last two hold some of its channels
Key = tuple[str | None, str | None, tuple[str, ...], tuple[Any, ...]]


_SYSLOG = "syslog.generic"  # what a program's lines were before it had a source of its own
_SHARES_MESSAGES = {  # the same programs or numbers and texts: a rule of our own for one is for both
    "cisco.ftd": "cisco.asa",
    "veeam.backup": _SYSLOG,
    "vmware.vsphere": _SYSLOG,
    **dict.fromkeys(("isc.bind", "isc.dhcpd", "isc.kea", "infoblox.nios", "nlnet.unbound", "freeradius.server"), _SYSLOG),
}


def ecs_key(event: Event) -> Hashable:
    """Dataset, module, categories, and what else of the event decides its places."""
    inner = event.get("event")
    if type(inner) is not dict:
        return None, None, (), ()
    dataset, module, category = inner.get("dataset"), inner.get("module"), inner.get("category")
    if type(dataset) is not str:
        dataset = None
    elif dataset in LOGS_OF:
        dataset = _log_of(event, dataset)
    return (
        dataset,
        module if type(module) is str else None,
        tuple(map(str, category)) if type(category) is list else (str(category),) if category else (),
        _DETAILS.get(dataset, _facts)(event, inner),
    )


def ecs_places(key: Key) -> tuple[Place, ...]:
    """The places of all events with the key."""
    dataset, module, categories, detail = key
    shared = _SHARES_MESSAGES.get(dataset or ""), _WHOLE.get(module or "")
    own = Place("ecs", text_set(module), text_set(categories), text_set((dataset, *shared)))
    known = _BY_DATASET.get(dataset or "", ())
    if (places := _PLACES.get(dataset)) is None:
        seen = _by_facts(dataset or "", module or "", frozenset(categories), *detail) if detail else ()
        return (own, *known, *seen)
    malware = (_MALWARE,) if "malware" in categories and dataset not in _WINDOWS else ()
    return (own, *known, *malware, *(places(*detail) if detail else ()))


def ecs_known(key: Key) -> Mapping[str, str]:
    """Fields and their text that all events of the key have."""
    return {"winlog.channel": key[3][0], "event.code": key[3][1]} if key[0] in _WINDOWS and key[3] else {}


# A dataset that holds several logs, each under its own name in the vendor's object: its events are placed as those of
# `vendor.log`, the dataset that shippers give each log of.

LOGS_OF = {"zeek.logs": "zeek"}
_WHOLE = {vendor: dataset for dataset, vendor in LOGS_OF.items()}
_NO_LOGS = frozenset(("session_id",))


def _log_of(event: Event, dataset: str) -> str:
    vendor = LOGS_OF[dataset]
    logs = event.get(vendor)
    log = next((name for name in logs if name not in _NO_LOGS), None) if type(logs) is dict else None
    return dataset if log is None else f"{vendor}.{log}"


# Datasets that are placed by a field or two


def _windows_detail(event: Event, inner: Event) -> tuple[Hashable, ...]:
    winlog = event.get("winlog")
    channel = plain(winlog.get("channel")) if type(winlog) is dict else None
    code = plain(inner.get("code"))
    spelt_twice = "event.code" in event or "winlog.channel" in event
    return () if channel is None or code is None or spelt_twice else (channel, code)


def _windows_places(channel: str, code: str) -> tuple[Place, ...]:
    own = windows_place(channel, code)
    name = channel.lower()
    if name == DNS_ANALYTICAL:
        return own, sigma_place(None, "dns")
    return (own, sigma_place("rpc_firewall", "application")) if name == RPC_FIREWALL else (own,)


def _program(event: Event) -> str | None:
    process = event.get("process")
    name = process.get("name") if type(process) is dict else None
    return LINUX_SERVICES.get(name.lower()) if type(name) is str else None


def _linux_detail(event: Event, _: Event) -> tuple[Hashable, ...]:
    return (_program(event),)


def _linux_places(service: str) -> Callable[..., tuple[Place, ...]]:
    return lambda program: (sigma_place("linux", None, [service, program]),)


def _fortigate_detail(event: Event, _: Event) -> tuple[Hashable, ...]:
    vendor = event.get("fortinet")
    pairs = vendor.get("fortigate") if type(vendor) is dict else None
    return (type(pairs) is dict and pairs.get("type") == "event", "dns" in event, "url" in event)


def _fortigate_places(system: bool, dns: bool, web: bool) -> tuple[Place, ...]:
    if system:
        return (sigma_place(["fortigate", "fortios"], None, ["event", "sslvpnd"]),)
    categories = ["firewall", "dns" if dns else None, "proxy" if web else None]
    return (sigma_place(["fortigate", "fortios"]), sigma_place(None, categories))


def _asa_detail(_: Event, inner: Event) -> tuple[Hashable, ...]:
    return (str(inner.get("code")) in ASA_COMMANDS,)


def _ftd_detail(event: Event, inner: Event) -> tuple[Hashable, ...]:
    return (str(inner.get("code")) in ASA_COMMANDS, "dns" in event, "url" in event)


def _ftd_places(command: bool, dns: bool, web: bool) -> tuple[Place, ...]:
    if command:
        return (sigma_place("cisco", None, "aaa"),)
    return (sigma_place(None, ["firewall", "dns" if dns else None, "proxy" if web else None]),)


def _name_server_detail(event: Event, inner: Event) -> tuple[Hashable, ...]:
    return ("dns" in event, *_windows_detail(event, inner))


def _name_server_places(dns: bool, channel: str = "", code: str = "") -> tuple[Place, ...]:
    """A refused query is no firewall's packet; events of Windows' DNS server are Windows events too."""
    lookup = (sigma_place(None, "dns"),) if dns else ()
    return (*lookup, *_windows_places(channel, code)) if channel else lookup


def _suricata_detail(event: Event, _: Event) -> tuple[Hashable, ...]:
    return ("dns" in event, "http" in event or "url" in event)


def _suricata_places(dns: bool, web: bool) -> tuple[Place, ...]:
    return (sigma_place(None, ["dns" if dns else None, "proxy" if web else None, "webserver" if web else None]),)


def _ios_detail(event: Event, _: Event) -> tuple[Hashable, ...]:
    vendor = event.get("cisco")
    facility: Any = None
    if type(vendor) is dict:
        product = vendor.get("ios") or vendor.get("nxos")
        facility = product.get("facility") if type(product) is dict else None
    product = (
        next((vendor[name] for name in ("ios", "nxos") if type(vendor.get(name)) is dict), None)
        if type(vendor) is dict
        else None
    )
    facility = product.get("facility") if product is not None else None
    return (type(facility) is str and facility.upper() in IOS_COMMANDS, "source" in event and "destination" in event)


def _ios_places(command: bool, flow: bool) -> tuple[Place, ...]:
    return (sigma_place("cisco", None, "aaa" if command else None), sigma_place(None, "firewall" if flow else None))


def _vsphere_detail(event: Event, inner: Event) -> tuple[Hashable, ...]:
    category = inner.get("category")
    return ("process" in category if type(category) is list else False, "destination" in event)


def _vsphere_places(command: bool, packet: bool) -> tuple[Place, ...]:
    """Public rules for ESXi look at commands as processes of Linux."""
    shell = (sigma_place("linux", "process_creation (ecs)"),) if command else ()
    return (*shell, sigma_place(None, "firewall")) if packet else shell


def _workspace_detail(_: Event, inner: Event) -> tuple[Hashable, ...]:
    return (WORKSPACE_SERVICES.get(plain(inner.get("provider")) or ""),)


def _workspace_places(service: str | None) -> tuple[Place, ...]:
    return (sigma_place("gcp", None, service),)


# Any other dataset: what ECS says of the event

_TYPES = frozenset(("access", "allowed", "change", "connection", "creation", "deletion", "denied", "start"))
_OBSERVERS = frozenset(("firewall", "proxy"))
_RENAMES = frozenset(("rename", "renamed", "file-renamed", "overwrite-rename"))


def _nothing(_: Event, __: Event) -> tuple[Hashable, ...]:
    return ()


def _facts(event: Event, inner: Event) -> tuple[Hashable, ...]:
    """System, types, observer, application, Linux service; whether it is a rename, a lookup, a request, of a process."""
    kind = inner.get("type")
    return (
        _word(event.get("host"), "os", "type", SYSTEMS),
        tuple(one for one in (kind if type(kind) is list else (kind,)) if type(one) is str and one in _TYPES),
        _word(event, "observer", "type", _OBSERVERS),
        _word(event, "service", "type", FRAMEWORKS),
        _program(event),
        plain(inner.get("action")) in _RENAMES,
        "dns" in event,
        "url" in event or "http" in event,
        "process" in event,
    )


def _word(node: Any, outer: str, name: str, known: frozenset[str]) -> str | None:
    found = node.get(outer) if type(node) is dict else None
    word = found.get(name) if type(found) is dict else None
    return word if type(word) is str and word in known else None


def _by_facts(
    dataset: str,
    module: str,
    categories: frozenset[str],
    system: str | None,
    types: tuple[str, ...],
    observer: str | None,
    application: str | None,
    program: str | None,
    renamed: bool,
    dns: bool,
    web: bool,
    process: bool,
) -> tuple[Place, ...]:
    system = system or ("linux" if module in _LINUX or dataset in _LINUX else None)
    acted = sorted(_on_a_host(categories, frozenset(types), renamed, process))
    places = [sigma_place(system, acted, program)] if system or acted else []
    seen = sorted(_on_the_network(dataset, module, categories, frozenset(types), observer, dns, web))
    if seen:
        places.append(sigma_place(None, seen))
    framework = application or (module if module in FRAMEWORKS else None)
    if framework:
        places.append(sigma_place(framework, "application"))
    return tuple(places)


def _on_a_host(categories: frozenset[str], types: frozenset[str], renamed: bool, process: bool) -> set[str]:
    found: set[str] = set()
    if "process" in categories and "start" in types:
        found.add("process_creation")
    if "file" in categories:
        found |= {name for kind, name in _FILE.items() if kind in types and not renamed} | (
            {"file_rename"} if renamed else set()
        )
    if "network" in categories and process and types & {"start", "connection"}:
        found.add("network_connection")
    if "malware" in categories:
        found.add("antivirus")
    return {f"{name} (ecs)" for name in found}


def _on_the_network(
    dataset: str, module: str, categories: frozenset[str], types: frozenset[str], observer: str | None, dns: bool, web: bool
) -> set[str]:
    found: set[str] = set()
    if "network" in categories and (observer == "firewall" or types & {"allowed", "denied"}):
        found.add("firewall")
    if "database" in categories:
        found.add("database")
    if dns:
        found.add("dns")
    if web and (not categories or categories & {"web", "network"}):
        proxy = observer == "proxy" or module in PROXIES
        server = module in WEB_SERVERS or dataset in WEB_SERVERS
        found |= {"proxy"} if proxy else {"webserver"} if server else {"proxy", "webserver"}
    return found


_MALWARE = sigma_place(None, "antivirus (ecs)")
_FILE = {"creation": "file_event", "change": "file_event", "deletion": "file_delete", "access": "file_access"}
_LINUX = frozenset(("linux", "auditd", "auditd_manager", "journald", "sysmon_linux"))

_BY_DATASET: dict[str, tuple[Place, ...]] = {}
for _family in FAMILIES:
    for _dataset in _family.datasets:
        _place = sigma_place(
            tuple(_family.products), tuple(_family.marked(category) for category in _family.categories), tuple(_family.services)
        )
        _BY_DATASET[_dataset] = (*_BY_DATASET.get(_dataset, ()), _place)

_DETAILS: dict[str | None, Callable[[Event, Event], tuple[Hashable, ...]]] = {
    **{dataset: _nothing for family in FAMILIES if not family.mixed for dataset in family.datasets},
    **dict.fromkeys(LINUX_LOGS, _linux_detail),
    **dict.fromkeys(_WINDOWS, _windows_detail),
    "fortinet.fortigate": _fortigate_detail,
    "cisco.asa": _asa_detail,
    "cisco.ftd": _ftd_detail,
    "cisco.ios": _ios_detail,
    "cisco.nxos": _ios_detail,
    "suricata.eve": _suricata_detail,
    "vmware.vsphere": _vsphere_detail,
    **dict.fromkeys(NAME_SERVERS, _name_server_detail),
    WORKSPACE: _workspace_detail,
}
_PLACES: dict[str | None, Callable[..., tuple[Place, ...]]] = {
    **{dataset: _linux_places(service) for dataset, service in LINUX_LOGS.items()},
    **dict.fromkeys(_WINDOWS, _windows_places),
    "fortinet.fortigate": _fortigate_places,
    "cisco.asa": lambda command: (sigma_place("cisco", None, "aaa") if command else sigma_place(None, "firewall"),),
    "cisco.ftd": _ftd_places,
    "cisco.ios": _ios_places,
    "cisco.nxos": _ios_places,
    "suricata.eve": _suricata_places,
    "vmware.vsphere": _vsphere_places,
    **dict.fromkeys(NAME_SERVERS, _name_server_places),
    WORKSPACE: _workspace_places,
}

# Datasets whose events have these places and no others, whatever they hold.
PLACED = frozenset(dataset for dataset in (*_DETAILS, *_PLACES) if dataset is not None)
