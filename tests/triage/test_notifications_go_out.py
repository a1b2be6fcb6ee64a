"""New P1 and P2 incidents and near-breaches reach the roles by mail and webhook; failures are repeated, then a finding."""

import hmac
import socket
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
import trustme
from pydantic import ValidationError

from tests.triage.conftest import MakeDesk
from tests.triage.desk import EVERYONE, Desk, finding, no_controls
from tests.triage.receivers import mail_server, secret_file, web_server
from triage.app import build_notifier
from triage.instants import to_ms
from triage.notifier import Notifier
from triage.queries import get_incident, list_notifications
from vagt.settings.triage import TriageSettings

ROLES = {
    "soc_analyst": [{"address": "soc@example.org"}],
    "it_security_officer": [
        {"address": "sikkerhed.aarhus@example.org", "tenants": ["751"]},
        {"address": "security.viborg@example.org", "tenants": ["791"], "language": "en"},
    ],
    "duty_manager": [{"address": "vagt@example.org", "language": "en"}],
}


def _send(desk: Desk) -> None:
    stage = build_notifier(desk.context, no_controls)
    assert stage.tick is not None
    stage.tick(desk.clock.now)


def _mail(port: int, **more: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "vagt@example.org"} | more


def _text(mail: EmailMessage) -> str:
    return str(mail.get_content())


def test_a_new_p1_reaches_the_roles_of_its_municipality_in_their_language(make_desk: MakeDesk) -> None:
    with mail_server() as box:
        desk = make_desk(mail=_mail(box.port), roles=ROLES, console_url="https://vagt.example.org/")
        desk.give(finding("a", level="critical", entity="user:hemmelig"))
        _send(desk)
        _send(desk)
    by_address = {str(mail["To"]): mail for mail in box.mails}
    assert sorted(box.recipients) == ["sikkerhed.aarhus@example.org", "soc@example.org", "vagt@example.org"]
    danish, english = by_address["soc@example.org"], by_address["vagt@example.org"]
    assert danish["Subject"] == "[P1] 2026-000001 Aarhus: Ny hændelse P1"
    assert "Første handling: Gæt af adgangskoder" in _text(danish)
    assert "Ring til: SOC-analytiker, it-sikkerhedsansvarlig" in _text(danish)
    assert english["Subject"] == "[P1] 2026-000001 Aarhus: New incident P1"
    assert f"https://vagt.example.org/incidents/{desk.incidents()[0]['id']}" in _text(english)
    assert not any("hemmelig" in mail.as_string() for mail in box.mails)
    receipts = desk.changes("deliveries", room="notifier")
    assert {(one["action"], one["after"]["role"]) for one in receipts} == {
        ("delivered", "soc_analyst"),
        ("delivered", "it_security_officer"),
        ("delivered", "duty_manager"),
    }
    assert "example.org" not in orjson.dumps(receipts).decode()


