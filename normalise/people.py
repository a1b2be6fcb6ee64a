"""User names in the form of an address (user principal names, Google accounts) to ECS `user.*`."""

from typing import Any


def user_fields(name: str) -> dict[str, Any]:
    """`name`, and of `anne@nordby.example` also `domain` and `email`; a SID or GUID is an `id` alone."""
    local, at, domain = name.rpartition("@")
    if at and local and domain and " " not in domain:
        return {"name": local, "domain": domain, "email": name}
    if not name or is_id(name):
        return {"id": name} if name else {}
    return {"name": name}


def is_id(name: str) -> bool:
    """Whether a name is a SID (`S-1-5-18`) or a GUID."""
    return name.startswith("S-1-") or (len(name) == 36 and name[8::5][:4] == "----")
