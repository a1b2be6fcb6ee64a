"""IIS: columns by their names or by what stands in them, header lines, HTTPERR, and hostile lines."""

import pytest

from normalise.sources.microsoft_iis.columns import infer
from normalise.sources.microsoft_iis.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
LINE = "2026-11-22 09:15:30 10.20.0.7 GET /x q=1 443 anne 203.0.113.15 Mozilla/5.0+(X) https://www.example.com/ 404 0 2 46"


def test_a_default_line() -> None:
    event = one(LINE)
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"
    assert event["source"]["ip"] == "203.0.113.15"
    assert event["destination"] == {"address": "10.20.0.7", "ip": "10.20.0.7", "port": 443}
    assert event["url"] == {"original": "/x?q=1", "path": "/x", "query": "q=1"}
    assert event["http"] == {
        "request": {"method": "GET", "referrer": "https://www.example.com/"},
        "response": {"status_code": 404},
    }
    assert event["user"]["name"] == "anne"
    assert event["user_agent"]["original"] == "Mozilla/5.0 (X)"
    assert event["iis"]["access"] == {"sub_status": 0, "win32_status": 2}
    assert event["event"]["duration"] == 46_000_000
    assert event["event"]["outcome"] == "failure"


def test_named_columns_in_any_order() -> None:
    (event,) = parse_with(
        SOURCE,
        "#Version: 1.0\n#Fields: c-ip date time cs-username sc-status x-session\n203.0.113.9 2026-11-22 09:15:30 ole 530 abc\n",
    )
    assert event["source"]["ip"] == "203.0.113.9"
    assert event["user"]["name"] == "ole"
    assert event["event"]["outcome"] == "failure"
    assert event["iis"]["access"]["session"] == "abc"


def test_fields_that_change_within_a_record() -> None:
    first, second = parse_with(
        SOURCE,
        "#Fields: date time c-ip sc-status\n2026-11-22 09:15:30 203.0.113.9 200\n"
        "#Fields: date time sc-status c-ip\n2026-11-22 09:15:31 404 203.0.113.10\n",
    )
    assert (first["source"]["ip"], second["source"]["ip"]) == ("203.0.113.9", "203.0.113.10")
    assert second["http"]["response"]["status_code"] == 404


def test_header_lines_alone_are_an_event_that_says_so() -> None:
    event = one("#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-11-22 09:15:30\r\n")
    assert event["event"]["action"] == "log-header"
    assert event["@timestamp"] == "2026-11-22T09:15:30.000Z"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (LINE, 15),
        (LINE.replace(" https://www.example.com/", ""), 14),
        (f"{LINE} 203.0.113.9", 16),
        ("2026-11-22 09:15:35 W3SVC1 GET / - 80 - 203.0.113.19 Mozilla/5.0 - - www.example.com 200 0 0 123 456 789", 19),
        ("2026-11-22 09:15:35 W3SVC1 WEB GET / - 80 - 203.0.113.19 - 200", 12),
        ("2026-11-22 09:15:30 203.0.113.15 12345 10.20.0.7 443 HTTP/1.1 GET /x 403 - Forbidden -", 13),
    ],
)
def test_usual_choices_of_fields_are_told_by_what_stands_in_them(line: str, names: int) -> None:
    found = infer(line.split(" "))
    assert found is not None
    assert len(found) == names


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        "# comment",
        "2026-11-22 09:15:30 hello",
        "2026-11-22 09:15:30 10.20.0.7 GET /x - 443 - 203.0.113.15 a b c d e f 200 0 0",
    ],
)
def test_what_is_no_line_of_iis_is_refused(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)


def test_exchanges_header_lines_are_not_taken() -> None:
    assert not SOURCE.recognise(b"#Software: Microsoft Exchange Server")
    assert not SOURCE.recognise(b"#Fields: date-time,client-ip,client-hostname")
