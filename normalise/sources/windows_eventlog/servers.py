"""What servers write to Windows' logs: SQL Server, Exchange, AD DS, AD FS, certification authorities, LAPS."""

from typing import Any

from normalise.endpoints import split_endpoint
from normalise.microsoft.sqlserver_audit import audit_event, is_audit
from normalise.sources.windows_eventlog.meaning import Meanings, by_writer, placed, says, unnamed
from normalise.sources.windows_eventlog.objects import account
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

Fields = dict[str, Any]
_AUDIT = "audit_schema_version:"
_LONGEST_AUDIT = 65_536


def _login(event: Event, data: Fields) -> None:
    """18450 to 18488: the login, the reason, and ` [CLIENT: 192.0.2.7]` (in Danish KLIENT), as strings without names."""
    if (name := unnamed(data, 1)) is not None:
        event["user"] = {"name": name}
    for place in (2, 3):
        value = unnamed(data, place)
        if value is None:
            continue
        reason, mark, client = value.rpartition("[")
        ip = split_endpoint(client.rpartition(": ")[2].rstrip("]"))[0] if mark else None
        if ip is not None:
            event["source"] = {"ip": ip}
        else:
            reason = value
        reason = reason.partition(": ")[2].strip() or reason.strip()
        if reason and event["event"].get("outcome") == "failure":
            event["event"]["reason"] = reason


def _audited(event: Event, data: Fields) -> None:
    """33205: a record of SQL Server Audit, one `name:value` a line; an action's meaning is that of the audit file's."""
    text = unnamed(data, 1) or event.get("message", "")
    record: Fields = {}
    name = ""
    start = text.find(_AUDIT) if type(text) is str else -1
    for line in text[start : start + _LONGEST_AUDIT].splitlines() if start >= 0 else ():
        found, mark, value = line.partition(":")
        if line == ".":
            break
        if mark and found.isidentifier() and found.islower():
            name = found
            record[name] = value.strip()
        elif name:  # a statement of several lines
            record[name] += "\n" + line
    if not is_audit(record):
        return
    try:
        audit = audit_event(record)
    except NormaliseError:
        return
    audit["event"].pop("code", None)
    audit.pop("@timestamp", None)
    audit.pop("host", None)
    event["event"] |= audit.pop("event")
    event |= audit


_SQL_FAILURES = (
    "18450 18451 18452 18456 18458 18459 18460 18461 18462 18463 18464 18465 18466 18467 18468 18470 18486 18487 18488"
)
SQL_SERVER: Meanings = {
    "33205": says("database-audited", "database/info", _audited),
    **{
        code: says("login-succeeded", "authentication database/start", _login, "success")
        for code in ("18453", "18454", "18455")
    },
    **{code: says("login-failed", "authentication database/start", _login, "failure") for code in _SQL_FAILURES.split()},
    "15281": says("procedure-blocked", "database/access", outcome="failure"),
    "15457": says("configuration-option-changed", "configuration database/change"),
    "8128": says("extended-procedure-loaded", "database/access", placed(file="#1")),
    "17137": says("database-started", "database/info"),
    "18264": says("database-backed-up", "database/access", outcome="success"),
    "3041": says("database-backed-up", "database/access", outcome="failure"),
    "5084": says("database-option-set", "configuration database/change"),
}


_READING = ("Get-", "Search-", "Test-", "Export-")


def _cmdlet(event: Event, data: Fields) -> None:
    """Command, parameters, who (`domain/OU/name`), SIDs, where it came from, process."""
    command, parameters = unnamed(data, 1), unnamed(data, 2)
    if command is not None:
        if command.startswith(_READING):
            event["event"]["type"] = ["access"]
        event["process"] = {"command_line": f"{command} {parameters}" if parameters else command}
    user: Fields = {}
    if (path := unnamed(data, 3)) is not None:
        domain, cut, _ = path.partition("/")
        user["name"] = path.rpartition("/")[2]
        if cut:
            user["domain"] = domain
    if (sid := unnamed(data, 4)) is not None and sid.startswith("S-1-"):
        user["id"] = sid
    if user:
        event["user"] = user


EXCHANGE: Meanings = {
    "1": says("cmdlet-run", "configuration/change", _cmdlet, "success"),
    "6": says("cmdlet-run", "configuration/change", _cmdlet, "failure"),
}


def _bound(event: Event, data: Fields) -> None:
    """2889, 3039 and their like: `192.0.2.7:49152`, then the account that bound."""
    _set_client(event, unnamed(data, 1))
    if (user := account(unnamed(data, 2))) is not None:
        event["user"] = user


def _searched(event: Event, data: Fields) -> None:
    """1644: an expensive search; the client is the fifth string, its user the seventeenth where there is one."""
    _set_client(event, unnamed(data, 5))
    if (user := account(unnamed(data, 17))) is not None:
        event["user"] = user


def _set_client(event: Event, value: str | None) -> None:
    ip, port = split_endpoint(value) if value is not None else (None, None)
    if ip is not None:
        event["source"] = {"ip": ip} if port is None else {"ip": ip, "port": port}


