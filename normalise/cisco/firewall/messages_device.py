"""Messages about the firewall itself: failover, start and stop, interfaces, licences, memory, certificates, modules."""

# ruff: noqa: E501  (a text stays on one line, to be compared with the guide)
from normalise.cisco.firewall.meanings import (
    DEVICE,
    DEVICE_CHANGE,
    DEVICE_ERROR,
    FAILOVER,
    REBOOT,
)
from normalise.cisco.firewall.shapes import Row

DEVICE_MESSAGES: tuple[Row, ...] = (
    (
        "104001 104002",
        r"\((?P<failover_unit>[\w-]+)\) Switching to (?P<failover_state>\w+)(?: \(cause: (?P<event_reason>.*?)\)|.*)$",
        FAILOVER,
    ),
    ("104003 104004", r"\((?P<failover_unit>[\w-]+)\) Switching to (?P<failover_state>\w+)", FAILOVER),
    (
        "101001-101005 102001 103001-103008 105001-105050 709001-709007",
        r"\((?P<failover_unit>[\w-]+)\) (?P<event_reason>.*?)(?: on interface <on_if>)?\.?$",
        FAILOVER,
    ),
    ("199001", r"Reload command executed from (?P<console>\w+) \(remote <s>\)", REBOOT),
    ("199002 199006", r"(?:Startup completed|Orderly reload)", REBOOT),
    ("201008", r"(?P<event_reason>Disallowing new connections)", DEVICE_ERROR),
    ("211001-211005", r"(?P<event_reason>.*)", DEVICE_ERROR),
    ("321001-321007", r"(?P<event_reason>.*)", DEVICE_ERROR),
    (
        "411001-411004",
        r"(?P<line>Line protocol on Interface|Interface) <on_if>,? ?(?:changed state to|is) (?:administratively )?(?P<link_state>\w+)",
        DEVICE_CHANGE,
    ),
    ("414001-414008", r"(?P<event_reason>.*)", DEVICE_ERROR),
    ("444005", r"(?P<event_reason>.*will expire in (?P<days_left>\d+) days)", DEVICE),
    ("505001-505016", r"Module (?P<module>[^,\s]+),? (?P<event_reason>.*)", DEVICE_CHANGE),
    ("717009 717027", r"Certificate (?:chain )?(?:failed validation|validation failed)\.? ?(?P<event_reason>.*)", DEVICE_ERROR),
    (
        "717054",
        r"The (?P<certificate>.*?) certificate in the trustpoint (?P<trust_point>\S+) is due to expire in (?P<days_left>\d+) days",
        DEVICE,
    ),
    ("717055", r"The (?P<certificate>.*?) certificate in the trustpoint (?P<trust_point>\S+) has expired", DEVICE_ERROR),
)
