"""NPS: the same login in its three formats is the same event."""

import pytest

from normalise.registry import source_for
from normalise.sources.microsoft_nps.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
XML = (
    '<Event><Timestamp data_type="4">11/22/2026 10:15:30.000</Timestamp><Computer-Name data_type="1">NPS01</Computer-Name>'
    '<Event-Source data_type="1">IAS</Event-Source><Client-IP-Address data_type="3">10.1.1.2</Client-IP-Address>'
    '<Client-Friendly-Name data_type="1">vpn01</Client-Friendly-Name>'
    '<Fully-Qualifed-User-Name data_type="1">KOMMUNE\\bo</Fully-Qualifed-User-Name>'
    '<NP-Policy-Name data_type="1">VPN</NP-Policy-Name><Packet-Type data_type="0">3</Packet-Type>'
    '<Reason-Code data_type="0">16</Reason-Code></Event>'
)
ODBC = '"NPS01","IAS",11/22/2026,10:15:30,3,,"KOMMUNE\\bo",,,,,,,,9,"10.1.1.2","vpn01",,,,,,,4,"VPN",16,' + "," * 39
IAS = "10.1.1.2,,11/22/2026,10:15:30,IAS,NPS01,4108,10.1.1.2,4128,vpn01,4130,KOMMUNE\\bo,4149,VPN,4136,3,4142,16"


@pytest.mark.parametrize("line", [XML, ODBC, IAS], ids=["xml", "database", "ias"])
def test_a_refused_login_in_each_format(line: str) -> None:
    assert source_for(None, line.encode())[0].id == "microsoft.nps"
    event = one(line)
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"
    assert event["event"]["category"] == ["authentication"]
    assert (event["event"]["action"], event["event"]["outcome"]) == ("access-reject", "failure")
    assert (event["event"]["code"], event["event"]["reason"]) == ("16", "authentication failure")
    assert event["user"] == {"name": "bo", "domain": "KOMMUNE"}
    assert event["client"] == {"address": "10.1.1.2", "ip": "10.1.1.2", "domain": "vpn01"}
    assert event["rule"]["name"] == "VPN"
    assert event["host"]["name"] == "NPS01"


def test_a_comma_in_quotes_ends_no_column() -> None:
    event = one('10.1.1.2,"Bo, Anne",11/22/2026,10:15:30,IAS,NPS01,4136,2,4142,0')
    assert event["user"]["name"] == "Bo, Anne"


@pytest.mark.parametrize(
    "line", ["", "hello", "<Event><System/></Event>", "10.1.1.2,bo,11/22/2026,10:15:30,SSH,x", '"a","b",1,2,3']
)
def test_lines_of_others_are_not_claimed(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
