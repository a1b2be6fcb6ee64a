"""What sources share: URLs, key=value pairs, transports and directions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalise.directions import direction
from normalise.pairs import read_pairs
from normalise.transports import transport_fields
from normalise.urls import url_fields


@pytest.mark.parametrize(
    ("original", "parts"),
    [
        ("/a/b.php?q=1&r=/x", {"path": "/a/b.php", "query": "q=1&r=/x", "extension": "php"}),
        ("/", {"path": "/"}),
        (
            "HTTPS://anne:secret@www.example.org:8443/x#top",
            {
                "scheme": "https",
                "username": "anne",
                "domain": "www.example.org",
                "port": 8443,
                "path": "/x",
                "fragment": "top",
            },
        ),
        ("http://[2001:db8::1]:80/", {"scheme": "http", "domain": "2001:db8::1", "port": 80, "path": "/"}),
        ("//files.example.org", {"domain": "files.example.org"}),
        ("/.hidden", {"path": "/.hidden"}),
        ("*", {"path": "*"}),
        ("/a.b c", {"path": "/a.b c"}),
    ],
)
def test_a_url_gives_its_parts(original: str, parts: dict[str, str | int]) -> None:
    assert url_fields(original) == {"original": original, **parts}


@given(st.text())
def test_any_text_is_some_url(text: str) -> None:
    url = url_fields(text)
    assert url["original"] == text
    assert all(value != "" for name, value in url.items() if name != "original")


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("a=1 b=two c-d.e=3", {"a": "1", "b": "two", "c-d.e": "3"}),
        ('name="a b" empty= quoted="" last="x"', {"name": "a b", "empty": "", "quoted": "", "last": "x"}),
        (r'said="he said \"no\" \\ yes"', {"said": r'he said "no" \ yes'}),
        ("twice=1 twice=2", {"twice": "2"}),
        ("no pairs here", {}),
        ('torn="never closed', {"torn": ""}),
    ],
)
def test_pairs_are_bare_or_quoted(text: str, pairs: dict[str, str]) -> None:
    assert read_pairs(text) == pairs


def test_pairs_are_read_from_where_they_begin() -> None:
    assert read_pairs("x=0 a=1", 4) == {"a": "1"}


@pytest.mark.parametrize(
    ("protocol", "fields"),
    [
        ("6", {"iana_number": "6", "transport": "tcp"}),
        ("UDP", {"iana_number": "17", "transport": "udp"}),
        ("icmpv6", {"iana_number": "58", "transport": "ipv6-icmp"}),
        ("251", {"iana_number": "251"}),
        ("Unheard", {"transport": "unheard"}),
    ],
)
def test_a_transport_has_its_name_and_number(protocol: str, fields: dict[str, str]) -> None:
    assert transport_fields(protocol) == fields


@pytest.mark.parametrize(
    ("source", "destination", "expected"),
    [
        ("10.0.0.1", "192.168.1.1", "internal"),
        ("10.0.0.1", "203.0.113.1", "outbound"),
        ("2001:db8::1", "fd00::1", "inbound"),
        ("198.51.100.1", "203.0.113.1", "external"),
    ],
)
def test_a_direction_follows_from_the_two_addresses(source: str, destination: str, expected: str) -> None:
    assert direction(source, destination) == expected
