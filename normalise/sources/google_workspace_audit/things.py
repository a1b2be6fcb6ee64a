"""What an activity was aimed at: users, groups, files, rules, mail; from the parameters of its application."""

from typing import Any

from normalise.json_records import Object, object_of, objects_of, text_of
from normalise.people import user_fields
from normalise.severities import SEVERITIES
from vagt.contracts.event import Event

_TARGETS = ("user_email", "target_user", "affected_email_address", "grantee_email", "member_id", "target", "new_owner")
_GROUPS = ("group_email", "group_id", "group")
_REASONS = ("login_failure_type", "failure_type", "saml_second_level_status_code", "denied_reason", "error_code")


def put_things(event: Event, application: str, parameters: Object) -> None:
    """`user.target`, `group`, `file`, `rule`, `email`, `event.reason`, as the parameters have them."""
    if not parameters:
        return
    if target := _first(parameters, _TARGETS, "@"):
        event.setdefault("user", {})["target"] = user_fields(target)
    if group := _first(parameters, _GROUPS):
        event["group"] = {"name": group}
    if title := text_of(parameters.get("doc_title")):
        event["file"] = {"name": title}
        stem, _, extension = title.rpartition(".")
        if stem and extension.isalnum() and len(extension) <= 8:
            event["file"]["extension"] = extension
        if owner := text_of(parameters.get("owner")):
            event["file"]["owner"] = owner
    if reason := _first(parameters, _REASONS):
        event["event"]["reason"] = reason
    if agent := text_of(parameters.get("user_agent")):
        event["user_agent"] = {"original": agent}
    if application == "rules":
        _put_rule(event, parameters)
    elif application == "gmail":
        _put_mail(event, object_of(parameters.get("message_info")))


def _first(parameters: Object, names: tuple[str, ...], wanted: str = "") -> str:
    """The first of the parameters that is a text, and has `wanted` in it."""
    for name in names:
        if name in parameters and (value := text_of(parameters[name])) and wanted in value:
            return value
    return ""


def _put_rule(event: Event, parameters: Object) -> None:
    named = (("name", "rule_name"), ("id", "rule_resource_name"), ("category", "rule_type"))
    if rule := {field: value for field, name in named if (value := text_of(parameters.get(name)))}:
        event["rule"] = rule
    if severity := SEVERITIES.get(text_of(parameters.get("severity")).lower()):
        event["event"]["severity"] = severity
    if title := text_of(parameters.get("resource_title")):
        event["file"] = {"name": title}
    if owner := text_of(parameters.get("resource_owner_email")):
        event.setdefault("file", {})["owner"] = owner


def _put_mail(event: Event, message: Object) -> None:
    """BigQuery's and the Reports API's name for a message's parts (Gmail log schema)."""
    email: dict[str, Any] = {}
    if subject := text_of(message.get("subject")):
        email["subject"] = subject
    if identifier := text_of(message.get("rfc2822_message_id")).strip("<>"):
        email["message_id"] = identifier
    if sender := text_of(object_of(message.get("source")).get("address")):
        email["from"] = {"address": [sender]}
    if to := [address for one in objects_of(message.get("destination")) if (address := text_of(one.get("address")))]:
        email["to"] = {"address": to}
    attachment = message.get("attachment")
    files = [attachment] if attachment.__class__ is dict else objects_of(attachment)
    if names := [_attached(one) for one in files]:
        email["attachments"] = names
    if email:
        event["email"] = email


def _attached(attachment: Object) -> Object:
    file: dict[str, Any] = {"name": text_of(attachment.get("file_name"))}
    if digest := text_of(attachment.get("sha256")):
        file["hash"] = {"sha256": digest}
    return {"file": {name: value for name, value in file.items() if value}}
