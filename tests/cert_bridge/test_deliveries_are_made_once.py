"""Which incidents go to which targets; each content once, however often a change is told; held until released."""

from pathlib import Path

import orjson
import pytest

from cert_bridge.commands import check_target, release, resend
from cert_bridge.queries import DeliveryFilters, get_bundle, get_delivery, list_deliveries, summary
from tests.cert_bridge.bridge import EVERYONE, Bridge, finding, incident
from tests.cert_bridge.conftest import MakeBridge
from tests.unkind_bus import UnkindBus, run_until_drained
from vagt.contracts.scope import Scope
from vagt.contracts.stage import Message
from vagt.errors import ConflictError, ForbiddenError, NotFoundError, UsageError

ANALYST = Scope("ida", frozenset({"analyst"}), None)
VIBORG = Scope("viborg", frozenset({"municipality"}), frozenset({"730"}))


def _files(bridge: Bridge) -> list[Path]:
    return sorted((bridge.context.data_dir / "cert_outbox").glob("*"))


def test_a_p1_is_dropped_as_a_file_with_a_receipt(bridge: Bridge) -> None:
    bridge.tell(incident())
    bridge.tick(seconds=0)
    (path,) = _files(bridge)
    assert path.name.startswith("cert-2026-000001-v1-") and path.stat().st_mode & 0o777 == 0o600
    assert orjson.loads(path.read_bytes()) == get_bundle(EVERYONE, bridge.context, "2026-000001", "cert")
    (delivery,) = bridge.deliveries()
    assert (delivery["state"], delivery["attempts"], delivery["receipt"]["file"]) == ("delivered", 1, str(path))
    told = bridge.messages("deliveries")
    assert [one["action"] for one in told] == ["queued", "delivered"]
    assert told[1]["before"]["state"] == "queued" and told[1]["tenant"] == "751"
    assert "203.0.113.7" not in orjson.dumps(told).decode()


@pytest.mark.parametrize(
    ("priority", "tenant", "shared"), [("P1", "751", True), ("P2", "751", True), ("P3", "751", False), ("P1", "730", False)]
)
def test_the_policy_says_what_is_shared(make_bridge: MakeBridge, priority: str, tenant: str, shared: bool) -> None:
    bridge = make_bridge(targets=[{"name": "cert", "tenants": ["751"]}])
    bridge.tell(incident(priority=priority, tenant=tenant))
    assert bool(bridge.deliveries()) is shared


def test_what_a_target_knows_of_it_hears_to_the_end(bridge: Bridge) -> None:
    bridge.tell(incident(priority="P2"))
    bridge.tick()
    bridge.tell(incident(version=2, priority="P3", state="closed", verdict="benign"))
    bridge.tick()
    assert bridge.states() == ["delivered", "delivered"]


def test_vagt_s_own_watch_is_no_matter_for_a_cert(bridge: Bridge) -> None:
    bridge.findings["incident1"] = [finding(kind="pipeline", rule="vagt-delivery-failing")]
    bridge.tell(incident())
    assert bridge.deliveries() == []


def test_a_change_told_again_or_late_makes_nothing(bridge: Bridge) -> None:
    first = bridge.tell(incident())
    second = bridge.tell(incident(version=2, state="acknowledged"))
    bridge.tick()
    bridge.stage.step(first)
    bridge.stage.step(second)
    bridge.restart()
    bridge.stage.step([*first, *second])
    bridge.tick()
    assert bridge.states() == ["superseded", "delivered"]
    assert len(_files(bridge)) == 1


def test_a_change_that_says_nothing_new_to_the_target_makes_nothing(bridge: Bridge) -> None:
    bridge.tell(incident())
    bridge.tick()
    bridge.tell(incident(version=2, owner="ida", updated="2026-11-22T12:30:00.000Z"))
    bridge.tick()
    assert bridge.states() == ["delivered"]


