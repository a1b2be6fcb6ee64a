"""A delivery that vagt gives up (a notification, a bundle for the CERT) is a finding: rule `vagt-delivery-failing`."""

import orjson

from vagt.attack import threat_for
from vagt.contracts.finding import ControlsFor, FindingInput, RuleInfo, make_finding
from vagt.contracts.stage import Message
from vagt.ids import content_id, finding_id
from vagt.topics import FINDINGS

DELIVERY_FAILING = RuleInfo(
    id="vagt-delivery-failing",
    title="A delivery of vagt fails",
    level="high",
    kind="pipeline",
    description="A notification or a bundle could not be delivered within its attempts and was given up.",
    tags=("vagt.delivery_failing",),
    falsepositives=("The receiver was taken down on purpose.",),
    first_action="delivery_failing",
)


def delivery_failing(
    tenant: str, tenant_name: str, target: str, reason: str, at: str, delivery: str, controls_for: ControlsFor
) -> Message:
    """The finding for `findings`: one for each tenant, target and day (`at`: ISO 8601); more of that day are its repeats."""
    facts = FindingInput(
        id=finding_id(DELIVERY_FAILING.id, tenant, target, at[:10]),
        tenant=tenant,
        tenant_name=tenant_name,
        entity=f"delivery:{target}",
        created=at,
        start=at,
        end=at,
        event_ids=[content_id(delivery.encode(), at.encode())],
        event={},
        group=target,
        matched_fields={"delivery.target": target, "error.message": reason},
        reason=f"Delivery to {target} was given up: {reason}",
    )
    document = make_finding(facts, DELIVERY_FAILING, controls_for, threat_for)
    key = f"{tenant}\x1f{facts.entity}".encode()
    return Message(FINDINGS, key, orjson.dumps(document), {"id": facts.id, "tenant": tenant})
