"""An incident as a document of `vagt-incidents-<tenant>`: one document each, the latest always.

    @timestamp                        when it last changed
    event.{kind: event, module: vagt, dataset: vagt.incidents, id, created, start, end, severity, reference}
    organization.{id, name}, message  the municipality; the title
    rule.name, threat.{technique, tactic}.id   of all its findings
    vagt.incident.*                   all of `vagt.contracts.incident.Incident`; clocks, counts and controls among it

`event.kind` is not `alert`: that is what its findings are (`alerts-vagt-<tenant>`), and an incident would count them twice.
"""

from collections.abc import Callable
from typing import Any

import orjson

from store.elastic.answer import Line
from store.elastic.streams import incidents_index
from vagt.clock import from_iso
from vagt.contracts.change import Change
from vagt.contracts.event import ECS_VERSION
from vagt.contracts.finding import SEVERITY
from vagt.contracts.incident import Incident
from vagt.contracts.stage import Record
from vagt.topics import raw_topic

IncidentOf = Callable[[str], Incident | None]  # an incident as it is now, by its id; None: there is none (any more)
_ELSEWHERE = ("tenant", "tenant_name", "title")  # in fields of ECS


def incident_line(record: Record, incident_of: IncidentOf) -> Line:
    """The line that brings Elasticsearch to what the incident of this change is now.

    Raises ValueError, KeyError, TypeError or SettingsError for a record that is no change of an incident.
    """
    change: Change = orjson.loads(record.value)
    id_, tenant = change["subject"], change["tenant"]
    raw_topic(tenant, None)
    incident = incident_of(id_)
    if incident is None:
        head = {"delete": {"_index": incidents_index(tenant), "_id": id_}}
        return Line(orjson.dumps(head), b"", record)
    head = {
        "index": {
            "_index": incidents_index(incident["tenant"]),
            "_id": id_,
            "version": incident_version(incident),
            "version_type": "external_gte",
        }
    }
    return Line(orjson.dumps(head), orjson.dumps(incident_document(incident)), record)


def incident_version(incident: Incident) -> int:
    """Rises with every change: milliseconds of the last one, then the count of changes, since two may fall into one."""
    moment = int(from_iso(incident["updated"]).timestamp() * 1000)
    changes = incident["version"] + incident["finding_count"] + incident["event_count"]
    return moment << 20 | min(changes, (1 << 20) - 1)


def incident_document(incident: Incident) -> dict[str, Any]:
    """The document, as the module's docstring draws it."""
    event = {
        "kind": "event",
        "id": incident["id"],
        "dataset": "vagt.incidents",
        "module": "vagt",
        "created": incident["created"],
        "start": incident["first_finding_at"],
        "end": incident["last_finding_at"],
        "severity": SEVERITY.get(incident["level"], SEVERITY["medium"]),
        "reference": incident["number"],
    }
    return {
        "@timestamp": incident["updated"],
        "ecs": {"version": ECS_VERSION},
        "event": event,
        "message": incident["title"],
        "organization": {"id": incident["tenant"], "name": incident["tenant_name"]},
        "rule": {"name": [rule["name"] for rule in incident["rules"]]},
        "threat": {"technique": {"id": incident["techniques"]}, "tactic": {"id": incident["tactics"]}},
        "vagt": {"incident": {name: value for name, value in incident.items() if name not in _ELSEWHERE}},
    }
