"""Apache httpd: logins and refusals of the error logs of 2.2 and 2.4, ModSecurity, and that a path cannot forge a client."""

import pytest

from normalise.sources.apache_httpd.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
NEW = "[Sun Nov 22 10:15:31.519811 2026] [auth_basic:error] [pid 7:tid 140123095914240] [client 203.0.113.9:44271] "
OLD = "[Sun Nov 22 10:15:31 2026] [error] [client 203.0.113.9] "


@pytest.mark.parametrize("head", [NEW, OLD], ids=["2.4", "2.2"])
@pytest.mark.parametrize(
    ("message", "action", "user"),
    [
        ("user anne not found: /x", "authentication-failure", "anne"),
        ("user  not found: /x", "authentication-failure", None),
        ('user anne: authentication failure for "/x": Password Mismatch', "authentication-failure", "anne"),
        ("Digest: user anne: password mismatch: /x", "authentication-failure", "anne"),
        ("Digest: user `anne' in realm `intranet x' not found: /x", "authentication-failure", "anne"),
        (
            "Authorization of user anne to access /x failed, reason: file owner bo does not match.",
            "authorization-failure",
            "anne",
        ),
        ("client used wrong authentication scheme: /x", "authentication-failure", None),
    ],
)
def test_failed_logins_have_user_client_and_outcome(head: str, message: str, action: str, user: str | None) -> None:
    event = one(head + message)
    assert event["event"]["category"] == ["web", "authentication"]
    assert (event["event"]["action"], event["event"]["outcome"]) == (action, "failure")
    assert event["source"]["ip"] == "203.0.113.9"
    assert event.get("user", {}).get("name") == user


def test_a_path_cannot_forge_the_client_or_a_login() -> None:
    event = one(OLD + "File does not exist: /srv/www/[client 192.0.2.1] user root not found: /")
    assert event["source"]["ip"] == "203.0.113.9"
    assert event["event"]["action"] == "file-not-found"
    assert "user" not in event


@pytest.mark.parametrize("client", ["client 2001:db8::7", "client [2001:db8::7]:51548", "remote 2001:db8::7"])
def test_ipv6_clients_of_both_versions(client: str) -> None:
    event = one(f"[Sun Nov 22 10:15:31 2026] [error] [{client}] File does not exist: /srv/x")
    assert event["source"]["ip"] == "2001:db8::7"


def test_what_modsecurity_blocked_is_denied_and_names_the_rule() -> None:
    event = one(
        OLD
        + 'ModSecurity: Access denied with code 403 (phase 2). Pattern match "x" at ARGS:a. [file "/crs.conf"] [id "949110"] '
        '[msg "Inbound \\"Anomaly\\" Score"] [tag "attack-sqli"] [tag "OWASP"] [hostname "www.example.com"] [uri "/a"]'
    )
    assert event["event"]["type"] == ["error", "denied"]
    assert event["rule"] == {"id": "949110", "description": 'Inbound \\"Anomaly\\" Score'}
    assert event["modsecurity"]["tag"] == ["attack-sqli", "OWASP"]
    assert event["url"] == {"path": "/a", "domain": "www.example.com"}


@pytest.mark.parametrize("line", ["", "hello", "[hello] [there] x", "Nov 22 10:15:30 web01 other[7]: [x] hello"])
def test_what_is_no_line_of_httpd_is_refused(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
