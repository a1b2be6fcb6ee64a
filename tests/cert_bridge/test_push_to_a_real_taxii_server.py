"""Push to medallion: accepted, once, with the server's receipt; split, refused, unreachable, half-done pushes end well."""

import socket
from pathlib import Path
from typing import Any

import pytest
import stix2
from pydantic import ValidationError

from cert_bridge.commands import check_target, resend
from cert_bridge.queries import get_bundle
from cert_bridge.receipts import to_ms
from cert_bridge.sender import Sender
from cert_bridge.taxii import TaxiiClient
from tests.cert_bridge.bridge import EVERYONE, Bridge, finding, incident, no_controls
from tests.cert_bridge.conftest import MakeBridge
from tests.servers.taxii_server import READ_ONLY, Taxii
from vagt.settings.cert_bridge import CertBridgeSettings

QUICK = {"first_seconds": 30, "timeout_seconds": 2, "status_seconds": 0}


def test_a_bundle_arrives_whole_with_the_server_s_receipt(make_bridge: MakeBridge, taxii: Taxii) -> None:
    bridge = make_bridge(targets=[taxii.target()])
    bridge.tell(incident())
    bridge.tick()
    bundle = get_bundle(EVERYONE, bridge.context, "incident1", "cert")
    assert {one["id"] for one in taxii.objects()} == {one["id"] for one in bundle["objects"]}
    for one in taxii.objects():
        stix2.parse({name: value for name, value in one.items() if name != "_date_added"}, allow_custom=False)
    (delivery,) = bridge.deliveries()
    receipt = delivery["receipt"]
    assert delivery["state"] == "delivered"
    assert (receipt["objects"], receipt["refused"], receipt["pending"]) == (len(bundle["objects"]), {}, [])
    assert receipt["status_ids"] == [taxii.backend.data["trustgroup1"]["status"][0]["id"]]


def test_an_update_pushes_only_what_is_new(make_bridge: MakeBridge, taxii: Taxii) -> None:
    bridge = make_bridge(targets=[taxii.target()])
    bridge.tell(incident())
    bridge.tick()
    before = len(taxii.objects())
    bridge.tell(incident(version=2, state="closed", verdict="benign", updated="2026-11-22T13:00:00.000Z"))
    bridge.tick()
    added = taxii.objects()[before:]
    assert {one["type"] for one in added} == {"sighting", "observed-data", "incident", "note", "report"}
    assert bridge.states() == ["delivered", "delivered"]
    assert bridge.deliveries()[1]["receipt"]["known"] == before - len(added)


def test_killed_between_push_and_receipt_nothing_doubles(make_bridge: MakeBridge, taxii: Taxii) -> None:
    bridge = make_bridge(targets=[taxii.target()])
    bridge.tell(incident())
    bridge.clock.move(seconds=5)

    class Killed(Sender):
        def _note(self, *_: Any) -> dict[str, Any]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Killed(bridge.context, no_controls).send_due(to_ms(bridge.clock.now))
    sent = len(taxii.objects())
    assert sent > 0 and bridge.states() == ["queued"]
    bridge.restart()
    bridge.tick(seconds=60)
    assert bridge.states() == ["queued"]  # the dead worker's lease
    bridge.tick(seconds=300)
    assert bridge.states() == ["delivered"] and len(taxii.objects()) == sent
    assert bridge.deliveries()[0]["receipt"]["known"] == sent


def test_a_bundle_too_large_for_the_server_goes_in_parts(make_bridge: MakeBridge, taxii: Taxii) -> None:
    taxii.empty(max_content_length=4_000)
    bridge = make_bridge(targets=[taxii.target()])
    bridge.findings["incident1"] = [finding(number, source={"ip": f"203.0.113.{number}"}) for number in range(1, 30)]
    bridge.tell(incident())
    bridge.tick()
    (delivery,) = bridge.deliveries()
    assert (delivery["state"], delivery["error"]) == ("delivered", None)
    assert len(delivery["receipt"]["status_ids"]) > 1 and delivery["receipt"]["objects"] == len(taxii.objects())


