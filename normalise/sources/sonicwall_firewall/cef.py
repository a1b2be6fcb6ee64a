"""SonicOS' CEF (ArcSight): its keys to those of its key=value syslog, as the two lists of the guide name them.

Source: "SonicOS/X 7.0.1 Log Events Reference Guide", index of syslog tags, ArcSight column. Against the CEF standard the
`…Label` keys hold values of their own (`cs1Label`: the translated source address), `out` counts what the source sent, and
`app` is a number.
"""

from normalise.cef import Cef
from normalise.placing import places

PLACES = places(
    {
        "src": "source.ip", "srcV6": "source.ip", "spt": "source.port", "shost": "source.domain", "smac": "source.mac:mac",
        "cs1Label": "source.nat.ip", "natSrcV6": "source.nat.ip", "snpt": "source.nat.port",
        "dst": "destination.ip", "dstV6": "destination.ip", "dpt": "destination.port", "dhost": "destination.domain",
        "dmac": "destination.mac:mac", "cs2Label": "destination.nat.ip", "natDstV6": "destination.nat.ip",
        "dnpt": "destination.nat.port",
    }
)  # fmt: skip
_NAMES = {
    "cat": "c", "cnt": "n", "susr": "usr", "suser": "usr", "out": "sent", "in": "rcvd", "cn2Label": "spkt", "cn1Label": "rpkt",
    "cn3Label": "cdur", "cn1": "icmpType", "cn2": "icmpCode", "cs1": "rule", "cs2": "vpnpolicy", "cs3": "vpnpolicyDst",
    "cs4": "ifStats", "cs5": "npcs", "cs6": "note", "cs3Label": "srcZone", "cs4Label": "dstZone", "cs5Label": "sess",
    "cs6Label": "dur", "requestMethod": "op", "reason": "code", "fname": "filename",
}  # fmt: skip
_CATEGORY = " Category-"


def own_names(record: Cef) -> dict[str, str]:
    """The pairs by the names of the key=value syslog, where it has one; `request` as `dstname` and `arg`."""
    pairs = {_NAMES.get(key) or key.replace(".", "_"): value for key, value in record.extension.items()}
    number, mark, category = pairs.get("code", "").partition(_CATEGORY)
    if mark:  # reason=22 Category-"Computers"
        pairs["code"], pairs["Category"] = number, category.strip('"')
    if "://" not in (request := pairs.get("request", "")) and request:
        host, slash, path = pairs.pop("request").partition("/")
        pairs["dstname"], pairs["arg"] = host, slash + path
    return pairs
