"""Logs of NX-OS in, ECS events with `cisco.nxos.*` out; `normalise/cisco/mnemonics/` reads the messages."""

from normalise.cisco.mnemonics.reading import build_parse
from normalise.cisco.mnemonics.recognition import is_nxos
from normalise.source import Source

SOURCE = Source(
    id="cisco.nxos",
    title="Cisco NX-OS",
    parse=build_parse("nxos", "Nexus"),
    marks=(b"%",),
    recognise=is_nxos,
    rank=25,
    ordered=False,
)
