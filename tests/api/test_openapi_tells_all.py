"""OpenAPI names every route, every error, and shapes that the answers really have."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from api.models import (
    ControlEvidence,
    ControlShape,
    CoveringShape,
    DeadLetter,
    DeliveryShape,
    DeliveryWithBundle,
    DriftShape,
    ExplanationShape,
    FindingDocument,
    FindingLine,
    IncidentPage,
    IncidentShape,
    LedgerEntry,
    Overview,
    Page,
    ScoreShape,
    SourceShape,
)
from tests.api.city import MINE, City


@pytest.fixture
def schema(city: City) -> dict[str, Any]:
    found: dict[str, Any] = city.client.get("/api/v1/openapi.json").json()
    return found


def test_every_operation_has_a_summary_a_description_and_its_problems(schema: dict[str, Any]) -> None:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], path
            assert operation["description"], path
            if path.startswith(("/api/", "/evidence/")):
                assert {"401", "403", "404", "422", "429", "500", "503"} <= set(operation["responses"]), (method, path)
                assert set(operation["responses"]["422"]["content"]) == {"application/problem+json"}
                assert operation["security"] == [{"key": []}]


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [one for value in node.values() for one in references(value)]
        return [one for value in node for one in references(value)] if isinstance(node, list) else []

    found = references(schema)
    assert "#/components/schemas/Problem" in found
    for reference in found:
        node: Any = schema
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/v1/incidents", IncidentPage),
        ("/api/v1/findings?purpose=audit", Page[FindingLine]),
        (f"/api/v1/findings/{MINE}finding1?purpose=audit", FindingDocument),
        ("/api/v1/events?purpose=audit", Page[dict[str, Any]]),
        ("/api/v1/dead?purpose=audit", Page[DeadLetter]),
        ("/api/v1/sources", Page[SourceShape]),
        ("/api/v1/sources/drift?week=2026-11-22", Page[DriftShape]),
        ("/api/v1/deliveries", Page[DeliveryShape]),
        ("/api/v1/overview", Overview),
        ("/api/v1/ledger", Page[LedgerEntry]),
        ("/api/v1/rules/coverage", Page[CoveringShape]),
        ("/api/v1/rules/scorecard", Page[ScoreShape]),
        ("/evidence/controls", Page[ControlShape]),
        ("/evidence/controls/nis2:21.2.b", ControlEvidence),
        ("/evidence/controls/iso27001:A.7.7?tenant=751", ControlEvidence),
    ],
)
def test_an_answer_has_the_shape_that_is_told(city: City, path: str, shape: Any) -> None:
    answer = city.ask(path)
    assert answer.status_code == 200
    TypeAdapter(shape).validate_json(answer.content, strict=True)


def test_one_incident_and_one_delivery_have_the_shapes_that_are_told(city: City) -> None:
    incident = city.ask("/api/v1/incidents").json()["items"][0]["id"]
    TypeAdapter(IncidentShape).validate_json(city.ask(f"/api/v1/incidents/{incident}").content)
    delivery = city.ask(f"/api/v1/deliveries?incident={incident}").json()["items"][0]["id"]
    whole = city.ask(f"/api/v1/deliveries/{delivery}?purpose=audit")
    TypeAdapter(DeliveryWithBundle).validate_json(whole.content)


def test_an_explanation_has_the_shape_that_is_told(city: City) -> None:
    event = city.ask(f"/api/v1/events?purpose=audit&tenant={MINE}").json()["items"][0]["event"]["id"]
    answer = city.ask(f"/api/v1/events/{event}/explanation?purpose=audit&rule=sshd_login_failed")
    assert answer.status_code == 200
    TypeAdapter(Page[ExplanationShape]).validate_json(answer.content, strict=True)


def everything(city: City, path: str, limit: int) -> list[Any]:
    """The items of all pages of `limit`."""
    items: list[Any] = []
    cursor = ""
    while True:
        page = city.ask(f"{path}?purpose=audit&limit={limit}{cursor}").json()
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = f"&cursor={page['next']}"


def test_pages_follow_one_another_without_gap_or_repeat(city: City) -> None:
    for path in (
        "/api/v1/findings",
        "/api/v1/events",
        "/api/v1/ledger",
        "/api/v1/sources",
        "/api/v1/sources/drift",
        "/api/v1/incidents",
        "/api/v1/rules/coverage",
    ):
        pieces, whole = everything(city, path, 1), everything(city, path, 500)
        assert [str(one) for one in pieces] == [str(one) for one in whole], path


def test_evidence_comes_as_csv_when_it_is_asked_for(city: City) -> None:
    by_parameter = city.ask("/evidence/controls/nis2:21.2.b?tenant=751&format=csv")
    by_header = city.ask("/evidence/controls/nis2:21.2.b?tenant=751", headers={"Accept": "text/csv"})
    assert by_parameter.headers["content-type"].startswith("text/csv")
    assert by_parameter.text == by_header.text
    lines = by_parameter.text.splitlines()
    assert lines[0] == "control,coverage,tenant,from,to,mapping_version,part,id,day,count,note"
    assert any(",findings,751finding0," in line for line in lines)
    assert any(",sources,linux.auth,2026-11-22," in line for line in lines)
    listed = city.ask("/evidence/controls?format=csv").text.splitlines()
    assert listed[0].startswith("id,framework,title")
