"""One incident as a STIX 2.1 bundle for one target: minimised, marked, and with ids that let it be sent again and updated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from cert_bridge.minimise import Minimiser, Observed, clean_text
from cert_bridge.stix_objects import (
    INCIDENT_EXTENSION,
    OUR_NAMESPACE,
    STABLE_SINCE,
    Stix,
    account_object,
    address_object,
    domain_object,
    file_object,
    observable,
    own_id,
    stable_object,
    tlp_marking,
)
from vagt.contracts.event import Event
from vagt.contracts.incident import Incident, IncidentRule, RuleText

_MOST_OBSERVABLES = 400
_CRITICALITY = {"P1": 90, "P2": 60, "P3": 30}
_STATUS = {"new": "new", "closed": "closed", "resolved": "closed"}
_DETERMINATION = {"false_positive": "false-positive", "benign": "low-value"}  # a true positive may have failed: suspected


@dataclass(frozen=True, slots=True)
class Bundle:
    """`document` is the bundle; `content_hash` is the same for bundles that say the same; `withheld`: reason -> how often."""

    document: Stix
    content_hash: str
    withheld: dict[str, int]


def build_bundle(
    incident: Incident, findings: Sequence[Event], minimiser: Minimiser, unit: tuple[str, str], rule_text: RuleText | None
) -> Bundle:
    """The bundle of `incident` with its `findings` (alert documents). `unit` is the unit's id and name."""
    return _Builder(incident, findings, minimiser, unit, rule_text).build()


