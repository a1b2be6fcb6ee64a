"""Veeam's event ids and what they mean ("Veeam Backup & Replication 13 Event Reference", Event IDs List).

An event's name says what happened in its last word: `job-deleted` is a configuration that was deleted.
"""

from functools import cache
from typing import NamedTuple

_NAMES = """
110 backup-job-started 114 tape-job-started 115 tape-erase-started 119 tape-export-started 122 tape-mark-as-free-started
124 tape-delete-from-library-started 150 backup-task-finished 151 file-backup-job-finished 190 backup-job-finished
194 tape-job-finished 195 tape-erase-finished 199 tape-export-finished 204 tape-mark-as-free-finished
206 tape-delete-from-library-finished 210 restore-session-started 250 restore-task-finished 251 restore-task-finished
290 restore-session-finished 310 surebackup-job-started 350 verification-task-finished 360 verification-task-finished
390 surebackup-job-finished 410 backup-copy-job-started 450 backup-copy-task-finished 451 file-backup-copy-job-finished
490 backup-copy-job-finished 510 file-copy-job-started 512 vm-copy-job-started 590 file-copy-job-finished
592 vm-copy-job-finished 600 quick-migration-started 610 quick-migration-finished 710 agent-backup-job-started
790 agent-backup-job-finished 810 rescan-job-started 890 rescan-job-finished 21210 proxy-connection-restored
21214 proxy-connection-lost 21220 repository-connection-restored 21224 repository-connection-lost 23010 job-created
23050 job-updated 23090 job-deleted 23110 job-objects-added 23130 job-objects-changed 32120 job-objects-deleted
23210 surebackup-job-created 23220 surebackup-job-updated 23230 surebackup-job-deleted
23420 job-secondary-destination-removed 23440 tape-job-created 23450 tape-job-updated 23490 tape-job-deleted
23610 tape-media-pool-created 23620 tape-media-pool-updated 23630 tape-media-pool-deleted 23632 tape-medium-deleted
23633 tape-library-deleted 24010 license-installed 24020 license-expiring 24030 license-expired 24080 license-removed
24110 tenant-added 24120 tenant-deleted 25100 tenant-updated 25300 credentials-added 25400 credentials-updated
25500 credentials-deleted 25600 hypervisor-added 25700 hypervisor-deleted 25800 hypervisor-updated
25900 failover-plan-created 26000 failover-plan-updated 26100 failover-plan-deleted 26600 failover-plan-started
27400 service-provider-added 27500 service-provider-updated 27600 service-provider-deleted 27700 proxy-added
27800 proxy-updated 27900 proxy-deleted 28000 repository-added 28100 repository-updated 28200 repository-deleted
28300 host-added 28400 host-updated 28500 host-deleted 28600 tape-server-added 28700 tape-server-updated
28800 tape-server-deleted 28900 file-share-added 28910 file-share-updated 28920 file-share-deleted 28930 file-server-added
28940 file-server-updated 28950 file-server-deleted 28960 object-storage-added 28970 object-storage-updated
28980 object-storage-deleted 29100 protection-group-added 29110 protection-group-updated 29120 protection-group-deleted
29130 protection-group-objects-added 29140 protection-group-objects-changed 29150 protection-group-objects-deleted
29700 archive-storage-added 29800 archive-storage-updated 29900 archive-storage-deleted 30000 scale-out-repository-added
30100 scale-out-repository-updated 30200 scale-out-repository-deleted 26500 scale-out-extent-changed
31000 general-settings-updated 31100 network-traffic-settings-updated 31500 configuration-backup-settings-updated
31600 encryption-password-added 31700 encryption-password-updated 31800 encryption-password-deleted
31900 ssh-credentials-changed 32000 external-repository-added 32100 external-repository-updated
32200 external-repository-deleted 32300 network-traffic-rules-added 32400 network-traffic-rules-deleted
32500 network-traffic-rules-updated 32900 component-updated 36011 recovery-token-created 36012 recovery-token-updated
36013 recovery-token-deleted 36022 application-backup-job-finished 36024 application-backup-task-finished
36300 managed-proxy-connection-lost 36500 platform-service-connection-lost 40002 storage-management-session-finished
40210 restore-session-started 40290 restore-session-finished 40300 logs-export-finished 40400 vm-exclusions-added
40500 vm-exclusions-deleted 40600 vm-exclusions-changed 40700 configuration-backup-job-finished
40800 configuration-restore-finished 41200 backups-detached-started 41201 backups-copy-started 41202 backups-move-started
41400 storage-added 41401 storage-updated 41402 storage-deleted 41700 health-check-started 41710 health-check-finished
42200 malware-scan-started 42210 malware-scan-finished 42230 restore-point-clean-changed 41610 object-clean-changed
41615 object-clean-changed 42260 malware-exclusions-added 42270 malware-exclusions-deleted 42280 malware-exclusions-updated
42290 malware-settings-updated 42300 kms-server-added 42301 kms-server-deleted 42302 kms-server-updated
42400 four-eyes-enabled 42401 four-eyes-disabled 42500 kms-key-rotation-finished 42800 saml-settings-updated
43000 ha-cluster-created 43001 ha-cluster-updated 43002 ha-cluster-removed 43004 ha-cluster-failover-started
40200 mfa-enabled 40201 mfa-disabled
"""


