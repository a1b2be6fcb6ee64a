"""The folder of a new source: files that can be run at once and say what to put where."""

import re
from pathlib import Path

from vagt.errors import UsageError

_ID = re.compile(r"[a-z0-9_]{1,64}\.[a-z0-9_]{1,64}")
_README = """# {title} (`{id}`)

Vendor, product, versions; written after: (the manual that you read).

## Shipper settings

How the logs come: the exact lines of the device's or shipper's configuration.

## Fields

| in the log | field |
|---|---|
| `user` | `user.name` |

What is not mapped stays under `{id}.*`.

## Known gaps

- What is not read, and why.
"""
_SAMPLE = "EXAMPLE 2026-11-22T10:15:30+01:00 login user=anna from 192.0.2.7: success\n"
_DECLARED = """# All keys: docs/adding_a_source.md. Check with: vagt sources check {folder}
id: {id}
title: {title}
marks: ["EXAMPLE "]            # literals of which at least one stands in every record; rare ones
constants:
  observer.vendor: {vendor}
  observer.product: {product}
kinds:
  - name: login
    template: "EXAMPLE %{{time:word}} login user=%{{user:word}} from %{{ip:ip}}: %{{result:word}}"
    fields:
      "@timestamp": time
      user.name: user
      source.ip: ip
      event.category: {{value: [authentication]}}
      event.type: {{value: [start]}}
      event.action: {{value: login}}
      event.outcome: {{from: result, map: {{success: success, failure: failure}}, default: unknown}}
"""
_PARSER = '''"""{title}: one record -> one event."""

from datetime import tzinfo

from normalise.source import Source
from normalise.text import decode
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError


def parse(raw: RawLog, zone: tzinfo) -> list[Event]:
    """One event. Raises NormaliseError for a record that it does not know."""
    words = decode(raw.body)[0].split()
    if len(words) < 7 or words[0] != "EXAMPLE":
        raise NormaliseError("no record of {id}")
    event: Event = {{
        "@timestamp": from_iso_stamp(words[1], zone),
        "event": {{"category": ["authentication"], "type": ["start"], "action": words[2], "outcome": words[6]}},
        "user": {{"name": words[3].removeprefix("user=")}},
        "source": {{"ip": words[5].rstrip(":")}},
        "observer": {{"vendor": "{vendor}", "product": "{product}"}},
    }}
    return [event]


SOURCE = Source(
    id="{id}",
    title="{title}",
    parse=parse,
    marks=(b"EXAMPLE ",),
    recognise=lambda body: body.startswith(b"EXAMPLE "),
    rank=40,
)
'''
_TEST = '''"""{title}: what matters, as sentences."""

from normalise.registry import sources
from tests.normalise.reading import reader

read = reader(sources()["{id}"])


def test_a_login_has_user_outcome_and_address() -> None:
    event = read("EXAMPLE 2026-11-22T10:15:30+01:00 login user=anna from 192.0.2.7: success")
    assert event["user"]["name"] == "anna"
    assert event["source"]["ip"] == "192.0.2.7"
    assert event["event"]["outcome"] == "success"
'''


def new_source(source: str, parent: Path, tests: Path | None, *, declared: bool) -> list[Path]:
    """Write the folder of `source` in `parent`, and a test in `tests` where there is such a folder; gives the files.

    Raises UsageError for what is no id, and where there is such a folder already.
    """
    if not _ID.fullmatch(source):
        raise UsageError(f"{source!r} is no source id: vendor.product, in a-z, 0-9 and _, with one dot")
    name = source.replace(".", "_")
    folder = parent / name
    if folder.exists():
        raise UsageError(f"{folder} exists already")
    vendor, product = (part.replace("_", " ").title() for part in source.split("."))
    words = {"id": source, "title": f"{vendor} {product}", "vendor": vendor, "product": product, "folder": folder}
    files = {folder / "README.md": _README, folder / "samples" / "lines.log": _SAMPLE}
    if declared:
        files[folder / "source.yaml"] = _DECLARED
    else:
        files[folder / "__init__.py"] = '"""{title}."""\n'
        files[folder / "parser.py"] = _PARSER
    if tests is not None and tests.is_dir():
        files[tests / f"test_source_{name}.py"] = _TEST
    (folder / "samples").mkdir(parents=True)
    for path, text in files.items():
        path.write_text(text if text is _SAMPLE else text.format(**words), encoding="utf-8")
    return list(files)
