"""The built-in pack over other people's lines: makers' samples, which are mostly ordinary operation, and recordings of
attacks with the noise around them. A rule that speaks up more often than is justified here would be switched off."""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path

import orjson
import pytest

from detections.cases import findings_of
from detections.loading import load_rules
from tests.detections.ordinary_day import ordinary_day
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog
from vagt.errors import NormaliseError

Normalise = Callable[[RawLog], Sequence[Event]]
RECEIVED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SAMPLES = ("beats", "elastic_integrations", "elastic_package", "gosyslog", "sc4s", "winlogbeat")
NAMED = {
    "linux_auth": "linux.auth",
    "system_auth": "linux.auth",
    "cisco_asa": "cisco.asa",
    "cisco_asa_log": "cisco.asa",
    "cisco_ftd": "cisco.asa",
    "fortinet_firewall": "fortinet.fortigate",
    "fortinet_fortigate": "fortinet.fortigate",
    "suricata_eve": "suricata.eve",
}

# Two of the families copy the same lines: what stands there once is counted twice.
JUSTIFIED = {
    "Inside machine contacts a known control server": (11, "the device says so; the ASA's botnet filter in three copies"),
    "Infected file passed a firewall or gateway of another maker": (2, "a file is recognised and only detected"),
    "Firewall of another maker reports a flood": (5, "the device says so"),
    "Firewall reports a scan by an inside machine": (1, "the device says so"),
    "New administrator account on a firewall": (1, "an account is added"),
    "Foreign access point on the wired network, seen by Aruba or Meraki": (2, "the device says so"),
    "Our wireless network's name on a foreign access point, seen by Meraki": (1, "the device says so"),
    "Firewall configuration changed": (7, "informational: the trail beside the change calendar"),
    "Firewall policy changed": (1, "a policy is changed"),
    "Site-to-site VPN tunnel down": (2, "a tunnel goes down"),
    "sudo refused to an account without the right": (2, "the line is a refusal"),
    "Password guessing against SSH": (5, "servers on the internet that are tried"),
    "Local account created on a Linux server": (1, "an account is created"),
    "Administrator's rights or restrictions changed on a firewall": (2, "an account is raised to privilege 15"),
    "Administrator logged in to a firewall with a shared name": (2, "somebody logs in as `admin`"),
    "Firewall reports a flood": (1, "the DoS policy says so"),
    "Severe Suricata alert about an inside machine": (1, "an alert of severity 1"),
    "Administrator login on a firewall tried from the internet": (2, "a login of an administrator is refused"),
    "Switch or router configured from a public address": (1, "the line says so"),
    "Windows security log cleared": (1, "1102"),
    "Windows security log full or events lost": (1, "1104"),
    "Trust to another domain changed or removed": (1, "4716 by an administrator"),
}


def test_nothing_is_said_of_an_ordinary_day(normalise: Normalise) -> None:
    lines = ((source, source, log.encode()) for source, log in ordinary_day())
    events = dict(understood(lines, normalise))
    assert sum(map(len, events.values())) == len(ordinary_day()) > 7000
    assert findings(events.values()) == {}


@pytest.mark.corpus
def test_makers_samples_give_no_finding_beyond_what_they_say(corpus: Path, normalise: Normalise) -> None:
    events = dict(understood(samples(corpus / "corpus"), normalise))
    assert sum(map(len, events.values())) > 3000
    assert beyond(findings(events.values()), {title: most for title, (most, _) in JUSTIFIED.items()}) == {}


@pytest.mark.corpus
def test_recorded_attacks_give_less_than_one_finding_in_a_thousand_events(corpus: Path, normalise: Normalise) -> None:
    events = dict(understood(recorded(corpus / "corpus" / "recordings", every=8), normalise))
    number = sum(map(len, events.values()))
    found = findings(events.values())
    assert number > 15000
    assert 0 < found.total() < number / 1000
    assert found.most_common(1)[0][1] <= 10


def samples(folder: Path) -> Iterator[tuple[str, str | None, bytes]]:
    """Family, the source where the family is one, and the line."""
    for family in SAMPLES:
        for path in sorted((folder / family).glob("**/cases.jsonl")):
            for line in path.open("rb"):
                case = orjson.loads(line)
                for document in case.get("winlogbeat_input") or ():
                    yield str(path), "windows.eventlog", orjson.dumps(document)
                if isinstance(case["raw"], str):
                    yield str(path), NAMED.get(path.parent.name), case["raw"].encode()


def recorded(folder: Path, every: int) -> Iterator[tuple[str, str | None, bytes]]:
    """Every nth of the recordings of Windows, whole, so that correlations see what they are made for."""
    with (folder / "index.csv").open(encoding="utf-8", newline="") as index:
        rows = [row for row in csv.DictReader(index) if row["file"].startswith(("otrf_windows_", "evtx_"))]
    for file, of_file in groupby(enumerate(rows), lambda row: row[1]["file"]):
        with gzip.open(folder / file, "rb") as lines:
            for number, row in of_file:
                recording = [line.rstrip(b"\n") for line in islice(lines, int(row["lines"]))]
                if number % every == 0:
                    yield from (("\t".join((row["path"], row["member"])), "windows.eventlog", line) for line in recording)


def understood(lines: Iterator[tuple[str, str | None, bytes]], normalise: Normalise) -> Iterator[tuple[str, list[Event]]]:
    """The events of each family in order of time; lines that no source takes are another test's matter."""
    by_family: dict[str, list[Event]] = {}
    for number, (family, source, body) in enumerate(lines):
        raw = RawLog("751", source, body, RECEIVED, "replay", "corpus", f"{family}:{number}")
        try:
            by_family.setdefault(family, []).extend(normalise(raw))
        except NormaliseError:
            continue
    for family, events in by_family.items():
        yield family, sorted(events, key=itemgetter("@timestamp"))


def findings(rows: Iterable[list[Event]]) -> Counter[str]:
    """How many findings each rule made."""
    ruleset = load_rules([])
    return Counter(finding["rule"]["name"] for events in rows for finding in findings_of(events, ruleset, RECEIVED))


def beyond(found: Counter[str], justified: dict[str, int]) -> dict[str, int]:
    """What was found more often than is justified."""
    return {title: number for title, number in found.items() if number > justified.get(title, 0)}
