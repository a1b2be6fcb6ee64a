"""The attributes of an ISE message, `Name=value, Name=value`, and the names that they have below `cisco.ise.attributes`."""

from functools import lru_cache

Attributes = dict[str, str | list[str]]
_MOST = 400
_LONGEST_NAME = 96
_LONGEST_VALUE = 8192  # of one that goes on after a comma
_LONGEST_TEXT = 131_072


def read_attributes(text: str) -> Attributes:
    r"""All attributes; of one that comes several times (`Step`, `cisco-av-pair`) a list. `\,` is a comma in a value.

    What has no `=` belongs to the value before it.
    """
    found: Attributes = {}
    last = ""
    for part in _parts(text):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not name or len(name) > _LONGEST_NAME:
            if last and part.strip():
                _append(found, last, f", {part}")
            continue
        before = found.get(name)
        if before is None:
            if len(found) >= _MOST:
                break
            found[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            found[name] = [before, value]
        last = name
    return found


def _parts(text: str) -> list[str]:
    text = text[:_LONGEST_TEXT].rstrip(", \0")
    if "\\" not in text:
        return text.split(", ")
    hidden = text.replace("\\\\", "\1").replace("\\,", "\2").replace("\\;", ";")
    return [part.replace("\1", "\\").replace("\2", ",") for part in hidden.split(", ")]


def _append(found: Attributes, name: str, more: str) -> None:
    value = found[name]
    if isinstance(value, list):
        if len(value[-1]) < _LONGEST_VALUE:
            value[-1] += more
    elif len(value) < _LONGEST_VALUE:
        found[name] = value + more


def first_of(found: Attributes, *names: str) -> str:
    """The value of the first of `names` that is there and not empty; of a list its first; else an empty text."""
    for name in names:
        value = found.get(name)
        if value:
            return value[0] if isinstance(value, list) else value
    return ""


@lru_cache(maxsize=2048)
def field_name(name: str) -> str:
    """The vendor's name with `_` for blanks and dots: `Device_IP_Address`, `NAS-IP-Address`."""
    return name.replace(" ", "_").replace(".", "_")
