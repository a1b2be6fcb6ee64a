"""PostgreSQL: logins and their failures in every format and prefix, pgAudit, and that hostile records cost no exception."""

import pytest

from normalise.sources.postgresql_server.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
HEAD = "2026-11-22 10:15:33.000 CET "
FAILED = 'FATAL:  password authentication failed for user "root"'


@pytest.mark.parametrize(
    "prefix",
    [
        "[24982] root@sager 203.0.113.9 ",
        "[24982] root@sager 203.0.113.9(42304) ",
        "[24982-1] root@sager 203.0.113.9 ",
        "[24982]: [7-1] user=root,db=sager,app=psql,client=203.0.113.9 ",
        "203.0.113.9 root@sager [24982] ",
    ],
)
def test_a_failed_login_is_read_behind_any_usual_prefix(prefix: str) -> None:
    event = one(HEAD + prefix + FAILED)
    assert event["event"]["category"] == ["database", "authentication"]
    assert event["event"]["outcome"] == "failure"
    assert event["user"]["name"] == "root"
    assert event["source"]["ip"] == "203.0.113.9"
    assert event["process"]["pid"] == 24982
    assert event["postgresql"]["log"]["database"] == "sager"


@pytest.mark.parametrize(
    ("stamp", "utc"),
    [
        ("2026-11-22 10:15:33.125 UTC", "2026-11-22T10:15:33.125Z"),
        ("2026-11-22 10:15:33 CET", "2026-11-22T09:15:33.000Z"),
        ("2026-07-22 10:15:33 CEST", "2026-07-22T08:15:33.000Z"),
        ("2026-11-22 10:15:33 EST", "2026-11-22T15:15:33.000Z"),
        ("2026-11-22 10:15:33 +01", "2026-11-22T09:15:33.000Z"),
        ("2026-11-22 10:15:33 +05:30", "2026-11-22T04:45:33.000Z"),
    ],
)
def test_the_zone_of_the_time_is_used(stamp: str, utc: str) -> None:
    assert one(f"{stamp} [1] LOG:  hello")["@timestamp"] == utc


@pytest.mark.parametrize(
    ("message", "user", "address"),
    [
        ('no pg_hba.conf entry for host "203.0.113.9", user "ole", database "x", no encryption', "ole", "203.0.113.9"),
        ('no pg_hba.conf entry for replication connection from host "203.0.113.9", user "ole"', "ole", "203.0.113.9"),
        (
            'pg_hba.conf rejects connection for host "203.0.113.9", user "ole", database "x", SSL encryption',
            "ole",
            "203.0.113.9",
        ),
        ('role "ole" does not exist', "ole", None),
        ('Peer authentication failed for user "ole"', "ole", None),
    ],
)
def test_every_way_to_be_turned_away_is_a_failed_authentication(message: str, user: str, address: str | None) -> None:
    event = one(f"{HEAD}[1] FATAL:  {message}")
    assert "authentication" in event["event"]["category"]
    assert event["event"]["outcome"] == "failure"
    assert event["user"]["name"] == user
    assert event.get("source", {}).get("ip") == address


def test_the_roles_that_were_made_are_changes_to_identities() -> None:
    event = one(HEAD + '[1] a@b LOG:  AUDIT: SESSION,2,1,ROLE,CREATE ROLE,,,"create role x, y",<not logged>')
    assert event["event"]["category"] == ["database", "iam"]
    assert event["event"]["type"] == ["creation", "user", "info"]
    assert event["postgresql"]["log"]["query"] == "create role x, y"


def test_a_statement_of_several_lines_is_one_event() -> None:
    events = parse_with(SOURCE, HEAD + "[1] LOG:  statement: select 1\n\tfrom x\n" + HEAD + "[1] LOG:  duration: 0.559 ms\n")
    assert [event["event"].get("duration") for event in events] == [None, 559_000]
    assert events[0]["postgresql"]["log"]["query"] == "select 1\n\tfrom x"


def test_quotes_and_line_breaks_of_csvlog() -> None:
    event = one(
        '2026-11-22 10:15:33.999 CET,"a""b","x",34,"2001:db8::9:42304",69.2,3,"idle",2026-11-22 10:15:31 CET,3/3,0,LOG,00000,'
        '"statement: select ""a,b"",\n2",,,,,,,,,"psql"'
    )
    assert event["user"]["name"] == 'a"b'
    assert event["source"] == {"address": "2001:db8::9", "ip": "2001:db8::9", "port": 42304}
    assert event["postgresql"]["log"]["query"] == 'select "a,b",\n2'


@pytest.mark.parametrize(
    "line",
    [
        *("", "hello", "2026-11-22 10:15:33 CET hello", "{}", "\tfrom x"),
        '{"error_severity":1,"pid":2,"timestamp":3}',
        '{"error_severity":null,"message":"m","timestamp":"2026-11-22 10:15:33 CET"}',
    ],
)
def test_what_is_no_record_of_postgresql_is_refused(line: str) -> None:
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