def test_an_update_waits_for_more_news_but_not_for_ever(bridge: Bridge) -> None:
    bridge.tell(incident())
    bridge.tick(seconds=0)
    for count in range(2, 9):
        bridge.tell(incident(finding_count=count, event_count=count))
        bridge.tick(seconds=11)
    assert bridge.states() == ["delivered", *["superseded"] * 5, "delivered", "queued"]


def test_news_takes_the_place_of_what_still_waits(bridge: Bridge) -> None:
    for count in range(1, 6):
        bridge.tell(incident(finding_count=count, event_count=count))
        bridge.clock.move(seconds=1)
    bridge.tick()
    assert bridge.states() == ["superseded"] * 4 + ["delivered"]
    assert len(_files(bridge)) == 1


def test_a_batch_makes_one_delivery_for_each_incident(bridge: Bridge) -> None:
    bridge.tell(incident(), incident(2), incident(version=2, state="acknowledged"), incident(2, event_count=9))
    assert {(one["incident_number"], one["version"]) for one in bridge.deliveries()} == {("2026-000001", 2), ("2026-000002", 1)}


@pytest.mark.parametrize(
    ("tlp", "asked", "state"),
    [("AMBER+STRICT", None, "queued"), ("AMBER", None, "held"), ("GREEN", None, "held"), ("AMBER", "auto", "queued")],
)
def test_what_may_travel_on_is_held_for_a_person(make_bridge: MakeBridge, tlp: str, asked: str | None, state: str) -> None:
    bridge = make_bridge(targets=[{"name": "cert", "tlp": tlp, "release": asked}])
    bridge.tell(incident())
    assert bridge.states() == [state]


def test_a_held_delivery_goes_when_it_is_released_and_not_before(make_bridge: MakeBridge) -> None:
    bridge = make_bridge(targets=[{"name": "cert", "release": "manual"}])
    bridge.tell(incident())
    bridge.tick(seconds=600)
    (delivery,) = bridge.deliveries()
    assert delivery["state"] == "held" and _files(bridge) == []
    with pytest.raises(ForbiddenError):
        release(VIBORG, bridge.context, delivery["id"])
    assert release(ANALYST, bridge.context, delivery["id"])["released_by"] == "ida"
    bridge.tick()
    assert bridge.states() == ["delivered"] and len(_files(bridge)) == 1
    assert [one["action"] for one in bridge.messages("deliveries")] == ["held", "released", "delivered"]
    with pytest.raises(ConflictError):
        release(ANALYST, bridge.context, delivery["id"])


