"""The DHCP server of Windows: ids that no language changes, the client, full scopes, headers."""

import pytest

from normalise.registry import source_for
from normalise.sources.microsoft_dhcp.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
REST = "10.30.60.9,pc-041.kommune.example,00005E005301,,123456789,0,,,,0x4D53465420352E30,MSFT 5.0,,,,0"


@pytest.mark.parametrize(
    ("number", "word", "action"),
    [
        ("10", "Assign", "lease-assigned"),
        ("10", "Tildel", "lease-assigned"),
        ("11", "Forny", "lease-renewed"),
        ("15", "NACK", "lease-denied"),
    ],
)
def test_the_id_says_what_it_is_in_any_language(number: str, word: str, action: str) -> None:
    line = f"{number},11/22/26,10:15:30,{word},{REST}"
    assert source_for(None, line.encode())[0].id == "microsoft.dhcp"
    event = one(line)
    assert event["event"]["action"] == action
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"
    assert event["client"] == event["source"]
    assert event["client"]["mac"] == "00-00-5E-00-53-01"
    assert event["microsoft"]["dhcp"]["vendor_class"] == "MSFT 5.0"


@pytest.mark.parametrize(
    "line", ["14,11/22/26,10:15:34,x,10.30.60.0,,00005E005303,,1,6,,,,,,,,,0", "11009,11/22/26,10:15:34,x,2001:db8::,,,,,,,"]
)
def test_a_full_scope_is_no_client_s_address(line: str) -> None:
    event = one(line)
    assert (event["event"]["action"], event["event"]["outcome"]) == ("no-free-leases", "failure")
    assert "ip" not in event.get("client", {})
    assert event["microsoft"]["dhcp"]["scope"] in ("10.30.60.0", "2001:db8::")


@pytest.mark.parametrize(
    ("written", "ip", "kept"),
    [
        ("9.60.30.10", "10.30.60.9", None),
        ("172.28.43.169", "172.28.43.169", None),
        ("10.10.10.10", "10.10.10.10", None),
        ("10.1.2.10", None, "10.1.2.10"),
        ("10.30.60.10", None, "10.30.60.10"),
        ("80.62.1.9", None, "80.62.1.9"),
    ],
)
def test_the_address_of_an_update_request_is_read_the_way_round_that_can_be(
    written: str, ip: str | None, kept: str | None
) -> None:
    event = one(f"30,11/22/26,10:15:37,x,{written},pc-041,,,0,6,,,,,,,,,0")
    assert event["client"].get("ip") == ip
    assert event["microsoft"]["dhcp"].get("update_address") == kept


@pytest.mark.parametrize(
    ("number", "action", "outcome"),
    [
        ("11023", "dns-update", "failure"),
        ("11024", "dns-update", "success"),
        ("11029", "dns-update-request", "failure"),
        ("11030", "stateless-clients-purged", None),
        ("11032", "dhcpv6-information-request", None),
    ],
)
def test_ids_of_ipv6(number: str, action: str, outcome: str | None) -> None:
    event = one(f"{number},11/22/26,10:15:43,x,2001:db8:30::9,pc-041.kommune.example,,14,00010001,,,,")
    assert (event["event"]["action"], event["event"].get("outcome")) == (action, outcome)
    assert event["client"]["ip"] == "2001:db8:30::9"


def test_the_log_of_ipv6_has_ids_of_four_digits_too() -> None:
    line = "1103,12/06/21,12:25:21,Authorized(servicing),,test.local,,,,,,,,"
    assert SOURCE.recognise(line.encode())
    event = one(line)
    assert event["event"]["action"] == "server-authorised"
    assert event["microsoft"]["dhcp"] == {"domain": "test.local"}
    unknown = one("1108,12/06/21,12:25:21,No DC is DS Enabled,,test.local,,,,,,,,")
    assert unknown["vagt"]["source"]["partly"] == "event id 1108"


def test_a_conflict_s_placeholder_is_no_name() -> None:
    assert "domain" not in one("13,11/22/26,10:15:33,x,10.30.60.11,BAD_ADDRESS,,,0,6,,,,,,,,,0")["client"]


def test_header_lines_before_a_lease_are_passed_over() -> None:
    header = "\t\tMicrosoft DHCP-tjenestens aktivitetslog\r\n\r\n\r\nID,Dato,Klokkeslæt,Beskrivelse,IP-adresse\r\n"
    events = parse_with(SOURCE, header + f"10,11/22/26,10:15:30,Tildel,{REST}\r\n11,11/22/26,10:15:31,Forny,{REST}")
    assert [event["event"]["action"] for event in events] == ["lease-assigned", "lease-renewed"]


def test_an_id_that_is_not_known_says_so() -> None:
    event = one(f"99,11/22/26,10:15:30,x,{REST}")
    assert event["vagt"]["source"]["partly"] == "event id 99"


@pytest.mark.parametrize("line", ["", "hello", "10,22/11/26", "1,2,3,4,,", "99999,11/22/26,10:15:30,a,b,c,d", "Microsoft DHCP"])
def test_lines_of_others_are_not_claimed(line: str) -> None:
    assert not SOURCE.recognise(line.encode())


@pytest.mark.parametrize("line", ["", "hello", "1,2,3,4,,"])
def test_what_is_no_line_of_the_log_is_refused(line: str) -> None:
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
