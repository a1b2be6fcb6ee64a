"""Evidence of an alert: machines, users, files, processes, addresses, mail; the first of each in its field."""

from collections.abc import Callable
from typing import Any

from normalise.conform import valid_ip
from normalise.json_records import Object, object_of, objects_of, text_of, texts_of
from normalise.people import user_fields
from normalise.sources.microsoft_defender.devices import whole_path
from normalise.urls import url_fields
from vagt.contracts.event import Event

_MOST = 500  # pieces of evidence that are looked at
_ATTACKING = frozenset(("attacker", "source"))
_GOAL = frozenset(("destination", "commandAndControl", "attacked"))
Related = dict[str, dict[str, None]]


def put_evidence(event: Event, alert: Object) -> None:
    """`host`, `user`, `file`, `process`, `source`, `destination`, `url`, `registry`, `email` and `related`."""
    related: Related = {"hosts": {}, "user": {}, "ip": {}, "hash": {}}
    for device in objects_of(alert.get("devices"))[:_MOST]:
        _device(event, device, related)
    if name := text_of(alert.get("computerDnsName")):
        _put_host(event, name, text_of(alert.get("machineId")), related)
    if actor := object_of(alert.get("relatedUser")):
        _account(event, {"accountName": actor.get("userName"), "domainName": actor.get("domainName")}, related)
    for name in ("evidence", "entities"):
        value = alert.get(name)
        for piece in ([value] if value.__class__ is dict else objects_of(value))[:_MOST]:
            _piece(event, piece, related)
    found = {name: list(names) for name, names in related.items() if names}
    if found:
        event["related"] = found


def _piece(event: Event, piece: Object, related: Related) -> None:
    """Graph names the kind in `@odata.type` (`#microsoft.graph.security.fileEvidence`), the older APIs in `entityType`."""
    kind = text_of(piece.get("@odata.type")).rpartition(".")[2].removesuffix("Evidence") or text_of(piece.get("entityType"))
    if (reader := _READERS.get(kind.lower())) is not None:
        reader(event, piece, related)
    if (account := object_of(piece.get("userAccount"))) and kind not in ("user", "mailbox"):
        _account(event, account, related)


def _device(event: Event, piece: Object, related: Related) -> None:
    name = text_of(piece.get("deviceDnsName")) or text_of(piece.get("hostName"))
    identifier = text_of(piece.get("mdeDeviceId")) or text_of(piece.get("mdatpDeviceId"))
    if _put_host(event, name, identifier, related) and (platform := text_of(piece.get("osPlatform"))) not in ("", "Other"):
        event["host"]["os"] = _system(platform)
    for one in (*texts_of(piece.get("ipInterfaces")), text_of(piece.get("lastIpAddress"))):
        if one and valid_ip(one):
            related["ip"][one] = None


def _put_host(event: Event, name: str, identifier: str, related: Related) -> bool:
    """Whether this is the first machine."""
    if name:
        related["hosts"][name] = None
    if "host" in event or not (name or identifier):
        return False
    named = (("name", name), ("hostname", name), ("id", identifier))
    event["host"] = {field: value for field, value in named if value}
    return True


def _system(platform: str) -> dict[str, str]:
    lower = platform.lower()
    kinds = (("windows", "windows"), ("macos", "macos"), ("linux", "linux"), ("ios", "ios"), ("android", "android"))
    kind = next((kind for word, kind in kinds if word in lower), None)
    return {"name": platform} if kind is None else {"name": platform, "type": kind}


def _account(event: Event, account: Object, related: Related) -> None:
    upn, name = text_of(account.get("userPrincipalName")), text_of(account.get("accountName"))
    if upn:
        related["user"][upn.rpartition("@")[0] or upn] = None
    if name:
        related["user"][name] = None
    if "user" in event or not (upn or name):
        return
    user: dict[str, Any] = user_fields(upn) if upn else {}
    if name:
        user["name"] = name
    if domain := text_of(account.get("domainName")):
        user["domain"] = domain
    if (
        identifier := text_of(account.get("userSid"))
        or text_of(account.get("azureAdUserId"))
        or text_of(account.get("aadUserId"))
    ):
        user["id"] = identifier
    if full := text_of(account.get("displayName")):
        user["full_name"] = full
    event["user"] = user