def test_one_object_larger_than_the_server_takes_is_said(make_bridge: MakeBridge, taxii: Taxii) -> None:
    taxii.empty(max_content_length=300)
    bridge = make_bridge(targets=[taxii.target()], retry=QUICK)
    bridge.tell(incident())
    bridge.tick()
    assert "413 one object alone is larger" in bridge.deliveries()[0]["error"]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"user": "wrong"}, "401 not logged in"),
        ({"collection": READ_ONLY}, "403 not allowed"),
        ({"collection": "52892447-0000-0000-0000-d7f22742ff63"}, "404 not found"),
    ],
    ids=["login", "read only", "no such collection"],
)
def test_what_is_wrong_is_said_by_push_and_check(
    make_bridge: MakeBridge, taxii: Taxii, changed: dict[str, str], error: str
) -> None:
    bridge = make_bridge(targets=[taxii.target(**changed)], retry=QUICK)
    bridge.tell(incident())
    bridge.tick()
    (delivery,) = bridge.deliveries()
    assert delivery["state"] == "queued" and error in delivery["error"]
    checked = check_target(EVERYONE, bridge.context, "cert")
    assert checked["ok"] is False and error in checked["error"]


def test_a_target_that_works_is_checked_without_a_push(make_bridge: MakeBridge, taxii: Taxii) -> None:
    checked = check_target(EVERYONE, make_bridge(targets=[taxii.target()]).context, "cert")
    assert checked == {
        "target": "cert",
        "kind": "taxii",
        "ok": True,
        "api_root": "Municipal CERT",
        "versions": ["application/taxii+json;version=2.1"],
        "max_content_length": 10_000_000,
        "collection": "From the units",
        "can_read": True,
        "can_write": True,
    }
    assert taxii.pushes() == 0


def test_a_server_that_is_away_is_tried_again_with_longer_waits_then_given_up(make_bridge: MakeBridge, taxii: Taxii) -> None:
    taxii.answers.extend([503, 503, 503])
    bridge = make_bridge(targets=[taxii.target()], retry=QUICK | {"attempts": 3})
    bridge.tell(incident())
    for seconds in (5, 29, 1, 59, 1):
        bridge.tick(seconds=seconds)
    assert taxii.pushes() == 3 and bridge.states() == ["given_up"]
    assert bridge.messages("findings")[0]["rule"]["id"] == "vagt-delivery-failing"
    assert [one["action"] for one in bridge.messages("deliveries")] == ["queued", "given_up"]


def test_a_failing_target_does_not_hold_up_another(make_bridge: MakeBridge, taxii: Taxii) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/root/"
        bad = {"name": "bad", "kind": "taxii", "url": url, "collection": "x"}
        bridge = make_bridge(targets=[bad, taxii.target()], retry=QUICK | {"timeout_seconds": 0.1})
        bridge.tell(*(incident(number) for number in range(1, 4)))
        bridge.tick()
    by_target = {(one["target"], one["state"], one["attempts"]) for one in bridge.deliveries()}
    assert by_target == {("cert", "delivered", 1), ("bad", "queued", 1), ("bad", "queued", 0)}


def test_a_resend_fills_a_collection_that_lost_everything(make_bridge: MakeBridge, taxii: Taxii) -> None:
    bridge = make_bridge(targets=[taxii.target()])
    bridge.tell(incident())
    bridge.tick()
    count = len(taxii.objects())
    taxii.empty()
    resend(EVERYONE, bridge.context, bridge.deliveries()[0]["id"])
    bridge.tick()
    assert len(taxii.objects()) == count and bridge.states() == ["delivered"]


def _pending_status(bridge: Bridge, taxii: Taxii) -> dict[str, Any]:
    """Make the server's next status a pending one, as a slow server gives."""
    original = taxii.backend.add_objects

    def slow(*args: Any) -> dict[str, Any]:
        status: dict[str, Any] = original(*args)
        held = {**status, "status": "pending", "pending_count": status["success_count"], "success_count": 0, "successes": []}
        taxii.backend.data["trustgroup1"]["status"][-1] = held
        return held

    taxii.backend.add_objects = slow
    bridge.tell(incident())
    bridge.tick()
    taxii.backend.add_objects = original
    status: dict[str, Any] = taxii.backend.data["trustgroup1"]["status"][-1]
    return status


