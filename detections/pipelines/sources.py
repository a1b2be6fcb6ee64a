"""All families of sources other than Windows' event log, and the logsources that no source of ours can feed."""

from detections.pipelines.applications import APPLICATIONS
from detections.pipelines.cloud import CLOUD
from detections.pipelines.family import Family
from detections.pipelines.hosts import HOSTS
from detections.pipelines.microsoft import MICROSOFT
from detections.pipelines.network import NETWORK
from detections.pipelines.services import SERVICES

FAMILIES: tuple[Family, ...] = (*HOSTS, *NETWORK, *CLOUD, *MICROSOFT, *SERVICES, *APPLICATIONS)
BY_NAME = {family.name: family for family in FAMILIES}

# Product, category and service (None: any) of rules that nothing feeds, and why.
UNFED: dict[tuple[str | None, str | None, str | None], str] = {
    ("qualys", None, None): "these are results of a scan, not events of a log",
    ("paloalto", "file_event", "globalprotect"): "PAN-OS logs no files that are made on the appliance itself",
}


def why_unfed(product: str | None, category: str | None, service: str | None) -> str | None:
    """Why nothing can feed rules of this logsource, where that is known."""
    for (one, two, three), reason in UNFED.items():
        if one == product and two in (None, category) and three in (None, service):
            return reason
    return None
