"""Amazon Web Services, Google Cloud and Workspace, Kubernetes: the layouts of Elastic's integrations for them."""

from detections.pipelines.family import Family, Fields, either, words

_CLOUDTRAIL: Fields = {
    "eventName": "event.action",
    "eventSource": "event.provider",
    "eventType": "aws.cloudtrail.event_type",
    "eventCategory": "aws.cloudtrail.event_category",
    "awsRegion": "cloud.region",
    "errorCode": "aws.cloudtrail.error_code",
    "errorMessage": "aws.cloudtrail.error_message",
    "sourceIPAddress": either("source.ip", "source.address"),
    "userAgent": "user_agent.original",
    "status": "event.outcome",
    "recipientAccountId": "aws.cloudtrail.recipient_account_id",
    "userIdentity.arn": "aws.cloudtrail.user_identity.arn",
    "userIdentity.type": "aws.cloudtrail.user_identity.type",
    "userIdentity.userName": "user.name",
    "userIdentity.principalId": "user.id",
    "userIdentity.invokedBy": "aws.cloudtrail.user_identity.invoked_by",
    "userIdentity.accessKeyId": "aws.cloudtrail.user_identity.access_key_id",
    "userIdentity.sessionContext.sessionIssuer.type": "aws.cloudtrail.user_identity.session_context.session_issuer.type",
    "userIdentity.sessionContext.sessionIssuer.arn": "aws.cloudtrail.user_identity.session_context.session_issuer.arn",
    "requestParameters": "aws.cloudtrail.request_parameters",
    "responseElements": "aws.cloudtrail.response_elements",
    "additionalEventData": "aws.cloudtrail.additional_eventdata",
}
_GCP_AUDIT: Fields = {
    "data.protoPayload.authorizationInfo.permission": "gcp.audit.authorization_info.permission",
    "data.protoPayload.authorizationInfo.granted": "gcp.audit.authorization_info.granted",
    "data.protoPayload.serviceName": "service.name",
    "data.protoPayload.resource.type": "gcp.audit.resource.type",
    "data.protoPayload.logName": "log.logger",
    "data.protoPayload.methodName": either("event.action", "gcp.audit.method_name"),
    "gcp.audit.method_name": either("event.action", "gcp.audit.method_name"),
}
_LOGS = "cloudaudit.googleapis.com"
_LOG_NAMES: dict[str, tuple[str | None, ...]] = {  # Elastic keeps the whole name, which begins with the project
    f"{_LOGS}{slash}activity": (f"*{_LOGS}{slash}activity",) for slash in ("/", "%2f")
}
_KUBERNETES: Fields = {
    "apiGroup": "kubernetes.audit.objectRef.apiGroup",
    "hostPath": "kubernetes.audit.requestObject.spec.volumes.hostPath.path",
    "capabilities": "kubernetes.audit.requestObject.spec.containers.securityContext.capabilities.add",
    "userAgent": either("user_agent.original", "kubernetes.audit.userAgent"),
}

# All applications' logs in one dataset: `event.provider` names the application, and with it Sigma's service. What Google
# logs as login.googleapis.com is of two applications in its Reports API.
WORKSPACE = "google_workspace.audit"
WORKSPACE_SERVICES = {
    "admin": "google_workspace.admin",
    "login": "google_workspace.login",
    "user_accounts": "google_workspace.login",
}

CLOUD = (
    Family(
        "aws cloudtrail",
        words("aws"),
        words(None),
        words(None, "cloudtrail"),
        _CLOUDTRAIL,
        under={
            "requestParameters.": "aws.cloudtrail.flattened.request_parameters.",
            "responseElements.": "aws.cloudtrail.flattened.response_elements.",
            "additionalEventData.": "aws.cloudtrail.flattened.additional_eventdata.",
        },
        datasets=("aws.cloudtrail",),
    ),
    Family(
        "gcp audit",
        words("gcp"),
        words(None),
        words("gcp.audit"),
        _GCP_AUDIT,
        under={"gcp.audit.": "gcp.audit."},
        values={"data.protoPayload.logName": _LOG_NAMES},
        datasets=("gcp.audit",),
    ),
    Family(
        "google workspace admin",
        words("gcp"),
        words(None),
        words("google_workspace.admin"),
        {
            "eventService": "event.provider",
            "eventName": "event.action",
            "setting_name": "google_workspace.admin.setting.name",
            "new_value": "google_workspace.admin.new_value",
            "old_value": "google_workspace.admin.old_value",
        },
        values={"eventService": {"admin.googleapis.com": ("admin", "admin.googleapis.com")}},
        datasets=("google_workspace.admin",),
        seen_in=(WORKSPACE,),
    ),
    Family(
        "google workspace login",
        words("gcp"),
        words(None),
        words("google_workspace.login"),
        {
            "protoPayload.serviceName": "event.provider",
            "protoPayload.Servicename": "event.provider",
            "protoPayload.metadata.event.eventName": "event.action",
        },
        values={
            name: {"login.googleapis.com": ("login", "user_accounts", "login.googleapis.com")}
            for name in ("protoPayload.serviceName", "protoPayload.Servicename")
        },
        datasets=("google_workspace.login", "google_workspace.user_accounts"),
        seen_in=(WORKSPACE,),
    ),
    Family(
        "kubernetes audit",
        words("kubernetes"),
        words(None, "application"),
        words("audit"),
        _KUBERNETES,
        under={"": "kubernetes.audit."},
        datasets=("kubernetes.audit", "kubernetes.audit_logs"),
    ),
)
