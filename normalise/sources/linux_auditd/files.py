"""PATH records: all of them as they are (`auditd.paths`), and the file that the event is about (`file.*`)."""

from typing import Any

from normalise.sources.linux_auditd.values import Values

_TYPES = {"04": "dir", "10": "file", "12": "symlink", "02": "device", "06": "device", "01": "pipe", "14": "socket"}
_PREFERRED = ("CREATE", "DELETE", "NORMAL", "UNKNOWN")
_MOST_PATHS = 64


def path_fields(fields: Values) -> Values:
    """One of `auditd.paths`: without capabilities that are all zero, and with `nametype` (`objtype` before Linux 3.12)."""
    found = {
        name: value
        for name, value in fields.items()
        if name.islower() and not (name.startswith("cap_") and not value.replace("x", "").strip("0"))
    }
    if "objtype" in found:
        found.setdefault("nametype", found.pop("objtype"))
    return found


def paths_of(records: list[Values]) -> list[Values]:
    """All paths of an event, at most 64."""
    return [path_fields(fields) for fields in records[:_MOST_PATHS]]


def kind_of_path(path: Values) -> str:
    """`CREATE`, `DELETE`, `NORMAL`, `PARENT` or `UNKNOWN`."""
    return path.get("nametype", "UNKNOWN")


def file_of(records: list[Values], cwd: str | None, renamed: bool) -> dict[str, Any]:
    """`file.*` of the path that was made, deleted or used (parents only where there is no other)."""
    ranked = sorted(records, key=lambda path: _rank(path.get("nametype", path.get("objtype", "UNKNOWN"))))
    if not ranked or "name" not in ranked[0]:
        return {}
    fields = ranked[0]
    found: dict[str, Any] = _located(whole_path(fields["name"], cwd))
    for name, field in (
        ("inode", "inode"),
        ("ouid", "uid"),
        ("ogid", "gid"),
        ("OUID", "owner"),
        ("OGID", "group"),
        ("dev", "device"),
    ):
        if name in fields:
            found[field] = fields[name]
    mode = fields.get("mode", "").replace("0o", "0")
    if mode.isdecimal() and len(mode) > 4:
        found["mode"] = "0" + mode[-3:] if mode[-4] == "0" else mode[-4:]
        kind = _TYPES.get(mode[:-4].zfill(2)[-2:])
        if kind is not None:
            found["type"] = kind
    if renamed:
        _put_origin(found, records, cwd)
    return found


def _rank(kind: str) -> int:
    return _PREFERRED.index(kind) if kind in _PREFERRED else len(_PREFERRED)


def _put_origin(found: dict[str, Any], records: list[Values], cwd: str | None) -> None:
    for fields in records:
        if fields.get("nametype") == "DELETE" and "name" in fields:
            origin = whole_path(fields["name"], cwd)
            if origin != found.get("path"):
                found["Ext"] = {"original": {"path": origin}}
                return


def whole_path(name: str, cwd: str | None) -> str:
    """`name` below the working directory, where it is relative."""
    if name.startswith("/") or not cwd:
        return name
    return f"{cwd.rstrip('/')}/{name.removeprefix('./')}"


def _located(path: str) -> dict[str, Any]:
    directory, _, name = path.rstrip("/").rpartition("/")
    found = {"path": path}
    if name:
        found["name"] = name
    if directory or path.startswith("/"):
        found["directory"] = directory or "/"
    stem, _, extension = name.rpartition(".")
    if stem and extension and len(extension) <= 16:
        found["extension"] = extension
    return found
