"""Rules as text, for the tests of correlations and exceptions."""

BASE = """
title: Failed login
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a01
name: failed_login
taxonomy: ecs
level: low
tags: [attack.t1110]
logsource: {product: linux, service: linux.auth}
detection:
    s: {event.action: ssh_login, event.outcome: failure}
    condition: s
"""


def correlated(condition: str, timespan: str, kind: str = "event_count", scope: str = "tenant", more: str = "") -> str:
    """BASE and a correlation of it by source address."""
    if not condition.startswith("{"):
        condition = f"\n        {condition}"
    return f"""{BASE}
---
title: Many failed logins
id: 6f7d5d6e-1d53-4c5f-9d22-0d7d8c3b1a02
taxonomy: ecs
level: high
tags: [attack.t1110.001]
vagt.scope: {scope}
vagt.first_action: credential_attack
correlation:
    type: {kind}
    rules: failed_login
    group-by: source.ip
    timespan: {timespan}
    condition: {condition}
{more}"""
