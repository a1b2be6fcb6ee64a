"""Exchange: messages that are tracked, logins of three protocols, columns by name, and hostile lines."""

import pytest

from normalise.sources.microsoft_exchange.columns import TRACKING
from normalise.sources.microsoft_exchange.parser import SOURCE
from tests.normalise.mutations import only, parse_with, sample_lines
from vagt.errors import NormaliseError

one = only(SOURCE)
TIME = "2026-11-22T09:15:30.123Z"


def tracking(**columns: str) -> str:
    found = {"date-time": TIME, "source": "SMTP", "event-id": "RECEIVE"} | {
        key.replace("_", "-"): value for key, value in columns.items()
    }
    return ",".join(f'"{found.get(name, "")}"' if name in found else "" for name in TRACKING)


def test_a_tracked_message_has_its_mail_and_its_ends() -> None:
    event = one(
        tracking(
            client_ip="203.0.113.9",
            client_hostname="mx.example.net",
            sender_address="a@example.net",
            recipient_address="b@example.dk;c@example.dk",
            message_subject="Hej, du",
            message_id="<x@example.net>",
            directionality="Incoming",
        )
    )
    assert event["email"] == {
        "from": {"address": ["a@example.net"]},
        "to": {"address": ["b@example.dk", "c@example.dk"]},
        "subject": "Hej, du",
        "message_id": "x@example.net",
        "direction": "inbound",
    }
    assert event["source"] == {"address": "203.0.113.9", "ip": "203.0.113.9", "domain": "mx.example.net"}
    assert event["event"]["action"] == "receive"


@pytest.mark.parametrize(
    ("kind", "outcome"), [("DELIVER", "success"), ("FAIL", "failure"), ("DEFER", "failure"), ("EXPAND", None)]
)
def test_outcomes(kind: str, outcome: str | None) -> None:
    assert one(tracking(event_id=kind))["event"].get("outcome") == outcome


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (f"{TIME},EX01\\Default,08DA,9,10.0.0.5:25,203.0.113.9:53722,>,535 5.7.3 Authentication unsuccessful,", "failure"),
        (f"{TIME},EX01\\Default,08DA,9,10.0.0.5:25,203.0.113.9:53722,>,235 2.7.0 Authentication successful,", "success"),
        (
            f'{TIME},0E,2,10.0.0.5:143,203.0.113.9:35070,anne,1,31,31,authenticate,PLAIN,"R=""2 NO x"";ErrMsg=AuthFailed:x",',
            "failure",
        ),
        (f'{TIME},0E,2,10.0.0.5:110,203.0.113.9:35070,anne,1,31,31,pass, ***,"R=""-ERR x""",', "failure"),
        (f"{TIME},0E,2,10.0.0.5:110,203.0.113.9:35070,anne,1,31,31,pass,***,R=ok,", "success"),
    ],
)
def test_logins_of_smtp_imap_and_pop(line: str, outcome: str) -> None:
    event = one(line)
    assert event["event"]["category"] == ["authentication", "email"]
    assert event["event"]["outcome"] == outcome
    assert event["source"]["ip"] == "203.0.113.9"


def test_a_request_that_was_passed_on_keeps_what_shows_an_attack() -> None:
    line = next(line for line in sample_lines(SOURCE) if b",/ecp/x.js," in line)
    event = one(line.decode())
    assert event["url"] == {"original": "/ecp/x.js", "path": "/ecp/x.js", "extension": "js", "domain": "mail.example.dk"}
    assert event["source"]["ip"] == "203.0.113.15"
    assert event["microsoft"]["exchange"]["http_proxy"]["AnchorMailbox"].startswith("ServerInfo~")
    assert (event["event"]["category"], event["event"]["outcome"]) == (["web"], "success")


def test_named_columns_in_another_order() -> None:
    (event,) = parse_with(
        SOURCE,
        "#Software: Microsoft Exchange Server\r\n#Fields: date-time,event-id,sender-address,new-column\r\n"
        f"{TIME},SEND,a@example.dk,x\r\n",
    )
    assert event["email"]["from"]["address"] == ["a@example.dk"]
    assert "new_column" not in event["microsoft"]["exchange"]["tracking"]


def test_header_lines_alone_are_an_event_that_says_so() -> None:
    event = one(f"#Software: Microsoft Exchange Server\r\n#Date: {TIME}\r\n")
    assert event["event"]["action"] == "log-header"
    assert event["@timestamp"] == "2026-11-22T09:15:30.123Z"


def test_the_header_lines_of_iis_are_not_taken() -> None:
    assert not SOURCE.recognise(b"#Software: Microsoft Internet Information Services 10.0")
    assert not SOURCE.recognise(b"#Fields: date time s-ip")


@pytest.mark.parametrize("line", ["", "hello", f"{TIME},a,b", f"{TIME}," + "," * 20, "#comment", '"' + "a" * 200])
def test_what_is_no_line_of_exchange_is_refused(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
