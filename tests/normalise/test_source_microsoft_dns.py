"""The DNS server of Windows: packets with and without details, dates of any region, names as it writes them, its events."""

import json

import pytest

from normalise.registry import source_for, sources
from normalise.sources.microsoft_dns.names import read_name
from normalise.sources.microsoft_dns.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
PACKET = "0F38 PACKET  000000D9E3F4B2A0 UDP Rcv 10.20.30.41     0002   Q [0001   D   NOERROR] A      (3)www(7)example(2)dk(0)"
ANSWER = "UDP Snd 10.20.30.41     0002 R Q [8081   DR  NOERROR] A      (3)www(7)example(2)dk(0)"
DETAILS = f"""11/22/2026 10:15:30 AM 0F38 PACKET  000000D9E3F4B2A0 {ANSWER}
UDP response info at 000000D9E3F4B2A0
  Socket = 520
  Remote addr 10.20.30.41, port 51514
  Time Query=1234, Queued=0, Expire=0
  Buf length = 0x0fa0 (4000)
  Msg length = 0x0045 (69)
  Message:
    XID       0x0002
    QUESTION SECTION:
    Offset = 0x000c, RR count = 0
    Name      "(3)www(7)example(2)dk(0)"
      QTYPE   A (1)
      QCLASS  1
    ANSWER SECTION:
    Offset = 0x0020, RR count = 0
    Name      "[C00C](3)www(7)example(2)dk(0)"
      TYPE   CNAME  (5)
      CLASS  1
      TTL    60
      DLEN   6
      DATA   (3)web[C010](7)example(2)dk(0)
    Offset = 0x0030, RR count = 1
    Name      "[C02C](3)web[C010](7)example(2)dk(0)"
      TYPE   A  (1)
      CLASS  1
      TTL    60
      DLEN   4
      DATA   192.0.2.14
    AUTHORITY SECTION:
      empty
    ADDITIONAL SECTION:
      empty
"""


@pytest.mark.parametrize(
    "stamp",
    [
        "11/22/2026 10:15:30 AM",
        "11/22/2026 10:15:30\u202fAM",
        "22/11/2026 10:15:30",
        "22-11-2026 10:15:30",
        "22.11.2026 10:15:30",
        "22-11-2026 10.15.30",
        "2026-11-22 10:15:30",
    ],
)
def test_a_packet_is_read_in_the_dates_of_any_region(stamp: str) -> None:
    event = one(f"{stamp} {PACKET}")
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"
    assert event["dns"]["question"] == {"name": "www.example.dk", "type": "A"}
    assert event["source"] == {"address": "10.20.30.41", "ip": "10.20.30.41"}


def test_noon_and_midnight_of_twelve_hours() -> None:
    assert one(f"11/22/2026 12:15:30 PM {PACKET}")["@timestamp"] == "2026-11-22T11:15:30.000Z"
    assert one(f"11/22/2026 12:15:30 AM {PACKET}")["@timestamp"] == "2026-11-21T23:15:30.000Z"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("(3)www(7)example(2)dk(0)", "www.example.dk"),
        ("(0)", "."),
        ("[C00C](3)www(7)example(2)dk(0)", "www.example.dk"),
        ("(5)a(1)b(2)dk(0)", "a(1)b.dk"),  # a label may hold what looks like a length
        ("(9)bl\u00e5b\u00e6r(2)dk(0)", "bl\u00e5b\u00e6r.dk"),  # the length counts bytes
        ("example.dk.", "example.dk"),
    ],
)
def test_a_name_with_lengths(written: str, name: str) -> None:
    assert read_name(written) == name


def test_details_give_port_sizes_and_answers() -> None:
    event = one(DETAILS)
    assert event["source"] == {"address": "10.20.30.41", "ip": "10.20.30.41", "port": 51514}
    assert event["network"]["bytes"] == 69
    assert [(answer["name"], answer["type"], answer["data"]) for answer in event["dns"]["answers"]] == [
        ("www.example.dk", "CNAME", "web.example.dk"),
        ("web.example.dk", "A", "192.0.2.14"),
    ]
    assert event["dns"]["resolved_ip"] == ["192.0.2.14"]


def test_two_records_with_details_are_two_events() -> None:
    assert len(parse_with(SOURCE, DETAILS + DETAILS)) == 2


@pytest.mark.parametrize(
    ("way", "response", "end"),
    [("Rcv", " ", "source"), ("Snd", "R", "source"), ("Snd", " ", "destination"), ("Rcv", "R", "destination")],
)
def test_who_asks_is_the_source(way: str, response: str, end: str) -> None:
    packet = PACKET.replace("Rcv", way).replace("0002   Q", f"0002 {response} Q")
    assert one(f"22-11-2026 10:15:30 {packet}")[end]["ip"] == "10.20.30.41"


def analytic(source: str) -> dict[str, object]:
    document = {
        "EventTime": "2026-11-22T10:15:30+01:00",
        "Channel": "Microsoft-Windows-DNSServer/Analytical",
        "SourceName": "Microsoft-Windows-DNSServer",
        "Hostname": "dc01.kommune.example",
        "EventID": 257,
        "TCP": "0",
        "InterfaceIP": "10.1.1.53",
        "Destination": "10.20.30.41",
        "RCODE": "3",
        "QNAME": "gone.example.dk.",
        "QTYPE": "28",
        "Port": "51514",
        "XID": "4711",
        "AA": "0",
        "AD": "0",
    }
    (event,) = parse_with(sources()[source], json.dumps(document))
    return event


@pytest.mark.parametrize("source", ["microsoft.dns", "windows.eventlog"])
def test_an_analytic_event_is_a_lookup_whichever_source_is_named(source: str) -> None:
    event = analytic(source)
    assert event["dns"] == {
        "type": "answer",
        "question": {"name": "gone.example.dk", "type": "AAAA"},
        "id": "4711",
        "response_code": "NXDOMAIN",
    }


def test_an_audit_event_is_a_changed_record() -> None:
    document = {
        "EventTime": "2026-11-22T10:15:30+01:00",
        "Channel": "Microsoft-Windows-DNSServer/Audit",
        "SourceName": "Microsoft-Windows-DNSServer",
        "Hostname": "dc01",
        "EventID": 515,
        "Type": "1",
        "NAME": "wpad",
        "Zone": "kommune.example",
        "RDATA": "0x0A141E29",
    }
    (event,) = parse_with(SOURCE, json.dumps(document))
    assert (event["event"]["action"], event["event"]["type"]) == ("dns-record-created", ["creation"])
    assert event["dns"]["question"]["name"].startswith("wpad")


@pytest.mark.parametrize("line", ["", "hello", "22-11-2026 10:15:30 hello PACKET", "  Remote addr 10.0.0.1, port 5"])
def test_lines_of_others_are_not_claimed(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)


def test_a_packet_is_recognised_behind_a_relay_s_header() -> None:
    assert source_for(None, f"<13>Nov 22 10:15:30 dc01 MSDNS: 22-11-2026 10:15:30 {PACKET}".encode())[0].id == "microsoft.dns"
