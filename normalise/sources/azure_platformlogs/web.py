"""Requests: Application Gateway, Front Door, App Service, Microsoft Graph, and what web application firewalls matched."""

from collections.abc import Callable
from typing import Any

from normalise.json_records import Object, object_of, text_of
from normalise.microsoft.azure import json_text, put_source
from normalise.urls import url_fields
from vagt.contracts.event import Event

_BLOCKED = ("block", "blocked", "deny", "jschallenge")


def first(properties: Object, *names: str) -> str:
    """The first of these fields that is a text or number, as text."""
    for name in names:
        value = properties.get(name)
        if value.__class__ is str and value:
            return str(value)
        if value.__class__ is int:
            return str(value)
    return ""


def put_http(event: Event, method: str, status: str, address: str, agent: str) -> None:
    """`http`, `url`, `user_agent`, and from the status the outcome."""
    inner = event["event"]
    http: dict[str, Any] = {}
    if method:
        http["request"] = {"method": method}
    if status.isdecimal() and len(status) <= 3:
        http["response"] = {"status_code": int(status)}
        inner["outcome"] = "failure" if int(status) >= 400 else "success"
    if http:
        event["http"] = http
    if address:
        event["url"] = url_fields(address)
    if agent:
        event["user_agent"] = {"original": agent}


def _access(event: Event, _: Object, properties: Object) -> None:
    event["event"]["category"], event["event"]["type"] = ["web"], ["access"]
    address = first(properties, "requestUri", "originalRequestUriWithArgs", "CsUriStem")
    if (query := first(properties, "requestQuery", "CsUriQuery")) and "?" not in address:
        address = f"{address}?{query}"
    status = first(properties, "httpStatus", "httpStatusCode", "ScStatus")
    agent = first(properties, "userAgent", "UserAgent")
    put_http(event, first(properties, "httpMethod", "CsMethod"), status, address, agent)
    host = first(properties, "originalHost", "hostName", "host", "CsHost")
    if host and "url" in event:
        event["url"].setdefault("domain", host)
    put_source(event, first(properties, "clientIP", "clientIp", "CIp"))
    if (port := properties.get("clientPort")).__class__ is int and "source" in event:
        event["source"]["port"] = port
    if user := first(properties, "CsUsername"):
        event["user"] = {"name": user}
    if version := first(properties, "httpVersion").rpartition("/")[2]:
        event.setdefault("http", {})["version"] = version


def _firewall(event: Event, _: Object, properties: Object) -> None:
    """A rule of a web application firewall; what only was detected is allowed."""
    inner = event["event"]
    action = first(properties, "action")
    inner["kind"], inner["category"] = "alert", ["intrusion_detection", "web"]
    low = action.lower()
    inner["type"] = ["denied" if low in _BLOCKED else "info" if low == "anomalyscoring" else "allowed"]
    inner["outcome"] = "success"
    if action:
        inner["action"] = action.lower()
    rule = {
        "id": first(properties, "ruleId", "ruleName"),
        "name": first(properties, "ruleName", "Message", "message"),
        "ruleset": first(properties, "ruleSetType", "policy"),
        "category": first(properties, "ruleGroup"),
    }
    event["rule"] = {name: value for name, value in rule.items() if value}
    details = object_of(properties.get("details"))
    if message := first(properties, "message", "Message") or first(details, "message", "msg"):
        event["message"] = message
    if address := first(properties, "requestUri"):
        event["url"] = url_fields(address)
        if host := first(properties, "hostname", "host"):
            event["url"].setdefault("domain", host)
    put_source(event, first(properties, "clientIp", "clientIP"))


def _graph(event: Event, _: Object, properties: Object) -> None:
    """Calls of Microsoft Graph by users and applications of the tenant."""
    event["event"]["category"], event["event"]["type"] = ["web"], ["access"]
    status, agent = first(properties, "responseStatusCode"), first(properties, "userAgent")
    put_http(event, first(properties, "requestMethod"), status, first(properties, "requestUri"), agent)
    put_source(event, first(properties, "ipAddress"))
    if identifier := first(properties, "userId", "servicePrincipalId"):
        event["user"] = {"id": identifier}


def _kubernetes(event: Event, _: Object, properties: Object) -> None:
    """The audit log of a cluster's API server: an object or its text in `log`."""
    log = properties.get("log")
    log = object_of(json_text(log) if log.__class__ is str else log)
    if log:
        event["azure"]["platformlogs"]["properties"]["log"] = log
    inner = event["event"]
    verb = text_of(log.get("verb"))
    inner["category"] = ["configuration"]
    inner["type"] = [_VERBS.get(verb, "info")]
    if verb:
        inner["action"] = verb
    status = object_of(log.get("responseStatus")).get("code")
    put_http(
        event, "", str(status) if status.__class__ is int else "", text_of(log.get("requestURI")), text_of(log.get("userAgent"))
    )
    addresses = log.get("sourceIPs")
    if addresses.__class__ is list and addresses:
        put_source(event, text_of(addresses[0]))
    if name := text_of(object_of(log.get("user")).get("username")):
        event["user"] = {"name": name}
    thing = object_of(log.get("objectRef"))
    kind = {"type": text_of(thing.get("resource")), "name": text_of(thing.get("name"))}
    event["orchestrator"] = {"type": "kubernetes", "resource": kind, "namespace": text_of(thing.get("namespace"))}


_VERBS = {
    "get": "access", "list": "access", "watch": "access", "create": "creation", "update": "change", "patch": "change",
    "delete": "deletion", "deletecollection": "deletion",
}  # fmt: skip

WEB: dict[str, Callable[[Event, Object, Object], None]] = {
    **dict.fromkeys(("applicationgatewayaccesslog", "frontdooraccesslog", "appservicehttplogs"), _access),
    **dict.fromkeys(("applicationgatewayfirewalllog", "frontdoorwebapplicationfirewalllog"), _firewall),
    "microsoftgraphactivitylogs": _graph,
    "kube-audit": _kubernetes,
    "kube-audit-admin": _kubernetes,
}