def test_a_delivery_can_be_sent_again(bridge: Bridge) -> None:
    bridge.tell(incident())
    with pytest.raises(ConflictError):
        resend(ANALYST, bridge.context, bridge.deliveries()[0]["id"])
    bridge.tick()
    (path,) = _files(bridge)
    content = path.read_bytes()
    path.unlink()
    resend(ANALYST, bridge.context, bridge.deliveries()[0]["id"])
    bridge.tick()
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_tried_again_and_then_a_finding(make_bridge: MakeBridge, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    bridge = make_bridge(targets=[{"name": "cert", "folder": str(blocked)}], retry={"attempts": 2, "first_seconds": 60})
    bridge.tell(incident())
    bridge.tick()
    bridge.tick(seconds=30)
    (delivery,) = bridge.deliveries()
    assert (delivery["state"], delivery["attempts"]) == ("queued", 1) and "blocked" in delivery["error"]
    bridge.tick(seconds=31)
    assert bridge.states() == ["given_up"]
    (failing,) = bridge.messages("findings")
    assert (failing["rule"]["id"], failing["organization"]["id"]) == ("vagt-delivery-failing", "751")
    assert failing["vagt"]["finding"]["kind"] == "pipeline"
    blocked.unlink()
    resend(ANALYST, bridge.context, delivery["id"])
    bridge.tick()
    assert bridge.states() == ["delivered"]


def test_old_deliveries_expire(make_bridge: MakeBridge) -> None:
    bridge = make_bridge(retention_days=30)
    bridge.tell(incident())
    bridge.tick()
    bridge.tick(seconds=29 * 86_400)
    assert bridge.states() == ["delivered"]
    bridge.tick(seconds=2 * 86_400)
    assert bridge.states() == []


def test_another_municipality_sees_no_delivery_and_no_bundle(bridge: Bridge) -> None:
    bridge.tell(incident())
    (delivery,) = bridge.deliveries()
    assert list_deliveries(VIBORG, bridge.context)["items"] == []
    assert summary(VIBORG, bridge.context) == {"cert": {}}
    for read in (lambda: get_delivery(VIBORG, bridge.context, delivery["id"]), lambda: _bundle_for_viborg(bridge)):
        with pytest.raises(NotFoundError):
            read()
    analyst = Scope("bo", frozenset({"analyst"}), frozenset({"730"}))
    with pytest.raises(NotFoundError):
        resend(analyst, bridge.context, delivery["id"])


def _bundle_for_viborg(bridge: Bridge) -> dict[str, object]:
    return get_bundle(VIBORG, bridge.context, "incident1", "cert")


def test_deliveries_are_listed_in_pages_and_by_filter(bridge: Bridge) -> None:
    for number in range(1, 6):
        bridge.tell(incident(number))
        bridge.clock.move(seconds=number % 2)
    first = list_deliveries(EVERYONE, bridge.context, limit=3)
    rest = list_deliveries(EVERYONE, bridge.context, cursor=first["next"], limit=3)
    numbers = [one["incident_number"] for one in first["items"] + rest["items"]]
    assert len(set(numbers)) == len(numbers) == 5 and rest["next"] is None
    found = list_deliveries(EVERYONE, bridge.context, DeliveryFilters(incident="2026-000002", states=["queued"]))
    assert [one["incident_id"] for one in found["items"]] == ["incident2"]
    assert summary(EVERYONE, bridge.context) == {"cert": {"queued": 5}}
    assert get_delivery(EVERYONE, bridge.context, found["items"][0]["id"])["document"]["type"] == "bundle"
    with pytest.raises(UsageError):
        list_deliveries(EVERYONE, bridge.context, cursor="nonsense")


def test_a_folder_target_is_checked_and_an_unknown_one_named(bridge: Bridge) -> None:
    assert check_target(EVERYONE, bridge.context, "cert")["ok"] is True
    with pytest.raises(NotFoundError, match="targets are cert"):
        check_target(EVERYONE, bridge.context, "gone")


def test_on_an_unkind_bus_every_incident_is_delivered_and_no_content_twice(bridge: Bridge, tmp_path: Path) -> None:
    bus = UnkindBus(tmp_path / "bus", seed=3)
    producer = bus.producer()
    for step in range(30):
        record = bridge.record(incident(step % 5, finding_count=1 + step // 5, event_count=1 + step // 5))
        producer.send(Message("incidents", record.key, record.value))
    producer.flush()

    def stage_anew() -> object:
        bridge.restart()
        return bridge.stage

    stops = run_until_drained(bus, stage_anew, bridge.clock, bridge.context.state, ["incidents"])  # type: ignore[arg-type]
    bridge.tick()
    sent = [one for one in bridge.deliveries() if one["state"] == "delivered"]
    assert stops > 0
    assert {(one["incident_id"], one["finding_count"]) for one in _newest(bridge)} == {(f"incident{n}", 6) for n in range(5)}
    assert len({(one["incident_id"], one["content_hash"]) for one in sent}) == len(sent) == len(_files(bridge))
    producer.close()
    bus.close()


def _newest(bridge: Bridge) -> list[dict[str, object]]:
    found = []
    for one in bridge.deliveries():
        if one["state"] == "delivered":
            bundle = get_delivery(EVERYONE, bridge.context, one["id"])["document"]
            (told,) = [stix for stix in bundle["objects"] if stix["type"] == "incident"]
            if "6 findings" in told["description"]:
                found.append({"incident_id": one["incident_id"], "finding_count": 6})
    return found
