"""The bridge's wiring: incidents in, deliveries out."""

from collections.abc import Sequence
from datetime import datetime

from cert_bridge.intake import Intake
from cert_bridge.metrics import show_deliveries
from cert_bridge.pseudonyms import load_key
from cert_bridge.receipts import ROOM, to_ms
from cert_bridge.sender import Sender
from vagt.context import Context
from vagt.contracts.finding import ControlsFor
from vagt.contracts.incident import FindingsOf, RuleText
from vagt.contracts.stage import Outputs, Record, Stage
from vagt.topics import INCIDENTS

_SHOW_MS = 15_000


def build_cert_bridge(
    context: Context, findings_of: FindingsOf, controls_for: ControlsFor, rule_text: RuleText | None = None
) -> Stage:
    """Incidents to the targets of the settings. `findings_of` is triage's query, `rule_text` the Sigma text of our own rules
    (None: rules are named by their id), `controls_for` evidence's, for the finding that a failing delivery is."""
    intake = Intake(context, findings_of, rule_text, load_key(context.data_dir))
    sender = Sender(context, controls_for)
    expired: list[str] = []
    targets = tuple(target.name for target in context.settings.cert_bridge.targets)
    next_shown = [0]

    def step(records: Sequence[Record]) -> Outputs:
        intake.take(records)
        return Outputs()

    def tick(now: datetime) -> Outputs:
        sender.send_due(to_ms(now))
        if to_ms(now) >= next_shown[0]:
            show_deliveries(context.state, targets)
            next_shown[0] = to_ms(now) + _SHOW_MS
        day = now.date().isoformat()
        if expired != [day]:
            sender.expire(to_ms(now))
            expired[:] = [day]
        return Outputs()

    return Stage("cert_bridge", "cert_bridge", (INCIDENTS,), step, tick, room=ROOM, linger_seconds=0.5)
