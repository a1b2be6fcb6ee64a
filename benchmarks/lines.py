"""Log lines for benchmarks: the samples of the sources, with addresses, ports, users and times varied; the same every run.

The samples are there to test rules, so a third of them are attacks. Here one line in fifty is one that a rule looks for,
which is still far more than a municipality sees.
"""

import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from detections.engine import Engine
from detections.loading import load_rules
from normalise.app import build_normaliser
from normalise.step import Normaliser
from vagt.clock import system_clock
from vagt.context import Context
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError
from vagt.settings import load_settings
from vagt.state.database import open_state
from vagt.tenants import load_tenants

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("linux.auth", "syslog.generic", "windows.eventlog", "fortinet.fortigate", "cisco.asa", "suricata.eve")
LOUD_EVERY = 50
_USERS = [f"{first}.{last}" for first in ("anne", "bo", "carl", "dorte", "erik", "freja") for last in range(400)]
_NAME = re.compile(r"\b(?:anne\.hansen|ahansen|ole|admin)\b")  # whole words: devices keep names and addresses
_VARIED = re.compile(
    r"(?P<ip>(?<!origin=)(?<!origin:\")\b(?:192\.0\.2|198\.51\.100|203\.0\.113|10\.\d{1,3}\.\d{1,3})\.\d{1,3}\b)"
    r"|(?P<hour>(?<=[T ])\d\d:\d\d:\d\d)"
    r"|(?P<port>(?<=port )\d{4,5}|(?<=srcport=)\d{4,5}|(?<=/)\d{5}(?=[ (])|(?<=\"src_port\":)\d{4,5})"
)


def samples(source: str) -> list[str]:
    """Every record of the source's sample files that is one line of UTF-8 text."""
    folder = ROOT / "normalise" / "sources" / source.replace(".", "_") / "samples"
    files = [path for path in sorted(folder.iterdir()) if not path.name.endswith(".expected.json")]
    found = []
    for path in files:
        for line in path.read_bytes().splitlines():
            try:
                found.append(line.decode("utf-8"))
            except UnicodeDecodeError:
                continue
    return [line for line in found if line.strip()]


@cache
def _judges(rules: tuple[Path, ...]) -> tuple[Normaliser, Engine]:
    settings = load_settings(None, {})
    context = Context(settings, open_state(settings), load_tenants(settings.unit), system_clock)
    return build_normaliser(context), Engine(load_rules(rules))


@cache
def by_loudness(source: str, rules: tuple[Path, ...] = ()) -> tuple[list[str], list[str]]:
    """The samples that no rule matches, of the pack and of `rules`, and those that one does."""
    normaliser, engine = _judges(rules)
    quiet: list[str] = []
    loud: list[str] = []
    for line in samples(source):
        raw = RawLog("751", source, line.encode(), system_clock(), "replay", "host", "f:0")
        try:
            is_loud = any(engine.match(event) for event in normaliser.events(raw))
        except NormaliseError:
            continue
        (loud if is_loud else quiet).append(line)
    return quiet, loud


def lines(source: str, count: int, seed: int = 1, rules: tuple[Path, ...] = ()) -> Iterator[bytes]:
    """`count` records of `source`; `rules`: folders of rules that run beside the pack."""
    dice = random.Random(f"{source}-{seed}")
    pool = [f"10.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(1, 255)}" for _ in range(5000)]
    quiet, loud = by_loudness(source, rules)
    second = 0

    def vary(match: re.Match[str]) -> str:
        if match["ip"]:
            return dice.choice(pool)
        if match["hour"]:
            return f"{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        return str(dice.randrange(10000, 65000))

    for number in range(count):
        second += dice.random() < 0.2
        turn, rest = divmod(number, LOUD_EVERY)
        template = loud[turn % len(loud)] if rest == 0 and loud else quiet[number % len(quiet)]
        head = 0 if template.startswith("{") else 48  # the header's host stays: a device keeps its name
        text = template[:head] + _VARIED.sub(vary, template[head:])
        if found := _NAME.search(text):
            text = re.sub(rf"\b{re.escape(found[0])}\b", dice.choice(_USERS), text)
        yield text.encode()


def mixed(count: int, seed: int = 1, rules: tuple[Path, ...] = ()) -> Iterator[bytes]:
    """`count` records, one sixth of them from each source, in turn."""
    streams = [lines(source, count // len(SOURCES) + 1, seed, rules) for source in SOURCES]
    for number in range(count):
        yield next(streams[number % len(SOURCES)])
