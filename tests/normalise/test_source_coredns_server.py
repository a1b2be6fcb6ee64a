"""CoreDNS, a declared source: queries over IPv4 and IPv6, errors, and hostile lines."""

import pytest

from normalise.registry import source_for, sources
from tests.normalise.reading import reader

SOURCE = sources()["coredns.server"]
read = reader(SOURCE)


@pytest.mark.parametrize(("address", "ip"), [("192.0.2.8", "192.0.2.8"), ("[2001:db8::7]", "2001:db8::7")])
@pytest.mark.parametrize(("code", "outcome"), [("NOERROR", "success"), ("NXDOMAIN", "failure"), ("SERVFAIL", "failure")])
def test_a_query_has_client_question_and_outcome(address: str, ip: str, code: str, outcome: str) -> None:
    event = read(f'[INFO] {address}:4000 - 7 "A IN www.example.org. udp 41 false 512" {code} qr,rd 68 0.0025s')
    assert event["source"]["ip"] == ip
    assert event["dns"]["question"] == {"type": "A", "class": "IN", "name": "www.example.org"}
    assert event["event"]["outcome"] == outcome
    assert event["event"]["duration"] == 2_500_000
    assert event["network"]["transport"] == "udp"


def test_an_error_of_another_program_is_not_claimed() -> None:
    assert source_for(None, b"[ERROR] something else: 2 happened")[0] is not SOURCE
    assert source_for(None, b"[ERROR] plugin/errors: 2 www.example.org. A: timeout")[0] is SOURCE
