"""A record of a SQL Server Audit file, as `sys.fn_get_audit_file` gives it, to ECS; its columns stay under `mssql.audit.*`.

https://learn.microsoft.com/en-us/sql/relational-databases/system-functions/sys-fn-get-audit-file-transact-sql
"""

from typing import Any

from normalise.addresses import put_end
from normalise.syslog_header import ZONES
from normalise.timestamps import from_iso_stamp
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

COLUMNS = frozenset(
    "event_time sequence_number action_id action_name succeeded permission_bitmask is_column_permission"
    " session_id server_principal_id database_principal_id target_server_principal_id target_database_principal_id"
    " object_id class_type class_type_desc session_server_principal_name server_principal_name"
    " server_principal_sid database_principal_name target_server_principal_name target_server_principal_sid"
    " target_database_principal_name server_instance_name database_name schema_name object_name statement"
    " additional_information file_name audit_file_offset user_defined_event_id user_defined_information"
    " audit_schema_version sequence_group_id transaction_id client_ip application_name duration_milliseconds"
    " response_rows affected_rows connection_id host_name".split()
)
# action_id (sys.dm_audit_actions) -> event.action, categories, types
_LOGIN = ("authentication", "database")
_ACTIONS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "LGIS": ("login-succeeded", _LOGIN, ("start", "info")),
    "LGIF": ("login-failed", _LOGIN, ("info",)),
    "DBAS": ("database-authentication-succeeded", _LOGIN, ("start", "info")),
    "DBAF": ("database-authentication-failed", _LOGIN, ("info",)),
    "LGO": ("logout", _LOGIN, ("end", "info")),
    "LGDA": ("login-disabled", ("iam", "database"), ("user", "change")),
    "LGEA": ("login-enabled", ("iam", "database"), ("user", "change")),
    "PWC": ("password-changed", ("iam", "database"), ("user", "change")),
    "PWCS": ("password-changed", ("iam", "database"), ("user", "change")),
    "PWR": ("password-reset", ("iam", "database"), ("user", "change")),
    "PWRS": ("password-reset", ("iam", "database"), ("user", "change")),
    "PWU": ("account-unlocked", ("iam", "database"), ("user", "change")),
    "APRL": ("role-member-added", ("iam", "database"), ("group", "change")),
    "DPRL": ("role-member-removed", ("iam", "database"), ("group", "change")),
    "IMP": ("impersonation", ("iam", "database"), ("user", "info")),
    "AUSC": ("audit-session-changed", ("configuration", "database"), ("change",)),
    "AUSF": ("audit-shutdown-on-failure", ("configuration", "database"), ("change",)),
    "SVSR": ("server-started", ("database",), ("info",)),
    "SVSD": ("server-stopped", ("database",), ("info",)),
    "CR": ("create", ("database",), ("change",)),
    "AL": ("alter", ("database",), ("change",)),
    "DR": ("drop", ("database",), ("change",)),
    "G": ("grant", ("iam", "database"), ("change",)),
    "R": ("revoke", ("iam", "database"), ("change",)),
    "D": ("deny", ("iam", "database"), ("change",)),
    "SL": ("select", ("database",), ("access",)),
    "IN": ("insert", ("database",), ("change",)),
    "UP": ("update", ("database",), ("change",)),
    "DL": ("delete", ("database",), ("change",)),
    "EX": ("execute", ("database",), ("access",)),
    "BA": ("backup", ("database",), ("access",)),
    "RS": ("restore", ("database",), ("change",)),
}
_PRINCIPALS = frozenset(("LX", "SL", "WL", "WG", "US", "SU", "WU", "CU", "AU", "GU", "RL", "SG", "AR"))  # logins, users, roles
_PRINCIPAL_TYPES = {"CR": "creation", "DR": "deletion", "AL": "change"}


def is_audit(record: Any) -> bool:
    """Whether `record` is an object with the columns that every audit record has."""
    return isinstance(record, dict) and "action_id" in record and "event_time" in record and "server_principal_name" in record


def audit_event(record: dict[str, Any]) -> Event:
    """Raises NormaliseError for a time that is none."""
    columns = {name: value for name, value in record.items() if name in COLUMNS and value not in (None, "", "NULL")}
    action_id = str(columns.get("action_id", "")).strip()
    kind = str(columns.get("class_type", "")).strip()
    action, categories, types = _ACTIONS.get(action_id, (action_id.lower(), ("database",), ("info",)))
    if kind in _PRINCIPALS and action_id in _PRINCIPAL_TYPES:
        categories, types = ("iam", "database"), ("user", _PRINCIPAL_TYPES[action_id])
    inner: dict[str, Any] = {
        "kind": "event",
        "category": list(categories),
        "type": list(types),
        "action": action,
        "code": action_id,
    }
    succeeded = str(columns.get("succeeded", "")).lower()
    if succeeded:
        inner["outcome"] = "success" if succeeded in ("true", "1") else "failure"
    event: Event = {"@timestamp": _time(columns.get("event_time")), "event": inner, "mssql": {"audit": columns}}
    if str(milliseconds := columns.get("duration_milliseconds", "")).isdecimal():
        inner["duration"] = int(milliseconds) * 1_000_000
    _put_user(event, columns)
    if (client := columns.get("client_ip")) is not None and str(client).lower() not in ("local machine", "unknown"):
        put_end(event, "source", str(client))
    if (instance := columns.get("server_instance_name")) is not None:
        host = str(instance).partition("\\")[0]
        event["host"] = {"name": host, "hostname": host}
    return event


def _time(value: Any) -> str:
    if not isinstance(value, str):
        raise NormaliseError("the audit record has no event_time that is a text")
    return from_iso_stamp(value.strip(), ZONES["UTC"])


def _put_user(event: Event, columns: dict[str, Any]) -> None:
    """The login that acted, and the login, user or role that was acted on."""
    if name := columns.get("server_principal_name") or columns.get("session_server_principal_name"):
        event["user"] = {"name": str(name)}
    if target := columns.get("target_server_principal_name") or columns.get("target_database_principal_name"):
        event.setdefault("user", {})["target"] = {"name": str(target)}
