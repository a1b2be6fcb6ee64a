"""The fields of an audit record, decoded: quotes, values in hexadecimal, names that auditd adds (`log_format = ENRICHED`).

What a user can choose (names, arguments, titles) is in quotes, or in hexadecimal where it holds a quote, a blank or a
control character, so that it cannot look like a field. Names in capitals are those that auditd found for ids.
"""

import re
from ipaddress import IPv6Address
from typing import Any

Values = dict[str, str]
# a key begins where its word begins, and is bounded: a long word costs its length, not the square of it
_PAIR = re.compile(r"(?<![\w\-])([A-Za-z][\w\-]{0,63}(?:\[[0-9]{1,6}\])?)=(?:\"([^\"]*)\"|([^\s'\"]*))")
_ARGUMENT = re.compile(r"a([0-9]{1,6})(?:\[([0-9]{1,6})\])?")
_ENCODED = frozenset(
    "proctitle name exe comm cwd cmd acct path key dir vm ocomm data sw cgroup file grp watch device root_dir new old_name"
    " new-disk old-disk new-fs old-fs profile unit GID UID AUID EUID SUID FSUID EGID SGID FSGID OUID OGID ID data".split()
)
_EMPTY = frozenset(("?", "(null)", "(none)", "", "?,"))
UNSET = frozenset(("4294967295", "-1", "unset"))


def read_fields(text: str, encoded: frozenset[str] = _ENCODED) -> Values:
    """All fields of a record that say something; of a name that comes twice the first counts, which the kernel wrote."""
    if "\\u001D" in text:
        text = text.replace("\\u001D", " ")
    elif "#035" in text:  # rsyslog's way to write the control character between a record and its names
        text = text.replace("#035", " ")
    return {
        key: quoted or (unhex(bare) if key in encoded else bare)
        for key, quoted, bare in _PAIR.findall(text)[::-1]
        if quoted or bare not in _EMPTY
    }


def unhex(text: str) -> str:
    """Text of a value in hexadecimal; NUL at its end is cut, elsewhere it becomes a blank. As it stands where it is none."""
    if len(text) % 2 or not text.isascii() or not text.isalnum():
        return text
    try:
        return bytes.fromhex(text).rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "replace")
    except ValueError:
        return text


def read_arguments(texts: list[str]) -> list[str]:
    """The arguments of an event's EXECVE records, by position; long ones come in pieces (`a1_len=9000 a1[0]=… a1[1]=…`)."""
    pieces: dict[int, dict[int, str]] = {}
    for text in texts:
        for key, quoted, bare in _PAIR.findall(text):
            match = _ARGUMENT.fullmatch(key)
            if match is not None:
                pieces.setdefault(int(match[1]), {})[int(match[2] or 0)] = quoted or bare
                if bare and not quoted:
                    pieces[int(match[1])][int(match[2] or 0)] = f"\0{bare}"
    return [_joined(pieces[number]) for number in sorted(pieces)]


def _joined(parts: dict[int, str]) -> str:
    """One argument of its pieces; those in hexadecimal (marked by NUL) are joined first, as a piece can end within a letter."""
    ordered = [parts[number] for number in sorted(parts)]
    if all(part.startswith("\0") for part in ordered):
        return unhex("".join(part[1:] for part in ordered))
    return "".join(unhex(part[1:]) if part.startswith("\0") else part for part in ordered)


_INET, _INET6, _UNIX = 2, 10, 1
_FAMILIES = {1: "unix", 2: "ipv4", 10: "ipv6", 16: "netlink", 17: "packet", 38: "alg", 40: "vsock"}


def read_address(fields: Values) -> dict[str, Any]:
    """A SOCKADDR record: `family`, and `ip` with `port` or `path`. Read from `saddr` (struct sockaddr in hexadecimal,
    little-endian family) or from what auditd or Laurel made of it (`SADDR={ saddr_fam=inet laddr=… lport=… }`).
    """
    found: dict[str, Any] = {}
    if ip := fields.get("laddr"):
        found = {"family": "ipv6" if ":" in ip else "ipv4", "ip": ip}
        if fields.get("lport", "").isdecimal():
            found["port"] = int(fields["lport"])
        return found
    try:
        data = bytes.fromhex(fields.get("saddr", ""))
    except ValueError:
        return found
    if len(data) < 2:
        return found
    family = int.from_bytes(data[:2], "little")
    found["family"] = _FAMILIES.get(family, str(family))
    if family == _INET and len(data) >= 8:
        found |= {"port": int.from_bytes(data[2:4]), "ip": ".".join(map(str, data[4:8]))}
    elif family == _INET6 and len(data) >= 24:
        address = IPv6Address(data[8:24])
        found |= {"port": int.from_bytes(data[2:4]), "ip": str(address.ipv4_mapped or address)}
    elif family == _UNIX:
        found["path"] = data[2:].lstrip(b"\0").partition(b"\0")[0].decode("utf-8", "replace")
    return found