class _Builder:
    def __init__(
        self,
        incident: Incident,
        findings: Sequence[Event],
        minimiser: Minimiser,
        unit: tuple[str, str],
        rule_text: RuleText | None,
    ) -> None:
        self.incident = incident
        self.findings = findings
        self.minimiser = minimiser
        self.unit = unit
        self.rule_text = rule_text
        self.marking = tlp_marking(minimiser.target.tlp)
        # The incident's own id is made of tenant, group key and time: guesses could be tested against it, so it is keyed first.
        self.key = minimiser.pseudonyms.of("incident", incident["tenant"], incident["id"])
        self.seen = minimiser.observe(findings)
        self.seen.names.add(_entity_name(incident["entity"]))
        self.objects: dict[str, Stix] = {}
        self.author = self._identity(unit[1], "organization", "unit", unit[0], unit[1], sectors=["government-local"])

    def build(self) -> Bundle:
        where = self._municipality()
        patterns = self._attack_patterns()
        for rule in self.incident["rules"]:
            self._sighting(rule, where, patterns)
        systems = [self._system(name) for name in sorted(self.seen.hosts | self.seen.zones)]
        told = self._incident()
        self._note(told)
        self._report(told, [where, *systems])
        objects = [self.marking, *self.objects.values()]
        digest = _content_hash(objects)
        bundle_id = own_id("bundle", self.minimiser.target.name, digest)
        return Bundle({"type": "bundle", "id": bundle_id, "objects": objects}, digest, dict(self.seen.withheld))

    def _put(self, stix: Stix) -> str:
        stix["object_marking_refs"] = [self.marking["id"]]
        if stix["type"] != "identity" and "created" in stix:
            stix["created_by_ref"] = self.author
        self.objects.setdefault(stix["id"], stix)
        return str(stix["id"])

    def _clean(self, text: str) -> str:
        return clean_text(text, self.seen.names)

    def _identity(self, name: str, identity_class: str, *parts: str, **more: Any) -> str:
        fields = {"name": name, "identity_class": identity_class, **more}
        return self._put(self._stable("identity", (identity_class, *parts), fields))

    def _municipality(self) -> str:
        tenant = self.incident["tenant"]
        if tenant == self.unit[0]:
            return self.author
        name = self.incident["tenant_name"]
        if self.minimiser.target.municipality == "pseudonym":
            name = self.minimiser.pseudonyms.of("municipality", "", tenant)
        return self._identity(name, "organization", "municipality", name, sectors=["government-local"])

    def _system(self, pseudonym: str) -> str:
        return self._identity(pseudonym, "system", pseudonym)

    def _attack_patterns(self) -> dict[str, str]:
        if not self.minimiser.sees("techniques"):
            return {}
        return {technique: self._attack_pattern(technique) for technique in self.incident["techniques"]}

    def _attack_pattern(self, technique: str) -> str:
        link = f"https://attack.mitre.org/techniques/{technique.replace('.', '/')}"
        reference = {"source_name": "mitre-attack", "external_id": technique, "url": link}
        fields = {"name": technique, "external_references": [reference]}
        return self._put(self._stable("attack-pattern", (technique,), fields))

    def _sighting(self, rule: IncidentRule, where: str, patterns: Mapping[str, str]) -> None:
        mine = [finding for finding in self.findings if finding["rule"]["id"] == rule["id"]]
        if not mine:
            return
        first = min(finding["event"]["start"] for finding in mine)
        last = max(finding["event"]["end"] for finding in mine)
        count = sum(max(1, int(finding["vagt"]["finding"].get("count") or 1)) for finding in mine)
        observed = self._observed_data(rule, mine, first, last, count)
        target = self._indicator(rule, mine[0]) or self._technique_of(mine[0], patterns)
        if target is None:
            return
        fields = {
            "sighting_of_ref": target,
            "where_sighted_refs": [where],
            "observed_data_refs": [observed] if observed else [],
            "first_seen": first,
            "last_seen": max(first, last),
            "count": min(count, 999_999_999),
        }
        self._put(self._versioned("sighting", (rule["id"],), fields))

    def _versioned(self, kind: str, parts: Sequence[str], fields: Mapping[str, Any]) -> Stix:
        return domain_object(kind, (self.unit[0], self.key, *parts), self.incident["created"], self.incident["updated"], fields)

    def _stable(self, kind: str, parts: Sequence[str], fields: Mapping[str, Any]) -> Stix:
        """Its mark is part of its id: another mark is another object."""
        return stable_object(kind, (self.unit[0], self.minimiser.target.tlp, *parts), fields)

    def _observed_data(self, rule: IncidentRule, mine: Sequence[Event], first: str, last: str, count: int) -> str | None:
        refs = [self._put(stix) for stix in _observables(self.minimiser.observe(mine))[:_MOST_OBSERVABLES]]
        if not refs:
            return None
        fields = {
            "first_observed": first,
            "last_observed": max(first, last),
            "number_observed": min(count, 999_999_999),
            "object_refs": refs,
        }
        return self._put(self._versioned("observed-data", (rule["id"],), fields))

    def _indicator(self, rule: IncidentRule, finding: Event) -> str | None:
        """The rule itself, where it is our own; a public one is named in the note."""
        text = self.rule_text(rule["id"]) if self.rule_text is not None and self.minimiser.sees("rules") else None
        if text is None:
            return None
        if self._clean(text) != text:
            self.seen.withheld["rule that names an account, host or municipality"] += 1
            return None
        version = str(finding["vagt"]["finding"].get("rule_hash") or sha256(text.encode()).hexdigest())
        fields = {
            "name": self._clean(rule["name"]),
            "indicator_types": ["anomalous-activity"],
            "pattern": text,
            "pattern_type": "sigma",
            "valid_from": STABLE_SINCE,
        }
        return self._put(self._stable("indicator", (rule["id"], version), fields))

    def _technique_of(self, finding: Event, patterns: Mapping[str, str]) -> str | None:
        ids = ((finding.get("threat") or {}).get("technique") or {}).get("id") or []
        return next((patterns[one] for one in ids if one in patterns), None)

    def _incident(self) -> str:
        incident = self.incident
        extension = {
            "extension_type": "property-extension",
            "determination": _DETERMINATION.get(incident["verdict"] or "", "suspected"),
            "investigation_status": _STATUS.get(incident["state"], "open"),
            "criticality": _CRITICALITY[incident["priority"]],
            "detection_methods": ["automated-tool"],
        }
        fields = {
            "name": f"{incident['number']} {self._clean(incident['title'])}",
            "description": self._description(),
            "external_references": self._references(),
            "extensions": {INCIDENT_EXTENSION: extension},
        }
        return self._put(self._versioned("incident", (), fields))

    def _description(self) -> str:
        incident = self.incident
        return (
            f"Priority {incident['priority']}, level {incident['level']}, state {incident['state']}; "
            f"{incident['finding_count']} findings between {incident['first_finding_at']} and {incident['last_finding_at']}."
        )

    def _references(self) -> list[dict[str, str]]:
        """Rules by their id, public ones with the address that they name: the receiver can find them."""
        if not self.minimiser.sees("rules"):
            return []
        links = {finding["rule"]["id"]: finding["rule"].get("reference") for finding in self.findings}
        found = []
        for rule in self.incident["rules"]:
            reference = {"source_name": "sigma", "external_id": rule["id"], "description": self._clean(rule["name"])}
            link = links.get(rule["id"])
            if isinstance(link, str) and link.startswith("https://") and self._clean(link) == link:
                reference["url"] = link
            found.append(reference)
        return found

    def _note(self, told: str) -> None:
        """What plain receivers miss in an incident object: the extension is a draft."""
        incident = self.incident
        lines = [self._description()]
        if incident["verdict"]:
            lines.append(f"Verdict: {incident['verdict']}.")
        if incident["scope"] == "unit":
            lines.append("Seen across several municipalities.")
        controls = incident["controls"] if self.minimiser.sees("controls") else []
        if controls:
            lines.append(f"Controls concerned (mapping {incident['mapping_version']}): {', '.join(controls)}.")
        fields = {
            "abstract": f"{incident['number']}: state, priority and controls",
            "content": "\n".join(lines),
            "labels": [f"priority:{incident['priority']}", *controls],
            "object_refs": [told],
        }
        self._put(self._versioned("note", (), fields))

    def _report(self, told: str, more: Sequence[str]) -> None:
        refs = list(dict.fromkeys([told, *more, *self.objects]))
        fields = {
            "name": f"Incident {self.incident['number']}: {self._clean(self.incident['title'])}",
            "report_types": ["observed-data"],
            "published": self.incident["created"],
            "object_refs": refs,
        }
        self._put(self._versioned("report", (), fields))


def _observables(seen: Observed) -> list[Stix]:
    found = [address_object(address) for address in sorted(seen.addresses)]
    found += [observable("domain-name", {"value": domain}, "value") for domain in sorted(seen.domains)]
    found += [observable("url", {"value": url}, "value") for url in sorted(seen.urls)]
    found += [file_object(hashes) for hashes in sorted(seen.hashes)]
    return found + [account_object(account) for account in sorted(seen.accounts)]


def _entity_name(entity: str) -> str:
    kind, _, name = entity.partition(":")
    return name if kind in ("user", "host", "observer") else ""


def _content_hash(objects: Sequence[Stix]) -> str:
    """Over all that is said; `modified` is left out, as it says only that something was."""
    said = [{name: value for name, value in stix.items() if name != "modified"} for stix in objects]
    return sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS) + OUR_NAMESPACE.bytes).hexdigest()


def json_of(bundle: Bundle) -> bytes:
    """The bundle as JSON text."""
    return orjson.dumps(bundle.document)
