"""Active Directory Certificate Services in the Security channel (4868 to 4900), and operations with keys (5056 to 5062).

https://learn.microsoft.com/en-us/windows-server/identity/ad-cs/audit-active-directory-certificate-services-events
"""

from typing import Any

from normalise.sources.windows_eventlog.document import text
from normalise.sources.windows_eventlog.meaning import Meanings, both, nobody, placed, says
from normalise.sources.windows_eventlog.objects import account, file_object
from normalise.sources.windows_eventlog.security_subjects import by_subject
from vagt.contracts.event import Event

Fields = dict[str, Any]


def _request(event: Event, data: Fields) -> None:
    """Who asked; for whom the certificate is, if that is somebody else, is in `Subject` and stays there."""
    by_subject(event, data)
    if (user := account(text(data, "Requester") or text(data, "CallerName"))) is not None:
        event.setdefault("user", {}).update(user)
    if (reason := text(data, "Disposition")) is not None and not reason.isdigit():
        event["event"]["reason"] = reason


def _key_file(event: Event, data: Fields) -> None:
    by_subject(event, data)
    if (path := text(data, "KeyFilePath")) is not None:
        event["file"] = file_object(path)
    _set_outcome(event, data)


def _key(event: Event, data: Fields) -> None:
    by_subject(event, data)
    _set_outcome(event, data)


def _set_outcome(event: Event, data: Fields) -> None:
    code = text(data, "ReturnCode")
    if code is not None and "outcome" not in event["event"]:
        event["event"]["outcome"] = "success" if code == "0x0" else "failure"


_template = both(by_subject, placed(rule="TemplateInternalName", destination="DCDNSName"))
_CHANGE, _READ = "configuration/change", "configuration/access"
CERTIFICATES: Meanings = {
    "4868": says("certificate-request-denied", "iam/info", _request, "failure"),
    "4869": says("certificate-request-resubmitted", "iam/info", _request),
    "4870": says("certificate-revoked", "iam/change", _request),
    "4871": says("revocation-list-requested", "iam/info", _request),
    "4872": says("revocation-list-published", _CHANGE, _request),
    "4873": says("certificate-request-extension-changed", "iam/change", _request),
    "4874": says("certificate-request-attributes-changed", "iam/change", _request),
    "4875": says("certificate-services-shutdown-requested", "host/info", _request),
    "4876": says("certificate-services-backup-started", _READ, _request),
    "4877": says("certificate-services-backup-completed", _READ, _request),
    "4878": says("certificate-services-restore-started", _CHANGE, _request),
    "4879": says("certificate-services-restore-completed", _CHANGE, _request),
    "4880": says("certificate-services-started", "host/start", _request),
    "4881": says("certificate-services-stopped", "host/end", _request),
    "4882": says("certificate-services-permissions-changed", "iam configuration/admin change", _request),
    "4883": says("archived-key-retrieved", "iam/admin info", _request),
    "4884": says("certificate-imported", "iam/admin creation", _request),
    "4885": says("certificate-services-audit-filter-changed", "iam configuration/admin change", _request),
    "4886": says("certificate-requested", "iam/info", _request),
    "4887": says("certificate-issued", "iam/creation", _request, "success"),
    "4888": says("certificate-request-denied", "iam/info", _request, "failure"),
    "4889": says("certificate-request-pending", "iam/info", _request),
    "4890": says("certificate-manager-settings-changed", "iam configuration/admin change", _request),
    "4891": says("certificate-services-configuration-changed", "iam configuration/admin change", _request),
    "4892": says("certificate-services-property-changed", "iam configuration/admin change", _request),
    "4893": says("key-archived", "iam/admin info", _request),
    "4894": says("key-imported-and-archived", "iam/admin creation", _request),
    "4895": says("authority-certificate-published", _CHANGE, _request),
    "4896": says("certificate-database-rows-deleted", "configuration/deletion", _request),
    "4897": says("role-separation-enabled", "iam configuration/admin change", _request),
    "4898": says("certificate-template-loaded", _READ, _template),
    "4899": says("certificate-template-updated", _CHANGE, _template),
    "4900": says("certificate-template-security-updated", "iam configuration/admin change", _template),
    "5056": says("cryptographic-self-test", "configuration/info", by_subject),
    "5057": says("cryptographic-operation-failed", "configuration/info", _key, "failure"),
    "5058": says("key-file-operation", "configuration/access", _key_file),
    "5059": says("key-migrated", "configuration/access", _key),
    "5060": says("signature-verification-failed", "configuration/info", _key, "failure"),
    "5061": says("cryptographic-operation", "configuration/access", _key),
    "5062": says("kernel-cryptographic-self-test", "configuration/info", nobody),
    "5063": says("cryptographic-provider-changed", _CHANGE, _key),
    **{code: says("cryptographic-context-changed", _CHANGE, _key) for code in ("5064", "5065")},
    **{code: says("cryptographic-function-changed", _CHANGE, _key) for code in ("5066", "5067", "5068", "5069", "5070")},
    "5120": says("ocsp-responder-started", "host/start", by_subject),
    "5121": says("ocsp-responder-stopped", "host/end", by_subject),
    "5122": says("ocsp-responder-configuration-changed", _CHANGE, by_subject),
    "5123": says("ocsp-responder-configuration-changed", _CHANGE, by_subject),
    "5125": says("ocsp-request-submitted", "configuration/access", by_subject),
    "5126": says("ocsp-signing-certificate-updated", _CHANGE, by_subject),
    "5127": says("ocsp-revocation-updated", _CHANGE, by_subject),
    "5124": says("ocsp-responder-security-updated", "iam configuration/admin change", by_subject),
}
