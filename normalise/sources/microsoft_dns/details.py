"""The debug log with details: what the lines below a packet's first line say (the port, sizes, the records of the answer)."""

import re
from typing import Any

from normalise.dns_fields import put_answers
from normalise.sources.microsoft_dns.names import read_name
from vagt.contracts.event import Event

_REMOTE = re.compile(r"\s*Remote addr (\S{2,45}), port (\d{1,5})")
_LENGTH = re.compile(r"\s*Msg length = 0x[0-9a-f]{1,8} \((\d{1,6})\)")
_PART = re.compile(r"\s*(\w{5,10}) SECTION:")
_MOST_LINES = 2000
_CLASSES = {"1": "IN", "3": "CH", "4": "HS", "255": "ANY"}


def read_details(event: Event, remote: str, lines: list[str]) -> None:
    """Add the lines below the first one to `event`; `remote` is the end (`source` or `destination`) of the other machine."""
    section, records = "", []
    record: dict[str, Any] = {}
    for line in lines[:_MOST_LINES]:
        if (match := _PART.match(line)) is not None:
            section = match[1]
        elif section == "ANSWER":
            word, _, value = line.strip().partition(" ")
            value = value.strip()
            if word == "Name":
                record = {"name": read_name(value.strip('"'))}
                records.append(record)
            elif records:
                _put_line(record, word, value)
        elif (match := _REMOTE.match(line)) is not None and int(match[2]) < 65536:
            event.setdefault(remote, {})["port"] = int(match[2])
        elif (match := _LENGTH.match(line)) is not None:
            event["network"]["bytes"] = int(match[1])
    answers = [one for one in records if "data" in one]
    put_answers(event.setdefault("dns", {}), answers)


def _put_line(record: dict[str, Any], word: str, value: str) -> None:
    if word == "TYPE":
        record["type"] = value.partition(" ")[0]
    elif word == "CLASS":
        record["class"] = _CLASSES.get(value, value)
    elif word == "TTL" and value.isdecimal() and len(value) < 11:
        record["ttl"] = int(value)
    elif word == "DATA":
        record["data"] = read_name(value) if value[:1] in "([" else value
