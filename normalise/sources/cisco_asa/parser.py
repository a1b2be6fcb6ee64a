"""Logs of an ASA, FWSM or PIX in, ECS events with `cisco.asa.*` out; `normalise/cisco/firewall/` reads the messages."""

from normalise.cisco.firewall.reading import build_parse
from normalise.cisco.firewall.tags import has_number
from normalise.source import Source

SOURCE = Source(
    id="cisco.asa",
    title="Cisco ASA (and FWSM, PIX)",
    parse=build_parse("asa"),
    marks=(b"%ASA-", b"%FWSM-", b"%PIX-"),
    recognise=has_number(b"ASA|FWSM|PIX"),
    rank=20,
    ordered=False,
)
