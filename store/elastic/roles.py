"""Roles: one per municipality, one per duty. Each reads or writes what its work needs, in the streams of our tenants alone.

What a role says of Kibana (`applications`) is as Kibana itself stores it: features of a space. A municipality's users see the
space `vagt-<tenant>` and no other; duties see the space `vagt`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from store.elastic.streams import events_of, findings_of, incidents_index

Body = dict[str, Any]
READ = ("read", "view_index_metadata")
SPACE = "vagt"
_LOOK = ("feature_discover_v2.read", "feature_dashboard_v2.read", "feature_visualize_v2.read")
_WORK = ("feature_discover_v2.all", "feature_dashboard_v2.all", "feature_visualize_v2.all")


def municipality_role(tenant: str) -> str:
    """The name of the role whose holders see this tenant."""
    return f"vagt_municipality_{tenant}"


def municipality_space(tenant: str) -> str:
    """The Kibana space of this tenant's users; a space's id has no underscore at its ends and no capital."""
    return f"{SPACE}-{tenant.replace('_', '-')}"


def roles(tenants: Sequence[str]) -> dict[str, Body]:
    """Name -> body, as `PUT /_security/role/<name>` takes it."""
    events, findings, incidents = _events(tenants), _findings(tenants), _incidents(tenants)
    everything = [*events, *findings, *incidents]
    bodies = {
        "vagt_soc_analyst": _role("Reads everything, of all tenants", [(everything, READ)], kibana=_WORK),
        "vagt_cert": _role("Reads findings and incidents, of all tenants", [([*findings, *incidents], READ)], kibana=_LOOK),
        "vagt_compliance": _role(
            "Reads findings and incidents, and which streams there are",
            [([*findings, *incidents], READ), (events, ("view_index_metadata", "monitor"))],
            kibana=_LOOK,
        ),
        "vagt_operator": _role(
            "Watches the cluster and our streams, reads no document",
            [(everything, ("monitor", "view_index_metadata"))],
            cluster=("monitor", "read_ilm", "read_slm"),
        ),
        "vagt_reader": _role("The API: reads everything, of all tenants", [(everything, READ)], cluster=("monitor",)),
        "vagt_writer": _role(
            "The stage indexer: adds events and findings, asks which of them are there, writes incidents",
            [
                ([*events, *findings], ("create_doc", "auto_configure", "read", "maintenance")),
                (incidents, ("index", "delete", "auto_configure")),
            ],
            cluster=("monitor",),
        ),
    }
    for tenant in tenants:
        own = [*_events([tenant]), *_findings([tenant]), *_incidents([tenant])]
        text = f"Reads what belongs to tenant {tenant}"
        bodies[municipality_role(tenant)] = _role(text, [(own, READ)], kibana=_LOOK, space=municipality_space(tenant))
    return bodies


def _role(
    description: str,
    indices: Iterable[tuple[Sequence[str], Sequence[str]]],
    *,
    cluster: Sequence[str] = (),
    kibana: Sequence[str] = (),
    space: str = SPACE,
) -> Body:
    features = [{"application": "kibana-.kibana", "privileges": list(kibana), "resources": [f"space:{space}"]}]
    return {
        "description": description,
        "cluster": list(cluster),
        "indices": [{"names": list(names), "privileges": list(allowed)} for names, allowed in indices],
        "applications": features if kibana else [],
    }


def _events(tenants: Iterable[str]) -> list[str]:
    return events_of(tenants).split(",")


def _findings(tenants: Iterable[str]) -> list[str]:
    return findings_of(tenants).split(",")


def _incidents(tenants: Iterable[str]) -> list[str]:
    return [incidents_index(tenant) for tenant in sorted(tenants)]
