"""Events of our own sources stand where Sigma's rules look for them: a sample of a source, and the logsources that find it."""

import json
from pathlib import Path
from typing import Any

import pytest

from detections.ecs_places import ecs_key, ecs_places
from detections.places import Route

_SOURCES = Path(__file__).resolve().parents[2] / "normalise/sources"


def sample(folder: str, action: str | None) -> dict[str, Any]:
    """The first event of a source's expected documents with this action."""
    paths = sorted((_SOURCES / folder / "samples").glob("*.expected.json"))
    events = (event for path in paths for event in json.loads(path.read_bytes()))
    return next(event for event in events if event["event"].get("action") == action)


@pytest.mark.parametrize(
    ("folder", "action", "product", "category", "service"),
    [
        ("windows_eventlog", "dns-plugin-loaded", "windows", None, "dns-server"),
        ("windows_eventlog", "malware-restored-from-quarantine", "windows", "antivirus", "windefend"),
        ("windows_eventlog", "app-control-blocked", "windows", None, "codeintegrity-operational"),
        ("windows_eventlog", "bits-job-created", "windows", None, "bits-client"),
        ("windows_eventlog", "ntlm-outgoing", "windows", None, "ntlm"),
        ("windows_eventlog", "groups-assigned-to-logon", "windows", None, "lsa-server"),
        ("linux_daemons", "login", "linux", None, "syslog"),
        ("linux_auditd", "executed", "linux", "process_creation (ecs)", None),
        ("linux_auditd", "stopped-service", "linux", None, "auditd"),
        ("linux_auditd", "created-file", "linux", "file_event (ecs)", None),
        ("linux_auditd", "connected-to", "linux", "network_connection (ecs)", None),
        ("o365_audit", "New-InboxRule", "m365", None, "exchange"),
        ("o365_audit", "AlertTriggered", "m365", None, "threat_management"),
        ("o365_audit", "Set-AdminAuditLogConfig", "m365", None, "audit"),
        ("checkpoint_firewall", "Drop", None, "firewall", None),
        ("checkpoint_firewall", "Block", None, "proxy", None),
        ("netgate_pfsense", "block", None, "firewall", None),
        ("opnsense_firewall", "block", None, "firewall", None),
        ("linux_netfilter", "drop_input", None, "firewall", None),
        ("paloalto_panos", "flow_denied", None, "firewall", None),
        ("paloalto_panos", "gateway-auth", "paloalto", "appliance", "globalprotect"),
        ("paloalto_panos", "url_filtering", None, "proxy", None),
        ("paloalto_panos", "virus_detected", None, "antivirus (ecs)", None),
        ("squid_proxy", "TCP_DENIED", None, "proxy", None),
        ("nginx_server", None, None, "webserver", None),
        ("nginx_server", "access-forbidden", None, None, "nginx"),
        ("apache_httpd", None, None, "webserver", None),
        ("apache_httpd", "access-denied", None, None, "apache"),
        ("azure_signinlogs", "Sign-in activity", "azure", None, "signinlogs"),
        ("azure_auditlogs", "Add member to role", "azure", None, "auditlogs"),
        ("azure_identity_protection", "User Risk Detection", "azure", None, "riskdetection"),
        ("azure_activitylogs", "Microsoft.Compute/disks/delete", "azure", None, "activitylogs"),
        ("azure_platformlogs", "deny", None, "firewall", None),
        ("azure_platformlogs", "ApplicationGatewayAccess", None, "webserver", None),
        ("microsoft_iis", None, None, "webserver", None),
        ("haproxy_server", None, None, "webserver", None),
        ("postgresql_server", "statement", None, "database", None),
        ("microsoft_sqlserver", "login-failed", None, "database", None),
        ("google_workspace_audit", "CHANGE_APPLICATION_SETTING", "gcp", None, "google_workspace.admin"),
        ("google_workspace_audit", "suspicious_login", "gcp", None, "google_workspace.login"),
        ("google_workspace_audit", "email_forwarding_out_of_domain", "gcp", None, "google_workspace.login"),
        ("microsoft_hyperv", "vm-power-off", "windows", None, None),
        ("citrix_virtualapps", "registration", "windows", None, "application"),
        ("vmware_vsphere", "command", "linux", "process_creation (ecs)", None),
        ("vmware_vsphere", "drop", None, "firewall", None),
        ("microsoft_defender", "ConnectionSuccess", None, "network_connection (ecs)", None),
    ],
)
def test_a_rules_logsource_finds_the_event(
    folder: str, action: str | None, product: str | None, category: str | None, service: str | None
) -> None:
    event = sample(folder, action)
    route = Route("sigma", product, category, service)
    assert any(place.admits(route) for place in ecs_places(ecs_key(event)))  # type: ignore[arg-type]
