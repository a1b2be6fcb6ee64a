"""Identity providers and development platforms: the layouts of Elastic's integrations where there is one."""

from detections.pipelines.family import Family, Fields, either, words

_DEBUG = "okta.debug_context.debug_data"
_OKTA: Fields = {
    "eventType": either("okta.event_type", "event.action"),
    "legacyEventType": "okta.legacy_event_type",
    "displayMessage": "okta.display_message",
    "outcome.result": "okta.outcome.result",
    "outcome.reason": "okta.outcome.reason",
    "actor.alternateId": "okta.actor.alternate_id",
    "actor.displayName": "okta.actor.display_name",
    "target.displayName": "okta.target.display_name",
    "target.alternateId": "okta.target.alternate_id",
    "client.ipAddress": either("okta.client.ip", "client.ip"),
    "securityContext.isProxy": "okta.security_context.is_proxy",
    "debugContext.debugData.requestUri": either(f"{_DEBUG}.request_uri", f"{_DEBUG}.flattened.requestUri"),
}

SERVICES = (
    Family(
        "okta",
        words("okta"),
        words(None),
        words(None, "okta"),
        _OKTA,
        under={"debugContext.debugData.": f"{_DEBUG}.flattened."},
        datasets=("okta.system",),
    ),
    Family(
        "onelogin",
        words("onelogin"),
        words(None),
        words(None, "onelogin.events"),
        under={"": "onelogin."},
        datasets=("onelogin.events",),
    ),
    Family(
        "github",
        words("github"),
        words(None),
        words(None, "audit"),
        {"action": "event.action", "actor": either("user.name", "github.actor")},
        under={"": "github."},
        datasets=("github.audit",),
    ),
    Family(
        "bitbucket",
        words("bitbucket"),
        words(None),
        words("audit"),
        under={"auditType.": "bitbucket.audit.type.", "": "bitbucket.audit."},
        datasets=("atlassian.bitbucket", "atlassian_bitbucket.audit"),
    ),
)