def test_a_pending_status_is_followed_and_nothing_is_pushed_again(make_bridge: MakeBridge, taxii: Taxii) -> None:
    bridge = make_bridge(targets=[taxii.target()], retry=QUICK)
    status = _pending_status(bridge, taxii)
    assert bridge.states() == ["queued"] and "still pending" in bridge.deliveries()[0]["error"]
    bridge.tick(seconds=30)
    assert bridge.states() == ["queued"]
    status |= {"status": "complete"}
    bridge.tick(seconds=60)
    assert bridge.states() == ["delivered"] and taxii.pushes() == 1
    assert bridge.deliveries()[0]["receipt"]["objects"] == len(taxii.objects())


def test_a_pending_status_that_the_server_forgot_is_pushed_again(make_bridge: MakeBridge, taxii: Taxii) -> None:
    bridge = make_bridge(targets=[taxii.target()], retry=QUICK)
    _pending_status(bridge, taxii)
    taxii.backend.data["trustgroup1"]["status"].clear()
    count = len(taxii.objects())
    bridge.tick(seconds=30)
    assert "is pushed again" in bridge.deliveries()[0]["error"]
    bridge.tick(seconds=60)
    assert bridge.states() == ["delivered"] and len(taxii.objects()) == count


def test_objects_that_the_server_refuses_are_named(make_bridge: MakeBridge, taxii: Taxii) -> None:
    bridge = make_bridge(targets=[taxii.target()], retry=QUICK)
    original = taxii.backend.add_objects

    def picky(api_root: str, collection: str, envelope: dict[str, Any], at: Any) -> dict[str, Any]:
        kept = [one for one in envelope["objects"] if one["type"] != "note"]
        status: dict[str, Any] = original(api_root, collection, {"objects": kept}, at)
        notes = [one for one in envelope["objects"] if one["type"] == "note"]
        status["failures"] = [{"id": one["id"], "version": one["modified"], "message": "no notes here"} for one in notes]
        status["failure_count"] = len(notes)
        return status

    taxii.backend.add_objects = picky
    bridge.tell(incident())
    bridge.tick()
    taxii.backend.add_objects = original
    (delivery,) = bridge.deliveries()
    assert delivery["state"] == "queued" and "1 objects refused" in delivery["error"] and "no notes here" in delivery["error"]
    bridge.tick(seconds=30)
    assert bridge.states() == ["delivered"]
    assert bridge.deliveries()[0]["receipt"]["objects"] == 1


def test_an_answer_that_is_no_taxii_is_said(make_bridge: MakeBridge, taxii: Taxii) -> None:
    bridge = make_bridge(targets=[taxii.target(url=f"http://127.0.0.1:{taxii.port}/nowhere/")], retry=QUICK)
    with TaxiiClient(bridge.context.settings.cert_bridge.targets[0], bridge.context.settings.cert_bridge.retry) as client:
        assert client.root.endswith("/nowhere")
    assert "404" in check_target(EVERYONE, bridge.context, "cert")["error"]


def test_a_password_file_that_is_gone_is_said(make_bridge: MakeBridge, taxii: Taxii, tmp_path: Path) -> None:
    bridge = make_bridge(targets=[taxii.target(password_file=str(tmp_path / "gone"))], retry=QUICK)
    bridge.tell(incident())
    bridge.tick()
    assert "password file" in bridge.deliveries()[0]["error"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x", "kind": "taxii"},
        {"name": "x", "kind": "taxii", "url": "http://cert.example.org/", "collection": "c"},
        {"name": "x", "kind": "taxii", "url": "https://user:pw@cert.example.org/", "collection": "c"},
        {"name": "x", "user": "u"},
        {"name": "x", "tlp": "WHITE"},
        {"name": "Cert 1"},
    ],
    ids=["incomplete", "http", "user in url", "user without password", "old tlp", "name"],
)
def test_unsafe_or_incomplete_targets_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CertBridgeSettings.model_validate({"targets": [wrong]})
