"""SQL Server: logins, options that attackers set, audit records as JSON and CSV, and hostile records."""

import pytest

from normalise.sources.microsoft_sqlserver.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
HEAD = "2026-11-22 10:15:31.17 "


@pytest.mark.parametrize(
    ("message", "outcome", "user", "address"),
    [
        ("Login failed for user 'sa'. Reason: Password did not match. [CLIENT: 203.0.113.9]", "failure", "sa", "203.0.113.9"),
        ("Login failed for user ''. Reason: x. [CLIENT: 203.0.113.9]", "failure", None, "203.0.113.9"),
        ("Login failed for user 'a'. Reason: x. [CLIENT: <local machine>]", "failure", "a", None),
        (
            "Login failed for user 'x'. Reason: y [CLIENT: 192.0.2.1]'. Reason: z. [CLIENT: 203.0.113.9]",
            "failure",
            "x",
            "203.0.113.9",
        ),
        (
            "Login succeeded for user 'EXAMPLE\\anne'. Connection made using Windows authentication. [CLIENT: 10.0.0.9]",
            "success",
            "EXAMPLE\\anne",
            "10.0.0.9",
        ),
    ],
)
def test_logins(message: str, outcome: str, user: str | None, address: str | None) -> None:
    event = one(f"{HEAD}Logon       {message}")
    assert event["event"]["category"] == ["authentication", "database"]
    assert event["event"]["outcome"] == outcome
    assert event.get("user", {}).get("name") == user
    assert event.get("source", {}).get("ip") == address


def test_the_time_is_the_servers_local_time() -> None:
    assert one(f"{HEAD}Server      UTC adjustment: 1:00")["@timestamp"] == "2026-11-22T09:15:31.170Z"


def test_what_lets_the_server_run_programs_is_a_change_of_configuration() -> None:
    event = one(
        f"{HEAD}spid52      Configuration option 'xp_cmdshell' changed from 0 to 1. Run the RECONFIGURE statement to install."
    )
    assert event["event"]["category"] == ["configuration", "database"]
    assert event["mssql"]["log"] == {"origin": "spid52", "spid": 52, "option": "xp_cmdshell", "old_value": 0, "new_value": 1}
    assert event["event"]["reason"] == "lets the server run what is not SQL"


def test_a_message_of_several_lines_is_one_event() -> None:
    parameters = "Registry startup parameters:\r\n\t -d x\r\n\t -l y\r\n"
    first, second = parse_with(SOURCE, f"{HEAD}Server      {parameters}{HEAD}Server      next\r\n")
    assert first["message"] == "Registry startup parameters:"
    assert first["mssql"]["log"]["details"] == "\t -d x\n\t -l y"
    assert second["message"] == "next"


def test_the_error_log_of_windows_is_utf_16() -> None:
    body = f"{HEAD}Logon       Login failed for user 'søren'. Reason: x. [CLIENT: 203.0.113.9]".encode("utf-16-le")
    assert SOURCE.recognise(body)
    (event,) = parse_with(SOURCE, body)
    assert event["user"]["name"] == "søren"


def test_audit_records_as_csv_below_their_columns() -> None:
    first, second = parse_with(
        SOURCE,
        "event_time;action_id;succeeded;server_principal_name;client_ip;statement\r\n"
        '2026-11-22 09:15:30.1234567;LGIF;0;sa;203.0.113.9;"x;\r\ny"\r\n'
        "2026-11-22 09:15:31.0;LGIS;1;anne;local machine;NULL\r\n",
    )
    assert first["event"]["action"] == "login-failed"
    assert first["event"]["outcome"] == "failure"
    assert first["source"]["ip"] == "203.0.113.9"
    assert first["@timestamp"] == "2026-11-22T09:15:30.123456Z"
    assert (second["event"]["outcome"], second["user"]["name"], "source" in second) == ("success", "anne", False)


def test_a_role_members_target_is_named() -> None:
    event = one(
        '{"event_time":"2026-11-22 09:15:34.0","action_id":"APRL","succeeded":true,"class_type":"SG",'
        '"server_principal_name":"sa","target_server_principal_name":"gaest","unknown_column":1}'
    )
    assert event["event"]["category"] == ["iam", "database"]
    assert event["user"] == {"name": "sa", "target": {"name": "gaest"}}
    assert "unknown_column" not in event["mssql"]["audit"]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        HEAD + "x",
        "2026-11-22 10:15:31.17 Wrong data: Logon       Login failed",
        '{"action_id":"LGIF"}',
        "a,action_id\n1,2",
    ],
)
def test_what_is_no_record_of_sql_server_is_refused(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