def _user(event: Event, piece: Object, related: Related) -> None:
    _account(event, object_of(piece.get("userAccount")) or piece, related)


def file_fields(details: Object, related: Related | None = None) -> dict[str, Any]:
    """`file.*` of a file's details in either API's names; its hashes are also added to `related`."""
    name, folder = text_of(details.get("fileName")), text_of(details.get("filePath"))
    file: dict[str, Any] = {"name": name} if name else {}
    if folder:
        file["path"] = whole_path(folder, name)
    if details.get("fileSize").__class__ is int:
        file["size"] = details["fileSize"]
    hashes = {kind: value for kind in ("md5", "sha1", "sha256") if (value := text_of(details.get(kind)))}
    if hashes:
        file["hash"] = hashes
        if related is not None:
            related["hash"].update(dict.fromkeys(hashes.values()))
    return file


def _file(event: Event, piece: Object, related: Related) -> None:
    file = file_fields(object_of(piece.get("fileDetails")) or piece, related)
    if file:
        event.setdefault("file", file)


def _process(event: Event, piece: Object, related: Related) -> None:
    image = file_fields(object_of(piece.get("imageFile")) or piece, related)
    process: dict[str, Any] = {}
    if "path" in image:
        process["executable"] = image["path"]
    for field, key in (("name", "name"), ("hash", "hash")):
        if key in image:
            process[field] = image[key]
    if piece.get("processId").__class__ is int:
        process["pid"] = piece["processId"]
    if line := text_of(piece.get("processCommandLine")):
        process["command_line"] = line
    parent: dict[str, Any] = {}
    if piece.get("parentProcessId").__class__ is int:
        parent["pid"] = piece["parentProcessId"]
    outer = file_fields(object_of(piece.get("parentProcessImageFile")), related)
    if "name" in outer:
        parent["name"] = outer["name"]
    if "path" in outer:
        parent["executable"] = outer["path"]
    if parent:
        process["parent"] = parent
    if process:
        event.setdefault("process", process)


def _address(event: Event, piece: Object, related: Related) -> None:
    address = text_of(piece.get("ipAddress")) or text_of(piece.get("address"))
    if not valid_ip(address):
        return
    related["ip"][address] = None
    roles = set(texts_of(piece.get("roles")))
    end = "source" if roles & _ATTACKING else "destination" if roles & _GOAL else None
    if end is not None:
        event.setdefault(end, {"address": address, "ip": address})


def _url(event: Event, piece: Object, _: Related) -> None:
    if address := text_of(piece.get("url")):
        event.setdefault("url", url_fields(address))


def _registry(event: Event, piece: Object, _: Related) -> None:
    hive, key = text_of(piece.get("registryHive")), text_of(piece.get("registryKey"))
    named = (("hive", hive), ("key", key), ("value", text_of(piece.get("registryValueName"))))
    registry: dict[str, Any] = {name: value for name, value in named if value}
    if data := text_of(piece.get("registryValue")):
        registry["data"] = {"strings": [data]}
    if registry:
        event.setdefault("registry", registry)


def _message(event: Event, piece: Object, related: Related) -> None:
    sender = object_of(piece.get("p2Sender")) or object_of(piece.get("p1Sender"))
    named = (
        ("subject", text_of(piece.get("subject"))),
        ("message_id", text_of(piece.get("internetMessageId")).strip("<>")),
        ("local_id", text_of(piece.get("networkMessageId"))),
        ("delivery_timestamp", text_of(piece.get("receivedDateTime"))),
    )
    email: dict[str, Any] = {name: value for name, value in named if value}
    if address := text_of(sender.get("emailAddress")) or text_of(piece.get("sender")):
        email["from"] = {"address": [address]}
    if address := text_of(piece.get("recipientEmailAddress")) or text_of(piece.get("recipient")):
        email["to"] = {"address": [address]}
    if address := text_of(piece.get("senderIp")):
        _address(event, {"ipAddress": address, "roles": ["source"]}, related)
    if email:
        event.setdefault("email", email)


_READERS: dict[str, Callable[[Event, Object, Related], None]] = {
    "device": _device,
    "user": _user,
    "mailbox": _user,
    "file": _file,
    "process": _process,
    "ip": _address,
    "url": _url,
    "registrykey": _registry,
    "registryvalue": _registry,
    "analyzedmessage": _message,
    "mailmessage": _message,
}
