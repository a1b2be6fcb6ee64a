"""`user_agent.original` to the program, device and operating system that it names (patterns of uap-core, by `ua-parser`)."""

from functools import lru_cache
from typing import Any

from ua_parser import parse

_LONGEST = 2048  # characters; the text is the client's, and the patterns are many


@lru_cache(maxsize=16384)
def agent_fields(original: str) -> dict[str, Any]:
    """`name`, `version`, `device.name`, `os.{name,version,full}` as far as they are known. Nobody may change the answer."""
    found = parse(original[:_LONGEST])
    agent: dict[str, Any] = {}
    if found.user_agent is not None:
        one = found.user_agent
        agent["name"] = one.family
        if version := _joined(one.major, one.minor, one.patch, one.patch_minor):
            agent["version"] = version
    if found.device is not None:
        agent["device"] = {"name": found.device.family}
    if found.os is not None:
        system = found.os
        agent["os"] = {"name": system.family}
        if version := _joined(system.major, system.minor, system.patch, system.patch_minor):
            agent["os"] |= {"version": version, "full": f"{system.family} {version}"}
    return agent


def _joined(*parts: str | None) -> str:
    return ".".join(part for part in parts if part)
