"""Alerts as CSV: Snort 3's `alert_csv` and Snort 2's `csv`, each with the fields that it has by default."""

import csv

from normalise.sources.snort_ids.lines import Fields, end_of
from normalise.sources.snort_ids.moments import STAMP
from vagt.errors import NormaliseError

_SNORT_3 = "timestamp pkt_num proto pkt_gen pkt_len dir src_ap dst_ap rule action".split()
_SNORT_2 = (
    "timestamp gid sid rev msg proto src_addr src_port dst_addr dst_port eth_src eth_dst eth_len tcp_flags tcp_seq tcp_ack"
    " tcp_len tcp_win ttl tos ip_id dgm_len ip_len icmp_type icmp_code icmp_id icmp_seq"
).split()
_NUMBERS = frozenset(
    "pkt_num pkt_len gid sid rev src_port dst_port ttl tos ip_id dgm_len ip_len icmp_type icmp_code icmp_id icmp_seq"
    " priority".split()
)


def read_row(text: str) -> Fields:
    """The fields of a line. Raises NormaliseError for one that has other columns than either has by default."""
    try:
        row = next(csv.reader([text], skipinitialspace=True, strict=True))
    except (csv.Error, StopIteration) as error:
        raise NormaliseError(f"no CSV: {error}"[:100]) from None
    names = {len(_SNORT_3): _SNORT_3, len(_SNORT_2): _SNORT_2}.get(len(row))
    if names is None or STAMP.match(row[0]) is None:
        raise NormaliseError(f"CSV of {len(row)} columns: Snort's alert_csv must write its default fields, or JSON")
    fields: Fields = {}
    for name, value in zip(names, map(str.strip, row), strict=True):
        if value:
            fields[name] = int(value) if name in _NUMBERS and value.isdecimal() and len(value) < 16 else value
    return expand(fields)


def expand(fields: Fields) -> Fields:
    """Parts of what Snort 3 writes in one: `rule` is `gid:sid:rev`, `src_ap` address and port."""
    if isinstance(rule := fields.pop("rule", None), str):
        parts = rule.split(":")
        if len(parts) == 3 and all(part.isdecimal() and len(part) < 11 for part in parts):
            for name, part in zip(("gid", "sid", "rev"), parts, strict=True):
                fields.setdefault(name, int(part))
        else:
            fields["rule"] = rule
    for end in ("src", "dst"):
        joined = fields.pop(f"{end}_ap", None)
        if isinstance(joined, str):
            address, port = end_of(joined)
            fields.setdefault(f"{end}_addr", address)
            if port:  # 0 where the protocol has none
                fields.setdefault(f"{end}_port", port)
    return fields
