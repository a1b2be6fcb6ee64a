"""IDS alerts, scanned files and Air Marshal as ECS."""

from typing import Any

from normalise.sources.cisco_meraki.ends import put_ends
from normalise.sources.cisco_meraki.pairs import Pairs
from normalise.timestamps import from_epoch
from normalise.urls import url_fields
from vagt.contracts.event import Event
from vagt.errors import NormaliseError

_STOPPED = frozenset(("block", "blocked", "deny", "denied", "drop", "dropped"))


def add_ids_alert(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    """A Snort rule that matched; `decision` or `action` says whether it blocked."""
    values = pairs.values
    put_ends(event, values)
    verdict = (values.get("decision") or values.get("action") or "").lower()
    inner |= {"kind": "alert", "action": "ids-alerted", "category": ["intrusion_detection", "network"]}
    inner["type"] = ["denied" if verdict in _STOPPED else "allowed" if verdict.startswith("allow") else "info"]
    if verdict in _STOPPED:
        inner["outcome"] = "success"
    rule = {"id": values.get("signature", ""), "name": pairs.tail}
    event["rule"] = {name: value for name, value in rule.items() if value}
    if pairs.tail:
        event["message"] = pairs.tail
    if stamp := values.get("timestamp"):
        try:
            inner["start"] = from_epoch(stamp)
        except NormaliseError:  # it stays in the vendor's part
            return


def add_file(event: Event, inner: dict[str, Any], kind: str, pairs: Pairs) -> None:
    """A file that went by was looked up; a change of disposition says that one of the past is malicious after all."""
    values = pairs.values
    put_ends(event, values)
    action = "file-scanned" if kind.endswith("scanned") else "file-disposition-changed"
    malicious = values.get("disposition", "").lower() == "malicious"
    stopped = values.get("action", "").lower() in _STOPPED
    inner |= {"kind": "alert" if malicious else "event", "action": action}
    inner["category"] = ["malware" if malicious else "file", *(["network"] if stopped else [])]
    inner["type"] = ["info", "denied"] if stopped else ["info"]
    if stopped:
        inner["outcome"] = "success"
    if url := values.get("url"):
        event["url"] = url_fields(url)
    file: dict[str, Any] = {}
    if digest := values.get("sha256"):
        file["hash"] = {"sha256": digest}
    if path := event.get("url", {}).get("path"):
        name = path.rpartition("/")[2]
        if name:
            file["name"] = name
    if file:
        event["file"] = file
    if malicious and (name := values.get("name")):
        event["threat"] = {"software": {"name": name}}


def add_air_marshal(event: Event, inner: dict[str, Any], pairs: Pairs) -> None:
    """A foreign network seen in the air, or one that has our name."""
    values = pairs.values
    put_ends(event, values)
    kind = values.get("type", "air-marshal")
    inner |= {"kind": "alert" if "spoofing" in kind else "event", "action": kind.replace("_", "-")}
    inner |= {"category": ["network", "threat"], "type": ["info", "indicator"]}
    network: dict[str, Any] = {}
    if name := values.get("ssid"):
        network["name"] = name
    if vlan := values.get("vlan_id"):
        network["vlan"] = {"id": vlan}
    if network:
        event["network"] = network
