"""Windows' spellings of things (paths, accounts, hashes, registry keys, command lines) as ECS objects."""

import re
from functools import lru_cache
from typing import Any

from normalise.conform import valid_ip

_ARGUMENT = re.compile(r'(?:[^\s"]+|"[^"]*"?)+')
_LONGEST_SPLIT = 32_768  # CreateProcess takes no longer command line
_LONGEST_ADDRESS = 64
_LONGEST_HASHES = 1024  # what is longer is no list of hashes, and must not fill the cache
_HASHES = {"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256", "SHA384": "sha384", "SHA512": "sha512"}
_HIVES = {
    "HKEY_LOCAL_MACHINE": "HKLM",
    "HKEY_USERS": "HKU",
    "HKEY_CURRENT_USER": "HKCU",
    "HKEY_CLASSES_ROOT": "HKCR",
    "HKEY_CURRENT_CONFIG": "HKCC",
}
Fields = dict[str, Any]


def base_name(path: str) -> str:
    """The last part of a path, after either slash."""
    return path[max(path.rfind("\\"), path.rfind("/")) + 1 :]


def file_object(path: str) -> Fields:
    """`file.*` (or `dll.*`) names of a path; an alternate data stream (`a.txt:s`) does not count as part of the extension."""
    name = base_name(path)
    file: Fields = {"path": path, "name": name}
    if len(name) < len(path) and (directory := path[: -len(name) - 1] if name else path.rstrip("\\/")):
        file["directory"] = directory
    stem, _, extension = name.partition(":")[0].rpartition(".")
    if stem and extension:
        file["extension"] = extension
    return file


def set_executable(process: Fields, path: str | None) -> None:
    """`executable` and `name` of a process; `System` and `Registry` have a name only."""
    if path:
        name = base_name(path)
        process["name"] = name or path
        if len(name) < len(path):
            process["executable"] = path


def set_command_line(process: Fields, line: str | None) -> None:
    """`command_line`, `args` (split at blanks outside double quotes, the quotes kept) and `args_count`."""
    if not line:
        return
    process["command_line"] = line
    if len(line) > _LONGEST_SPLIT:
        return
    if args := _ARGUMENT.findall(line) if '"' in line else line.split():
        process["args"] = args
        process["args_count"] = len(args)


@lru_cache(maxsize=16384)
def _read_hashes(hashes: str) -> tuple[tuple[tuple[str, str], ...], str | None]:
    found: list[tuple[str, str]] = []
    imphash = None
    for part in hashes.split(","):
        kind, _, value = part.strip().partition("=")
        value = value.lower()
        if not value.strip("0"):
            continue
        if (name := _HASHES.get(kind.upper())) is not None:
            found.append((name, value))
        elif kind.upper() == "IMPHASH":
            imphash = value
    return tuple(found), imphash


def set_hashes(thing: Fields, hashes: str | None) -> list[str]:
    """`hash.*` and `pe.imphash` of Sysmon's `MD5=…,IMPHASH=…`; gives what only `related.hash` needs to be told."""
    if not hashes or len(hashes) > _LONGEST_HASHES:
        return []
    found, imphash = _read_hashes(hashes)
    if found:
        thing["hash"] = dict(found)
    if imphash is None:
        return []
    thing.setdefault("pe", {})["imphash"] = imphash
    return [imphash]


def account(name: str | None) -> Fields | None:
    """`DOMAIN\\name` or `name@domain` as `user.*`."""
    if not name or name == "-":
        return None
    domain, slash, user = name.rpartition("\\")
    if not slash:
        return {"name": name}
    return {"name": user, "domain": domain} if domain else {"name": user}


def address(value: str | None) -> str | None:
    """An IP address without the IPv4-mapped prefix or a zone index; None for `-`, `LOCAL` and the like."""
    if not value or value == "-" or len(value) > _LONGEST_ADDRESS:
        return None
    if value.startswith(("::ffff:", "::FFFF:")) and "." in value:
        value = value[7:]
    value = value.partition("%")[0]
    return value if valid_ip(value) else None


def registry_object(path: str, has_value: bool) -> Fields:
    """`registry.*` of `HKLM\\…` or `\\REGISTRY\\MACHINE\\…`; the last part is the value's name where `has_value`."""
    hive, slash, rest = path.partition("\\")
    if path.startswith("\\REGISTRY\\"):
        root, _, rest = path[10:].partition("\\")
        hive = {"MACHINE": "HKLM", "USER": "HKU"}.get(root.upper(), root)
        slash = "\\"
    registry: Fields = {"path": path}
    if slash and hive:
        registry["hive"] = _HIVES.get(hive.upper(), hive)
    if rest:
        key, cut, value = rest.rpartition("\\")
        if has_value and cut:
            registry["key"], registry["value"] = key, value
        else:
            registry["key"] = rest
    return registry
