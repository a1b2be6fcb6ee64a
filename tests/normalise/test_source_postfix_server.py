"""Postfix: rejections, logins, deliveries by queue id, postscreen, and that a client's words forge nothing."""

import pytest

from normalise.sources.postfix_server.parser import SOURCE
from tests.normalise.mutations import only, parse_with
from vagt.errors import NormaliseError

one = only(SOURCE)
HEAD = "Nov 22 10:15:30 mail01 postfix/smtpd[3210]: "


def test_a_rejection_has_client_addresses_code_and_reason() -> None:
    event = one(
        HEAD + "NOQUEUE: reject: RCPT from mx.example.net[203.0.113.9]: 554 5.7.1 <a@example.org>: Relay access denied; "
        "from=<b@example.net> to=<a@example.org> proto=ESMTP helo=<x>"
    )
    assert event["source"] == {"address": "203.0.113.9", "ip": "203.0.113.9", "domain": "mx.example.net"}
    assert event["email"] == {"from": {"address": ["b@example.net"]}, "to": {"address": ["a@example.org"]}}
    assert event["event"]["type"] == ["denied", "info"]
    assert (event["event"]["code"], event["event"]["outcome"]) == ("554", "failure")
    assert event["event"]["reason"] == "<a@example.org>: Relay access denied"


def test_the_helo_cannot_forge_a_sender() -> None:
    event = one(
        HEAD
        + "NOQUEUE: reject: RCPT from u[203.0.113.9]: 554 5.7.1 x; from=<b@example.net> to=<a@example.org> helo=<y> from=<c@x>"
    )
    assert event["email"]["from"]["address"] == ["b@example.net"]


@pytest.mark.parametrize("daemon", ["postfix/smtpd", "postfix/submission/smtpd", "postfix-in/smtpd", "postfix/smtps/smtpd"])
def test_a_failed_login_of_any_service(daemon: str) -> None:
    event = one(
        f"Nov 22 10:15:30 mail01 {daemon}[3210]: warning: unknown[203.0.113.9]: SASL LOGIN authentication failed: x, "
        "sasl_username=anne@example.dk"
    )
    assert event["event"]["category"] == ["authentication", "email"]
    assert event["event"]["outcome"] == "failure"
    assert event["user"]["name"] == "anne@example.dk"
    assert event["source"] == {"address": "203.0.113.9", "ip": "203.0.113.9"}


def test_a_login_that_sent_a_mail_succeeded() -> None:
    event = one(HEAD + "4F9D195432C: client=x[203.0.113.9], sasl_method=PLAIN, sasl_username=anne")
    assert event["event"]["category"] == ["email", "authentication"]
    assert event["event"]["outcome"] == "success"
    assert event["user"]["name"] == "anne"
    assert event["postfix"]["queue_id"] == "4F9D195432C"


@pytest.mark.parametrize(("status", "outcome"), [("sent", "success"), ("deferred", "failure"), ("bounced", "failure")])
def test_a_delivery_has_its_outcome_and_next_hop(status: str, outcome: str) -> None:
    event = one(
        "Nov 22 10:15:30 mail01 postfix/smtp[1]: 3xyZBd4pQnzGh7: to=<a@example.net>, "
        f"relay=mx.example.net[203.0.113.25]:25, delay=1.2, delays=0/0/0/1, dsn=2.0.0, status={status} (answer (with brackets))"
    )
    assert event["event"]["outcome"] == outcome
    assert event["event"]["reason"] == "answer (with brackets)"
    assert event["destination"] == {"address": "203.0.113.25", "ip": "203.0.113.25", "port": 25, "domain": "mx.example.net"}


@pytest.mark.parametrize("message", ["warning: hello: world", "statistics: x", "fatal: x", "something"])
def test_what_is_not_known_is_still_an_event(message: str) -> None:
    assert one(HEAD + message)["message"] == message


@pytest.mark.parametrize("line", ["", "hello", "Nov 22 10:15:30 mail01 dovecot[1]: postfix/smtpd", "postfix/smtpd"])
def test_what_is_no_message_of_postfix_is_refused(line: str) -> None:
    assert not SOURCE.recognise(line.encode())
    with pytest.raises(NormaliseError):
        parse_with(SOURCE, line)