def test_mail_goes_over_tls_with_a_login(make_desk: MakeDesk, tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    with mail_server(ca, ("vagt", "kodeord")) as box:
        server = _mail(box.port, tls="starttls", ca_file=str(tmp_path / "ca.pem"), user="vagt")
        desk = make_desk(mail=server | {"password_file": secret_file(secrets, "kodeord")}, roles=ROLES)
        desk.give(finding("a", level="high"))
        _send(desk)
        assert len(box.mails) == 2
        wrong = make_desk(mail=server | {"password_file": secret_file(secrets, "forkert")}, roles=ROLES)
        wrong.give(finding("a", level="high"))
        _send(wrong)
    (note, *_) = list_notifications(EVERYONE, wrong.context, "2026-000001")
    assert note["state"] == "queued" and "SMTPAuthenticationError" in note["error"]


def test_a_server_with_an_unknown_certificate_gets_nothing(make_desk: MakeDesk) -> None:
    with mail_server(trustme.CA()) as box:
        desk = make_desk(mail=_mail(box.port, tls="starttls"), roles=ROLES)
        desk.give(finding("a", level="high"))
        _send(desk)
        assert box.mails == []
    assert "CERTIFICATE_VERIFY_FAILED" in list_notifications(EVERYONE, desk.context, "2026-000001")[0]["error"]


def test_p3_is_told_only_when_its_clock_is_nearly_out(make_desk: MakeDesk) -> None:
    with mail_server() as box:
        desk = make_desk(mail=_mail(box.port), roles=ROLES)
        desk.give(finding("a", level="medium"))
        _send(desk)
        assert box.mails == []
        desk.clock.move(minutes=400)
        desk.tick()
        _send(desk)
    assert {str(mail["Subject"]) for mail in box.mails} == {
        "[P3] 2026-000001 Aarhus: Svarfrist nærmer sig",
        "[P3] 2026-000001 Aarhus: Response time nearly out",
    }


def test_more_findings_of_an_incident_send_nothing_more_and_a_raise_does(make_desk: MakeDesk) -> None:
    with mail_server() as box:
        desk = make_desk(mail=_mail(box.port), roles={"soc_analyst": ROLES["soc_analyst"]})
        desk.give(finding("a", level="high"))
        desk.give(finding("b", level="high", minute=1))
        _send(desk)
        desk.give(finding("c", level="critical", minute=2))
        _send(desk)
    assert [str(mail["Subject"])[:4] for mail in box.mails] == ["[P2]", "[P1]"]


def test_a_webhook_gets_signed_json(make_desk: MakeDesk, tmp_path: Path) -> None:
    with web_server() as hook:
        settings = {"name": "itsm", "url": hook.url, "secret_file": secret_file(tmp_path, "nøgle"), "roles": ["soc_analyst"]}
        desk = make_desk(webhooks=[settings])
        desk.give(finding("a", level="critical", entity="user:hemmelig"))
        _send(desk)
    ((headers, body),) = hook.requests
    expected = hmac.new("nøgle".encode(), headers["X-Vagt-Timestamp"].encode() + b"." + body, sha256).hexdigest()
    assert headers["X-Vagt-Signature"] == f"sha256={expected}"
    told = orjson.loads(body)
    assert (told["kind"], told["incident"]["priority"], told["incident"]["tenant"]) == ("opened_p1", "P1", "751")
    assert told["first_action"]["en"]["title"] == "Password guessing"
    assert b"hemmelig" not in body


def test_a_failing_webhook_is_repeated_later_each_time_then_given_up_as_a_finding(make_desk: MakeDesk, tmp_path: Path) -> None:
    with web_server() as hook:
        hook.status = 503
        settings = {"name": "itsm", "url": hook.url, "secret_file": secret_file(tmp_path, "key")}
        desk = make_desk(webhooks=[settings], retry={"attempts": 3, "first_seconds": 30})
        desk.give(finding("a", level="critical"))
        _send(desk)
        _send(desk)
        assert len(hook.requests) == 1
        desk.clock.move(seconds=30)
        _send(desk)
        desk.clock.move(seconds=59)
        _send(desk)
        assert len(hook.requests) == 2
        desk.clock.move(seconds=1)
        _send(desk)
        desk.clock.move(hours=2)
        _send(desk)
        assert len(hook.requests) == 3
    (receipt,) = desk.changes("deliveries")
    assert (receipt["action"], receipt["after"]["attempts"]) == ("given_up", 3)
    (failing,) = desk.changes("findings")
    assert failing["rule"]["id"] == "vagt-delivery-failing"
    assert failing["organization"]["id"] == "751"
    desk.give(orjson.dumps(failing))
    own = desk.incidents()[-1]
    assert (own["title"], own["first_action"]) == ("A delivery of vagt fails", "delivery_failing")
    assert get_incident(EVERYONE, desk.context, "2026-000001")["notifications"] == {"given_up": 1}


def test_it_comes_through_once_the_receiver_is_back(make_desk: MakeDesk) -> None:
    with mail_server() as box:
        desk = make_desk(mail=_mail(box.port), roles={"soc_analyst": ROLES["soc_analyst"]})
        box.refuse = "451 later"
        desk.give(finding("a", level="critical"))
        _send(desk)
        box.refuse = None
        desk.clock.move(seconds=30)
        _send(desk)
        _send(desk)
    assert len(box.mails) == 1
    assert desk.changes("deliveries")[0]["after"]["attempts"] == 2


def test_a_mail_server_that_hangs_takes_only_its_time_limit(make_desk: MakeDesk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        desk = make_desk(mail=_mail(port), roles=ROLES, retry={"timeout_seconds": 0.1})
        desk.give(finding("a", level="critical"))
        ticking = iter([0.0, 0.0, 20.0, 20.0])
        worker = Notifier(desk.context, no_controls, lambda: next(ticking))
        assert worker.send_due(to_ms(desk.clock.now)) == 1
    states = [note["state"] for note in list_notifications(EVERYONE, desk.context, "2026-000001")]
    assert states == ["queued"] * 3


def test_two_workers_do_not_send_the_same(make_desk: MakeDesk) -> None:
    with mail_server() as box:
        desk = make_desk(mail=_mail(box.port), roles=ROLES)
        desk.give(finding("a", level="critical"))
        first, second = (Notifier(desk.context, no_controls) for _ in range(2))
        due = first._due(to_ms(desk.clock.now))
        assert [second._claim(note, to_ms(desk.clock.now)) for note in due] == [True, True, True]
        assert [first._claim(note, to_ms(desk.clock.now)) for note in due] == [False, False, False]
        assert box.mails == []
        desk.clock.move(minutes=3)
        _send(desk)
        assert len(box.mails) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"mail": {"host": "mail.example.org", "tls": "none"}},
        {"mail": {"host": "mail.example.org", "user": "vagt"}},
        {"webhooks": [{"name": "x", "url": "http://itsm.example.org/", "secret_file": "s"}]},
        {"webhooks": [{"name": "x", "url": "http://127.0.0.1.example.org/", "secret_file": "s"}]},
        {"webhooks": [{"name": "x", "url": "http://localhost@example.org/", "secret_file": "s"}]},
        {"roles": {"soc_analyst": [{"address": "a@example.org, b@example.org"}]}},
    ],
    ids=["no tls", "user without password", "http", "loopback look-alike", "user info", "two addresses"],
)
def test_unsafe_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TriageSettings.model_validate(wrong)
