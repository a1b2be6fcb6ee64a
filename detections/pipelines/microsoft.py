"""Azure, Entra ID and Microsoft 365: the layouts of Elastic's integrations `azure` and `o365`.

Lists of objects (`target_resources`) stay lists; the numbered objects that Elastic makes of them are understood too.
"""

from collections.abc import Mapping

from detections.pipelines.family import Family, Fields, Values, either, words

_ACTIVITY: Fields = {
    "operationName": either("azure.activitylogs.operation_name", "event.action"),
    "OperationNameValue": either("azure.activitylogs.operation_name", "event.action"),
    "CategoryValue": either("azure.activitylogs.event_category", "azure.activitylogs.category"),
    "ResourceProviderValue": "azure.resource.provider",
    "ResourceId": "azure.resource.id",
    "properties.message": either("azure.activitylogs.operation_name", "azure.activitylogs.properties.message", "event.action"),
}
_PROPERTIES = "azure.auditlogs.properties"
_ACTIVITY_NAME = either("azure.auditlogs.operation_name", f"{_PROPERTIES}.activity_display_name", "event.action")


def _targets(*leaves: str) -> str:
    """A field of the objects that were changed, in a list or numbered."""
    places = ("target_resources", *(f"target_resources.{number}" for number in range(3)))
    return either(*(f"{_PROPERTIES}.{place}.{leaf}" for place in places for leaf in leaves))


def _changes(*leaves: str) -> str:
    """A field of the properties that were changed."""
    places = ("modified_properties", *(f"modified_properties.{number}" for number in range(3)))
    return _targets(*(f"{place}.{leaf}" for place in places for leaf in leaves))


_AUDIT: Fields = {
    **dict.fromkeys(
        ("operationName", "OperationName", "ActivityDisplayName", "activityType", "ActivityType", "properties.message"),
        _ACTIVITY_NAME,
    ),
    "Category": either(f"{_PROPERTIES}.category", "azure.auditlogs.category"),
    "category": either(f"{_PROPERTIES}.category", "azure.auditlogs.category"),
    "LoggedByService": f"{_PROPERTIES}.logged_by_service",
    "Status": either("event.outcome", f"{_PROPERTIES}.result_reason"),
    "properties.result": either("event.outcome", f"{_PROPERTIES}.result"),
    "failure_status_reason": f"{_PROPERTIES}.result_reason",
    "additionalDetails.additionalInfo": f"{_PROPERTIES}.additional_details.value",
    "TargetResources": _targets("id", "display_name", "modified_properties.new_value"),
    "properties.targetResources": _targets("id", "display_name", "modified_properties.new_value"),
    "targetResources.type": _targets("type"),
    "TargetResources.modifiedProperties": _changes("display_name", "new_value", "old_value"),
    "TargetResources.modifiedProperties.newValue": _changes("new_value"),
    "TargetResources.ModifiedProperties.NewValue": _changes("new_value"),
    "TargetResources.ModifiedProperties.DisplayName": _changes("display_name"),
}
_UPN = "the rule compares it with the letters UPN, which stand for a user's name and are no name"
_SIGN_IN = "azure.signinlogs.properties"
_SIGN_INS: Fields = {
    "ResultType": either("azure.signinlogs.result_type", f"{_SIGN_IN}.status.error_code"),
    "ResultDescription": either("azure.signinlogs.result_description", f"{_SIGN_IN}.status.failure_reason", "event.outcome"),
    "Resultdescription": either("azure.signinlogs.result_description", f"{_SIGN_IN}.status.failure_reason"),
    "Status": either("event.outcome", f"{_SIGN_IN}.status.additional_details"),
    "userAgent": "user_agent.original",
    "ResourceDisplayName": f"{_SIGN_IN}.resource_display_name",
    "conditionalAccessStatus": f"{_SIGN_IN}.conditional_access_status",
    "AuthenticationRequirement": f"{_SIGN_IN}.authentication_requirement",
    "RiskState": f"{_SIGN_IN}.risk_state",
    "DeviceDetail.trusttype": f"{_SIGN_IN}.device_detail.trust_type",
    "DeviceDetail.isCompliant": f"{_SIGN_IN}.device_detail.is_compliant",
    "DeviceDetail.deviceId": f"{_SIGN_IN}.device_detail.device_id",
    "NetworkLocationDetails": f"{_SIGN_IN}.network_location_details",
    "ClientApp": f"{_SIGN_IN}.client_app_used",
    "ActivityDetails": either("azure.signinlogs.operation_name", "azure.signinlogs.category"),
    "properties.message": f"{_SIGN_IN}.authentication_protocol",
}
_OFFICE: Fields = {
    "Operation": either("event.action", "o365.audit.Operation"),
    "eventName": either("o365.audit.Name", "event.action", "rule.name"),
    "eventSource": either("event.provider", "o365.audit.Workload"),
    "Workload": either("event.provider", "o365.audit.Workload"),
    "status": either("event.outcome", "o365.audit.ResultStatus"),
    "RequestType": either("o365.audit.ExtendedProperties.RequestType", "o365.audit.RequestType"),
    "Payload": either("o365.audit.Payload", "o365.audit.Data"),
    "OperationProperties": either("o365.audit.OperationProperties.RuleActions", "o365.audit.OperationProperties.Value"),
    "Parameters": "o365.audit.Parameters",
}


_NONE: Values = {}


def _azure(
    service: str, dataset: str, fields: Fields, values: Values = _NONE, lacks: Mapping[str, str] | None = None
) -> Family:
    name = f"azure {service}"
    return Family(
        name, words("azure"), words(None), words(service), fields, values=values, lacks=lacks or {}, datasets=(dataset,)
    )


MICROSOFT = (
    _azure("activitylogs", "azure.activitylogs", _ACTIVITY),
    _azure(
        "auditlogs",
        "azure.auditlogs",
        _AUDIT,
        values={"targetResources.type": {"service principal": ("Service Principal", "ServicePrincipal")}},
        lacks={
            "Initiatedby": _UPN,
            "Target": _UPN,
            "ConsentContext.IsAdminConsent": "it is the name of a changed property and no field",
        },
    ),
    _azure(
        "signinlogs",
        "azure.signinlogs",
        _SIGN_INS,
        values={
            "properties.message": {"device code": ("deviceCode", "Device Code")},
            "NetworkLocationDetails": {"[]": ("[]", None)},
            "DeviceDetail.deviceId": {"": ("", None)},
        },
        lacks={"Username": _UPN},
    ),
    _azure(
        "riskdetection",
        "azure.identity_protection",
        {"riskEventType": "azure.identityprotection.properties.risk_event_type"},
    ),
    _azure("pim", "azure.pim", {"riskEventType": either("azure.pim.risk_event_type", "azure.pim.alert_type")}),
    Family(
        "m365",
        words("m365"),
        words(None),
        words(None, "audit", "exchange", "threat_management", "threat_detection"),
        _OFFICE,
        under={"": "o365.audit."},
        names=frozenset(("Parameters",)),
        datasets=("o365.audit",),
    ),
)