_LDAP = "authentication/info"
DIRECTORY: Meanings = {
    "1000": says("directory-service-started", "host/start"),
    "1004": says("directory-service-stopped", "host/end"),
    "1083": says("replication-conflict", "iam/info"),
    "1317": says("ldap-connection-closed", "network/connection end", _bound),
    "1644": says("ldap-search", "iam/info", _searched),
    "2041": says("entries-suppressed", "host/info"),
    "2886": says("unsigned-ldap-allowed", "configuration/info"),
    "2887": says("unsigned-ldap-counted", _LDAP),
    "2888": says("unsigned-ldap-refused-counted", _LDAP),
    "2889": says("unsigned-ldap-bind", _LDAP, _bound),
    "3039": says("ldap-bind-without-channel-binding", _LDAP, _bound),
    "3040": says("ldap-bind-without-channel-binding-counted", _LDAP),
    "3041": says("ldap-channel-binding-not-required", "configuration/info"),
    "3074": says("ldap-bind-without-channel-binding", _LDAP, _bound),
    "3075": says("ldap-bind-without-channel-binding", _LDAP, _bound),
}


def _between(xml: str, name: str) -> str | None:
    """The text of the first element of this name, of at most 1,024 characters."""
    start = xml.find(f"<{name}>")
    if start < 0:
        return None
    start += len(name) + 2
    end = xml.find("</", start, start + 1024)
    return xml[start:end].strip() or None if end > start else None


def _federated(event: Event, data: Fields) -> None:
    """1200 to 1207: XML in the second string."""
    xml = unnamed(data, 2) or unnamed(data, 1)
    if xml is None:
        return
    if (user := account(_between(xml, "UserId"))) is not None:
        event["user"] = user
    if (address := _between(xml, "IpAddress")) is not None:
        _set_client(event, address.partition(",")[0])
    if (agent := _between(xml, "UserAgentString")) is not None:
        event["user_agent"] = {"original": agent}
    if (party := _between(xml, "RelyingParty")) is not None:
        event["service"] = {"name": party}
    if (failure := _between(xml, "FailureType") or _between(xml, "ErrorCode")) not in (None, "None", "N/A"):
        event["event"]["reason"] = failure


_SIGN_IN = "authentication/start"
FEDERATION: Meanings = {
    "299": says("token-issued", _SIGN_IN, outcome="success"),
    "342": says("token-validation-failed", _SIGN_IN, outcome="failure"),
    "403": says("request-received", "web/access"),
    "404": says("response-sent", "web/access"),
    "411": says("token-validation-failed", _SIGN_IN, outcome="failure"),
    "412": says("token-authenticated", _SIGN_IN, outcome="success"),
    "500": says("issued-identity-reported", "iam/user info"),
    "501": says("caller-identity-reported", "iam/user info"),
    "510": says("federation-detail-reported", "authentication/info"),
    "1200": says("token-issued", _SIGN_IN, _federated, "success"),
    "1201": says("token-issued", _SIGN_IN, _federated, "failure"),
    "1202": says("credentials-validated", _SIGN_IN, _federated, "success"),
    "1203": says("credentials-validated", _SIGN_IN, _federated, "failure"),
    "1204": says("password-changed", "iam/user change", _federated, "success"),
    "1205": says("password-changed", "iam/user change", _federated, "failure"),
    "1206": says("signed-out", "authentication/end", _federated, "success"),
    "1207": says("signed-out", "authentication/end", _federated, "failure"),
    "1210": says("extranet-lockout", _SIGN_IN, _federated, "failure"),
}
# Numbers as in the provider's manifest (Windows Server 2008 R2) without the upper half, which Windows shows as qualifiers.
_asked = placed(user="SubjectName")
AUTHORITY: Meanings = {
    "26": says("certificate-service-started", "host/start"),
    "38": says("certificate-service-stopped", "host/end"),
    **{
        code: says("certificate-request-denied", "iam/info", placed(user="SubjectName", reason="Reason #2"), "failure")
        for code in ("7", "53")
    },
    **{code: says("certificate-issued", "iam/creation", _asked, "success") for code in ("6", "52")},
    **{code: says("certificate-request-denied", "iam/info", _asked, "failure") for code in ("56", "57")},
    **{code: says("certificate-request-pending", "iam/info", _asked) for code in ("8", "54")},
    "25": says("certificate-revoked", "iam/change", _asked),
    "100": says("certificate-service-not-started", "host/info", outcome="failure"),
}
_account = placed(user="UserName #1")
LAPS: Meanings = {
    "10003": says("password-policy-processing-started", "configuration/info"),
    "10004": says("password-policy-processed", "configuration/info", outcome="success"),
    "10005": says("password-policy-processed", "configuration/info", outcome="failure"),
    "10013": says("managed-account-missing", "iam/user info", outcome="failure"),
    "10018": says("password-stored-in-directory", "iam/user info", outcome="success"),  # Active Directory
    "10020": says("password-rotated", "iam/user change", _account, "success"),
    "10029": says("password-stored-in-directory", "iam/user info", outcome="success"),  # Entra ID
    "10031": says("managed-password-change-refused", "iam/user change", outcome="failure"),
    "10041": says("managed-password-used", "iam/user info"),
}


IIS_CONFIGURATION: Meanings = {
    "29": says("web-server-configuration-changed", "configuration/change", by_writer),
    "50": says("web-server-configuration-changed", "configuration/change", by_writer),
}


def meanings_of_sql(provider: str) -> Meanings | None:
    """An instance's provider has its name: `MSSQLSERVER`, `MSSQL$LØN`, and `…$AUDIT`."""
    return SQL_SERVER if provider.startswith("mssql") else None