class Meaning(NamedTuple):
    """`outcome` may be empty: the event does not say it, or its `Result` does."""

    action: str
    category: tuple[str, ...]
    type: tuple[str, ...]
    outcome: str = ""
    kind: str = "event"


_LAST_WORDS = {
    "started": (("host",), ("start",)), "finished": (("host",), ("end",)), "lost": (("host",), ("info",)),
    "restored": (("host",), ("info",)), "expiring": (("host",), ("info",)), "expired": (("host",), ("info",)),
    **dict.fromkeys(("created", "added", "installed"), (("configuration",), ("creation",))),
    **dict.fromkeys(("updated", "changed", "enabled", "disabled"), (("configuration",), ("change",))),
    **dict.fromkeys(("deleted", "removed"), (("configuration",), ("deletion",))),
}  # fmt: skip
_OTHERS = {
    "10010": Meaning("restore-point-created", ("file",), ("creation",), "success"),
    "10050": Meaning("restore-point-deleted", ("file",), ("deletion",), "success"),
    "10090": Meaning("restore-point-updated", ("file",), ("change",), "success"),
    "41500": Meaning("restore-point-mounted", ("file",), ("access",)),
    "41510": Meaning("restore-point-unmounted", ("file",), ("access",)),
    "41600": Meaning("malware-detected", ("malware",), ("info",), "", "alert"),
    "42220": Meaning("restore-point-marked-infected", ("malware",), ("info",), "", "alert"),
    "41800": Meaning("backup-deletion-failed", ("file",), ("deletion",), "failure"),
    "41810": Meaning("security-object-change-failed", ("configuration",), ("change",), "failure"),
    "31200": Meaning("user-added", ("iam",), ("user", "creation"), "success"),
    "31210": Meaning("user-added", ("iam",), ("user", "creation"), "failure"),
    "31300": Meaning("role-added", ("iam",), ("admin", "creation"), "success"),
    "31310": Meaning("role-updated", ("iam",), ("admin", "change"), "success"),
    "31320": Meaning("role-deleted", ("iam",), ("admin", "deletion"), "success"),
    "31400": Meaning("user-deleted", ("iam",), ("user", "deletion"), "success"),
    "36014": Meaning("recovery-token-login", ("authentication",), ("start",), "success"),
    "40100": Meaning("console-launched", ("session",), ("start",), "success"),
    "40101": Meaning("console-closed", ("session",), ("end",)),
    "40202": Meaning("mfa-token-revoked", ("iam",), ("user", "change")),
    "40203": Meaning("mfa-enabled-for-user", ("iam",), ("user", "change")),
    "40204": Meaning("mfa-disabled-for-user", ("iam",), ("user", "change")),
    "40205": Meaning("mfa-code-invalid", ("authentication",), ("start",), "failure"),
    "40206": Meaning("mfa-attempts-exceeded", ("authentication",), ("start",), "failure"),
    "40207": Meaning("mfa-code-reused", ("authentication",), ("start",), "failure"),
    "42402": Meaning("four-eyes-requested", ("configuration",), ("info",)),
    "42403": Meaning("four-eyes-approved", ("configuration",), ("change",), "success"),
    "42404": Meaning("four-eyes-rejected", ("configuration",), ("change",), "failure"),
    "42405": Meaning("four-eyes-expired", ("configuration",), ("info",), "failure"),
    "44000": Meaning("token-approved", ("authentication",), ("info",), "success"),
    "44001": Meaning("token-rejected", ("authentication",), ("info",), "failure"),
    "44002": Meaning("login", ("authentication",), ("start",), "failure"),
    "44003": Meaning("login", ("authentication",), ("start",), "success"),
    "44005": Meaning("token-revoked", ("authentication",), ("info",)),
    "44006": Meaning("access-denied", ("authentication",), ("info",), "failure"),
}


@cache
def _events() -> dict[str, Meaning]:
    words = _NAMES.split()
    found = {}
    for code, name in zip(words[::2], words[1::2], strict=True):
        category, kind = _LAST_WORDS[name.rpartition("-")[2]]
        found[code] = Meaning(name, category, kind)
    return found | _OTHERS


def event_meaning(code: str) -> Meaning | None:
    """What an event id means; None for one that is not known."""
    return _events().get(code)
