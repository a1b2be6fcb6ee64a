"""A UniFi device's model to `observer.type`.

By name (`USW-Pro-24`, `U7-Pro`) or by code (`USL8LP`, `U7PG2`, `UAL6`, `BZ2`); `USP…` are power supplies.
"""

import re

_KINDS = (
    (re.compile(r"US(?![GP])"), "switch"),
    (re.compile(r"U\d|UA(?:P|L\d|LR)|BZ2"), "access_point"),
    (re.compile(r"U(?:DM|DR|XG|CG|SG|GW)"), "firewall"),
)


def kind_of(model: str) -> str:
    """`switch`, `access_point`, `firewall`; empty for other devices (power supplies, bridges, phones)."""
    upper = model[:32].upper()
    return next((kind for pattern, kind in _KINDS if pattern.match(upper)), "")
