"""Indicator files and their sightings in events."""

from pathlib import Path
from typing import Any

import pytest

from detections.indicators import IndicatorFiles, IndicatorSet, classify, read_indicators
from detections.matcher import match_batch
from tests.detections.rule_texts import BASE
from tests.detections.scene import detector, documents, event, records
from vagt.contracts.event import Event

SHA256 = "9f" * 32
CSV = f"""value,type,source,valid_until,tlp,description
203.0.113.7,ipv4-addr,CERT,,amber,a scanner
198.51.100.0/24,,,,,
bad.example,,,,,
hxxps://bad[.]example/x,,,,,
{SHA256.upper()},,,,,
192.0.2.9,,,2026-11-01T00:00:00Z,,
no good,,,,,
10.0.0.300,,,,,
# a comment

198.51.100.77,,,tomorrow,,
"""


def written(folder: Path, text: str = CSV) -> Path:
    path = folder / "indicators.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_bad_lines_are_listed_and_the_others_used(tmp_path: Path) -> None:
    found, bad = read_indicators(written(tmp_path))
    assert [one.kind for one in found] == ["address", "network", "domain", "url", "hash", "address"]
    assert [one.line for one in bad] == [8, 9, 12]
    assert "no good" in bad[0].reason


def test_one_value_a_line_is_enough(tmp_path: Path) -> None:
    found, bad = read_indicators(written(tmp_path, "203.0.113.7\nbad.example\n"))
    assert ([one.value for one in found], bad) == (["203.0.113.7", "bad.example"], [])


def test_a_file_that_cannot_be_read_is_one_bad_line(tmp_path: Path) -> None:
    found, bad = read_indicators(tmp_path / "nowhere.csv")
    assert (found, [one.line for one in bad]) == ([], [0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("203[.]0[.]113[.]7", ("203.0.113.7", "address")),
        ("2001:0DB8::0001", ("2001:db8::1", "address")),
        ("198.51.100.9/24", ("198.51.100.0/24", "network")),
        ("BAD.Example.", ("bad.example", "domain")),
        ("hxxp://bad.example/A", ("http://bad.example/A", "url")),
        ("D41D8CD98F00B204E9800998ECF8427E", ("d41d8cd98f00b204e9800998ecf8427e", "hash")),
    ],
)
def test_spellings(text: str, expected: tuple[str, str]) -> None:
    assert classify(text) == expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"related": {"ip": ["203.0.113.7"]}}, "related.ip"),
        ({"source": {"ip": "198.51.100.200"}}, "source.ip"),
        ({"destination": {"ip": "203.0.113.7"}}, "destination.ip"),
        ({"dns": {"question": {"name": "www.Bad.Example"}}}, "dns.question.name"),
        ({"url": {"domain": "bad.example"}}, "url.domain"),
        ({"url": {"full": "https://bad.example/x"}}, "url.full"),
        ({"related": {"hash": [SHA256]}}, "related.hash"),
        ({"related": {"hosts": ["bad.example"]}}, "related.hosts"),
        ({"dns": {"question": {"name": "notbad.example"}}}, None),
        ({"source": {"ip": "192.0.2.9"}}, None),
        ({"source": {"ip": "not an address"}}, None),
    ],
)
def test_sightings(changes: Event, field: str | None, tmp_path: Path) -> None:
    known = IndicatorSet(read_indicators(written(tmp_path))[0])
    one = {name: value for name, value in event("e1").items() if name not in ("source", "related")} | changes
    for _ in range(2):  # the second answer is a remembered one
        assert [sighting.field for sighting in known.sightings(one)] == ([field] if field else [])


def test_a_host_that_is_no_domain_does_not_hide_the_same_text_as_address(tmp_path: Path) -> None:
    known = IndicatorSet(read_indicators(written(tmp_path))[0])
    assert known.sightings({"related": {"hosts": ["203.0.113.7"]}}) == []
    assert known.sightings({"related": {"ip": ["203.0.113.7"]}})


def test_a_finding_names_the_indicator(rules_of: Any, tmp_path: Path) -> None:
    known = IndicatorSet(read_indicators(written(tmp_path))[0])
    events = [
        event("e1", user="mette", event={"id": "e1", "outcome": "success"}),
        event("e2", user="mette", event={"id": "e2"}),
    ]
    batch = match_batch(records(events), detector(rules_of(BASE, schema="ecs"), known))
    (finding,) = documents(batch.messages)
    assert finding["vagt"]["finding"]["kind"] == "indicator"
    assert finding["vagt"]["finding"]["count"] == 2
    assert finding["vagt"]["finding"]["events"] == ["e1", "e2"]
    indicator = finding["threat"]["indicator"]
    assert indicator["ip"] == "203.0.113.7"
    assert (indicator["type"], indicator["provider"], indicator["marking"]) == ("ipv4-addr", "CERT", {"tlp": "AMBER"})


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path, "203.0.113.7\n")
    files = IndicatorFiles([path])
    assert (len(files.current), files.refresh()) == (1, False)
    written(tmp_path, "203.0.113.7\nbad.example\nno good\n")
    assert files.refresh()
    assert (len(files.current), len(files.bad)) == (2, 1)
    path.unlink()
    assert files.refresh()
    assert (len(files.current), len(files.bad)) == (0, 1)
