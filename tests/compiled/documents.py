"""What normalise makes of every source's samples, of those spoiled, and of the nasty records: a digest a line.

A program, so that it can be run with the modules as Python text and as machine code: `python -m tests.compiled.documents`.
"""

from collections.abc import Iterator
from hashlib import sha256

import orjson

import normalise.conform
from normalise.envelope import normalise_raw
from normalise.registry import sources
from normalise.source import Source
from normalise.text import is_noise
from tests.normalise.mutations import RECEIVED, ZONE, sample_lines
from tests.normalise.nasty import nasty, spoiled
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

IS_COMPILED = not str(normalise.conform.__file__).endswith(".py")


def records(source: Source) -> list[bytes]:
    """What the source is given."""
    own = [body for line in sample_lines(source) for body in (line, *spoiled(line))]
    return [body for body in (*(body for _, body in nasty()), *own) if body.strip() and not is_noise(body)]


def outcome(source: Source, body: bytes) -> str:
    """The events as JSON, names in the order in which they were put; or why there are none."""
    raw = RawLog("751", source.id, body, RECEIVED, "syslog+udp", "192.0.2.1", "p")
    try:
        events = normalise_raw(raw, source, source.recognise(body), ZONE, "2026-11-22T12:00:01.000Z", str)
        return orjson.dumps(events).decode()
    except NormaliseError as error:
        return f"NormaliseError: {error}"
    except (RecursionError, orjson.JSONEncodeError):
        return "nested too deeply, or no JSON"


def digests() -> Iterator[str]:
    """`SOURCE NUMBER DIGEST`, of every record."""
    for source in sources().values():
        for number, body in enumerate(records(source)):
            yield f"{source.id} {number} {sha256(outcome(source, body).encode()).hexdigest()[:16]}"


def main() -> None:
    """Print them; first whether the modules are compiled."""
    print(IS_COMPILED)  # noqa: T201
    for line in digests():
        print(line)  # noqa: T201


if __name__ == "__main__":
    main()
