"""linux.daemons: logs without a syslog header, shapes of messages, what attackers write into them, and hostile lines."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalise.registry import source_for
from normalise.sources.linux_daemons.parser import SOURCE
from normalise.sources.linux_daemons.readers import SHAPES, read_daemon
from tests.normalise.reading import events, reader, samples
from vagt.contracts.event import Event, get_field
from vagt.errors import NormaliseError

read = reader(SOURCE)


def said(program: str, message: str) -> Event:
    event: Event = {"event": {}}
    read_daemon(program, message, event)
    return event


def values(event: Event, *names: str) -> tuple[Any, ...]:
    return tuple(get_field(event, name) for name in names)


TIMES = [
    ("[22/Nov/2026 10:15:15] Failed SMTP login from 192.0.2.25 with SASL method X.", "2026-11-22T09:15:15.000Z"),
    ("22-Nov-2026 10:15:15.621 client 192.0.2.56#40278 (x): query (cache) 'x/A/IN' denied", "2026-11-22T09:15:15.621Z"),
    ("261122 10:15:15 [Warning] Access denied for user 'a'@'192.0.2.5' (using password: NO)", "2026-11-22T09:15:15.000Z"),
    ("2026-11-22  9:15:15 139845 [Warning] Access denied for user 'a'@'192.0.2.5'", "2026-11-22T08:15:15.000Z"),
    ("[1795339219] nsd[7]: info: axfr for zone x. from client 192.0.2.58 refused", "2026-11-22T09:20:19.000Z"),
    ('Sun Nov 22 10:15:15 2026 [pid 1] [a] FAIL LOGIN: Client "192.0.2.4"', "2026-11-22T09:15:15.000Z"),
    (
        "Nov-22-26 10:15:15 [Worker_1] 192.0.2.28 [SMTP Error] 535 5.7.8 Error: authentication failed",
        "2026-11-22T09:15:15.000Z",
    ),
    ("@400000006a50a0e20b3f2c94 dovecot: auth: passwd-file(a,192.0.2.94): unknown user", "2026-07-10T07:35:25.188689Z"),
    ("[Nov 22 10:15:15] NOTICE[1] manager.c: 192.0.2.47 failed to authenticate as 'a'", "2026-11-22T09:15:15.000Z"),
]


@pytest.mark.parametrize(("line", "moment"), TIMES, ids=[line[:24] for line, _ in TIMES])
def test_stamps_of_every_kind_are_read(line: str, moment: str) -> None:
    assert values(read(line), "@timestamp", "event.outcome") == (moment, "failure")


def test_tai64n_is_ten_seconds_and_the_leap_seconds_ahead() -> None:
    stamp = "@40000000" + f"{int(datetime(2026, 11, 22, tzinfo=UTC).timestamp()) + 37:08x}" + "00000000"
    assert read(f"{stamp} dovecot: auth: passwd-file(a,192.0.2.94): unknown user")["@timestamp"] == "2026-11-22T00:00:00.000Z"


def test_a_tai64n_stamp_beyond_any_calendar_is_an_error_that_names_it() -> None:
    with pytest.raises(NormaliseError, match="99999999999999d99b9f9c99"):
        read("@99999999999999d99b9f9c99 dovecot: auth: passwd-file(a,192.0.2.94): unknown user")


def test_every_sample_has_an_address_and_an_outcome() -> None:
    for line in samples(SOURCE):
        event = read(line)
        assert "address" in event["source"], line
        assert get_field(event, "event.outcome") in ("failure", "success"), line


INJECTED = [
    ("roundcube", "IMAP Error: Login failed for admin from 198.51.100.1 from 192.0.2.7. AUTHENTICATE PLAIN: no"),
    ("exim", "plain authenticator failed for ([198.51.100.1]) [192.0.2.7]: 535 Incorrect authentication data"),
    ("sendmail", "06I02: AUTH failure (LOGIN): x, user=a, relay=[198.51.100.1], relay=[192.0.2.7]"),
    ("proftpd", "ftp (192.0.2.7[192.0.2.7]): USER ftp proftpd[1] ftp (x[198.51.100.1]): no such user found from 192.0.2.7"),
    ("xrdp-sesman", "AUTHFAIL: user=198.51.100.1 ip=192.0.2.7 time=1"),
]


@pytest.mark.parametrize(("program", "message"), INJECTED, ids=[program for program, _ in INJECTED])
def test_an_address_in_a_users_name_is_not_the_source(program: str, message: str) -> None:
    assert values(said(program, message), "source.ip", "event.outcome") == ("192.0.2.7", "failure")


def test_a_login_that_succeeds_is_a_success() -> None:
    event = said("dovecot", "imap-login: Login: user=<anne>, method=PLAIN, rip=192.0.2.9, lip=198.51.100.25, TLS")
    assert values(event, "event.outcome", "user.name", "source.ip", "destination.ip") == (
        "success",
        "anne",
        "192.0.2.9",
        "198.51.100.25",
    )


def test_what_a_program_says_else_has_no_meaning() -> None:
    assert said("dovecot", "imap-login: Warning: something") == {"event": {}}
    assert said("nobody", "Login failed for x from 192.0.2.1") == {"event": {}}


def test_a_line_of_a_known_log_that_says_something_else_stays_a_message() -> None:
    event = read("[2026-11-22 10:20:03] NOTICE[1638] chan_sip.c: Peer '301' is now Reachable.")
    assert values(event, "message", "event.category") == ("chan_sip.c: Peer '301' is now Reachable.", None)


def test_syslog_and_other_lines_are_not_claimed() -> None:
    for line in (b"Nov 22 10:00:00 srv dovecot: auth: x", b"<13>Nov 22 10:00:00 srv x: y", b"2026-11-22 10:00:00 hello", b""):
        assert not SOURCE.recognise(line), line
    assert source_for(None, b"2026-11-22 10:15:09 login authenticator failed for (h) [192.0.2.1]: 535 x")[0] is SOURCE


def test_a_line_that_begins_like_none_of_them_is_refused() -> None:
    with pytest.raises(NormaliseError, match="none of the daemons"):
        read("hello world")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(samples(SOURCE)), st.integers(0, 200), st.integers(0, 30), st.binary(max_size=10))
def test_damaged_lines_raise_nothing_else(line: bytes, at: int, cut: int, put: bytes) -> None:
    try:
        events(SOURCE, line[:at] + put + line[at + cut :])
    except NormaliseError:
        return


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(SHAPES)), st.text(max_size=300))
def test_any_text_of_a_program_is_borne(program: str, message: str) -> None:
    read_daemon(program, message, {"event": {}})
