"""Logs of IOS in, ECS events with `cisco.ios.*` out; `normalise/cisco/mnemonics/` reads the messages."""

from normalise.cisco.mnemonics.reading import build_parse
from normalise.cisco.mnemonics.recognition import is_ios
from normalise.source import Source

SOURCE = Source(
    id="cisco.ios",
    title="Cisco IOS, IOS XE, IOS XR and wireless controllers",
    parse=build_parse("ios", "IOS"),
    marks=(b"%",),
    recognise=is_ios,
    rank=25,
    ordered=False,
)
