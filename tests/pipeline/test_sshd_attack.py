"""A real sshd attacked with wrong passwords: one incident, its first action and controls, a bundle at a real TAXII server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stix2

from tests.pipeline.conftest import Pipeline
from tests.servers.sshd import SSHD, guess_passwords, sshd
from tests.servers.taxii_server import Taxii


@pytest.mark.debian("openssh-server", SSHD)
@pytest.mark.debian("openssh-client", "ssh")
def test_guessing_passwords_at_a_real_sshd_is_one_incident_and_a_bundle_at_the_cert(
    pipeline: Callable[[dict[str, Any]], Pipeline], taxii: Taxii, tmp_path: Path
) -> None:
    with sshd(tmp_path) as (port, log):
        running = pipeline(
            {
                "ingest": {
                    "syslog": [],
                    "http": {"enabled": False},
                    "journal": {"enabled": False},
                    "files": [{"patterns": [str(log)], "tenant": "751", "source": "linux.auth"}],
                },
                "cert_bridge": {"targets": [taxii.target()], "settle_seconds": 1},
            }
        )
        running.start()
        guess_passwords(tmp_path, port, "backup-operator", 5)
        client = running.client()
        running.wait_for(lambda: taxii.objects(), 60, "the bundle at the TAXII server")
        running.wait_until_drained()

    incidents = client.get("/api/v1/incidents").json()["items"]
    assert len(incidents) == 1
    incident = client.get(f"/api/v1/incidents/{incidents[0]['id']}").json()
    assert (incident["tenant"], incident["priority"], incident["state"]) == ("751", "P2", "new")
    assert "T1110.001" in incident["techniques"] and incident["first_action"] == "credential_attack"
    assert incident["actions"]["da"]["steps"] and incident["actions"]["en"]["steps"]
    assert incident["response_due"] < incident["resolution_due"]
    assert {"nis2:21.2.i", "nis2:21.2.j", "iso27001:A.8.5"} <= set(incident["controls"])
    query = {"incident": incident["id"], "purpose": "incident_handling"}
    findings = client.get("/api/v1/findings", params=query).json()["items"]
    assert "Password guessing against SSH" in {finding["rule"]["name"] for finding in findings}

    shared = [{name: value for name, value in one.items() if name != "_date_added"} for one in taxii.objects()]
    assert {"identity", "incident", "indicator", "sighting", "attack-pattern", "report"} <= {one["type"] for one in shared}
    bundle = stix2.parse({"type": "bundle", "id": "bundle--" + "0" * 8 + "-0000-4000-8000-" + "0" * 12, "objects": shared})
    assert len(bundle.objects) == len(shared)
    assert "backup-operator" not in str(shared) and "Aarhus" not in str(shared)
    delivered = client.get("/api/v1/deliveries").json()["items"]
    assert [one["state"] for one in delivered] == ["delivered"]
    verified = running.vagt("evidence", "verify", "--format", "json")
    assert verified.returncode == 0, verified.stdout
