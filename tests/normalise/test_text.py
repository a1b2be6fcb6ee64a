"""Bytes to text, and what is noise."""

import gzip
import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalise.text import decode, is_noise

DANISH = "Nov 22 10:00:00 srv-rådhus sudo: åse : COMMAND=/bin/echo blåbærgrød på ø"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (DANISH.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + DANISH.encode(), "utf-8"),
        (DANISH.encode("cp1252"), "windows-1252"),
        (DANISH.encode("utf-16"), "utf-16"),
        (DANISH.encode("utf-16-le"), "utf-16"),
        (DANISH.encode("utf-16-be"), "utf-16"),
    ],
    ids=["utf-8", "utf-8 with mark", "windows-1252", "utf-16 with mark", "utf-16-le", "utf-16-be"],
)
def test_danish_text_survives_every_encoding_it_is_sent_in(body: bytes, encoding: str) -> None:
    assert decode(body) == (DANISH, encoding)
    assert not is_noise(body)


def test_a_letter_cut_in_half_costs_only_that_letter() -> None:
    text, encoding = decode(DANISH.encode()[:-1])
    assert text == DANISH[:-1] + "\ufffd"
    assert encoding == "utf-8-damaged"


def test_an_ascii_line_cut_in_its_only_letter_is_not_read_as_windows_1252() -> None:
    assert decode("smørrebrød"[:3].encode()[:-1]) == ("sm\ufffd", "utf-8-damaged")


def test_a_broken_byte_among_good_letters_keeps_the_good_letters() -> None:
    assert decode("rødgrød ".encode() + b"\xff!") == ("rødgrød \ufffd!", "utf-8-damaged")


def test_bytes_that_windows_1252_lacks_become_the_replacement_character() -> None:
    assert decode(b"\xe6\xf8\xe5 \x81") == ("æøå \ufffd", "windows-1252")


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(os.urandom(600), mtime=0),
        random.Random(7).randbytes(400),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.Random(8).randbytes(64),
        b"\x00" * 64,
        b"\xff\xfe" + bytes(range(32)) * 4,
        b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00\xb8\x00\x00\x00",
    ],
    ids=["gzip", "random", "tls handshake", "nul bytes", "mark, then control bytes", "program"],
)
def test_binary_bodies_are_noise(body: bytes) -> None:
    assert is_noise(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"a",
        b"line\r\n",
        b"tab\tand \x1b[31mcolour\x1b[0m of a terminal",
        b"ends with one nul\0",
        "æøå".encode("cp1252") + b" er bogstaver",
    ],
    ids=["empty", "one letter", "line end", "colours", "nul at the end", "windows-1252"],
)
def test_texts_are_not_noise(body: bytes) -> None:
    assert not is_noise(body)


@given(st.binary(max_size=300))
def test_any_bytes_decode_to_text_that_utf_8_can_carry(body: bytes) -> None:
    text, encoding = decode(body)
    text.encode("utf-8")
    assert encoding in ("utf-8", "utf-8-damaged", "utf-16", "windows-1252")
    is_noise(body)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), max_size=200))
def test_printable_utf_8_is_read_back_and_never_noise(text: str) -> None:
    body = text.encode()
    if not text.startswith("\ufeff"):
        assert decode(body) == (text, "utf-8")
    assert not is_noise(body)
