"""STIX 2.1 objects as dicts, with ids that are the same each time. References: STIX 2.1 OS (2021), TLP 2.0 marking definitions
and the Incident core extension (draft) of the OASIS common object repository.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

import orjson

Stix = dict[str, Any]

OBSERVABLE_NAMESPACE = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")  # STIX 2.1 §2.9: everyone's, hence pseudonyms first
OUR_NAMESPACE = UUID("6a0c2a54-1f0e-5f5e-9d0b-6d8f1c6f2f7e")
TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
INCIDENT_EXTENSION = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
STABLE_SINCE = "2026-01-01T00:00:00.000Z"  # created and modified of objects that never change: the same id, the same version
_TLP_IDS = {
    "CLEAR": "94868c89-83c2-464b-929b-a1a8aa3c8487",
    "GREEN": "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "AMBER": "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "AMBER+STRICT": "939a9414-2ddd-4d32-a0cd-375ea402b003",
    "RED": "e828b379-4e03-4974-9ac4-e53a884c97c1",
}
_HASH_ORDER = ("MD5", "SHA-1", "SHA-256", "SHA-512")  # STIX 2.1 §2.9: the first of these stands in a file's id


def tlp_marking(tlp: str) -> Stix:
    """The published TLP 2.0 marking definition of that name."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{_TLP_IDS[tlp]}",
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{tlp}",
        "extensions": {TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": tlp.lower()}},
    }


def own_id(kind: str, *parts: str) -> str:
    """The id of one of our own domain objects: the same parts, the same id."""
    return f"{kind}--{uuid5(OUR_NAMESPACE, chr(31).join((kind, *parts)))}"


def domain_object(kind: str, parts: Sequence[str], created: str, modified: str, fields: Mapping[str, Any]) -> Stix:
    """A domain or relationship object with our id."""
    identity = own_id(kind, *parts)
    common = {"type": kind, "spec_version": "2.1", "id": identity, "created": created, "modified": modified}
    return {**common, **{name: value for name, value in fields.items() if value not in (None, [], "")}}


def stable_object(kind: str, parts: Sequence[str], fields: Mapping[str, Any]) -> Stix:
    """A domain object that never changes once made: its id is made of all that it says."""
    return domain_object(kind, parts, STABLE_SINCE, STABLE_SINCE, fields)


def observable(kind: str, fields: Mapping[str, Any], *telling: str) -> Stix:
    """A cyber observable; `telling` are the fields that its id is made of (STIX 2.1 §6)."""
    name = orjson.dumps({field: fields[field] for field in telling}, option=orjson.OPT_SORT_KEYS).decode()
    return {"type": kind, "spec_version": "2.1", "id": f"{kind}--{uuid5(OBSERVABLE_NAMESPACE, name)}", **fields}


def address_object(address: str) -> Stix:
    """`ipv4-addr` or `ipv6-addr`."""
    return observable("ipv6-addr" if ":" in address else "ipv4-addr", {"value": address}, "value")


def file_object(hashes: Sequence[tuple[str, str]]) -> Stix:
    """A file by its hashes; no name: names of files name people."""
    known = dict(hashes)
    first = next(name for name in _HASH_ORDER if name in known)
    identity = observable("file", {"hashes": {first: known[first]}}, "hashes")["id"]
    return {"type": "file", "spec_version": "2.1", "id": identity, "hashes": known}


def account_object(pseudonym: str) -> Stix:
    """A user account under its pseudonym."""
    return observable("user-account", {"account_login": pseudonym}, "account_login")
