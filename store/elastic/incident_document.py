"""An incident as a document of `vagt-incidents-<tenant>`: one document each, the latest always.

The fields are those of `vagt.contracts.incident.Incident` as they are, with `@timestamp` (its last change) and
`organization.{id, name}` (the municipality). There is no `event.kind: alert`: that is what its findings are
(`alerts-vagt-<tenant>`), and whoever counts alerts would count them twice.
"""

from collections.abc import Callable
from typing import Any

import orjson

from store.elastic.answer import Line
from store.elastic.streams import incidents_index
from vagt.clock import from_iso
from vagt.contracts.change import Change
from vagt.contracts.incident import Incident
from vagt.contracts.stage import Record
from vagt.topics import raw_topic

IncidentOf = Callable[[str], Incident | None]  # an incident as it is now, by its id; None: there is none (any more)


def incident_line(record: Record, incident_of: IncidentOf) -> Line:
    """The line that brings Elasticsearch to what the incident of this change is now.

    Raises ValueError, KeyError, TypeError or SettingsError for a record that is no change of an incident.
    """
    change: Change = orjson.loads(record.value)
    id_, tenant = change["subject"], change["tenant"]
    raw_topic(tenant, None)
    incident = incident_of(id_)
    if incident is None:
        return Line(orjson.dumps({"delete": {"_index": incidents_index(tenant), "_id": id_}}), b"", record)
    action: dict[str, Any] = {"_index": incidents_index(incident["tenant"]), "_id": id_}
    action |= {"version": incident_version(incident), "version_type": "external_gte"}
    return Line(orjson.dumps({"index": action}), orjson.dumps(incident_document(incident)), record)


def incident_version(incident: Incident) -> int:
    """Rises with every change: milliseconds of the last one, then the count of changes, since two may fall into one."""
    moment = int(from_iso(incident["updated"]).timestamp() * 1000)
    changes = incident["version"] + incident["finding_count"] + incident["event_count"]
    return moment << 20 | min(changes, (1 << 20) - 1)


def incident_document(incident: Incident) -> dict[str, Any]:
    """The document, as the module's docstring says."""
    organization = {"id": incident["tenant"], "name": incident["tenant_name"]}
    return {"@timestamp": incident["updated"], "organization": organization, **incident}
