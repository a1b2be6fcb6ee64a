"""Transport protocols by IANA number (https://www.iana.org/assignments/protocol-numbers) and by the names that logs use."""

NAMES = {
    "0": "hopopt", "1": "icmp", "2": "igmp", "4": "ipv4", "6": "tcp", "8": "egp", "9": "igp", "17": "udp", "27": "rdp",
    "33": "dccp", "41": "ipv6", "43": "ipv6-route", "44": "ipv6-frag", "46": "rsvp", "47": "gre", "50": "esp", "51": "ah",
    "58": "ipv6-icmp", "59": "ipv6-nonxt", "60": "ipv6-opts", "88": "eigrp", "89": "ospfigp", "94": "ipip", "103": "pim",
    "108": "ipcomp", "112": "vrrp", "115": "l2tp", "132": "sctp", "136": "udplite",
}  # fmt: skip
_OTHER_SPELLINGS = {"icmp6": "58", "icmpv6": "58", "icmp-v6": "58", "ospf": "89", "ipsec-esp": "50", "esp": "50"}
NUMBERS = {name: number for number, name in NAMES.items()} | _OTHER_SPELLINGS


def transport_fields(protocol: str) -> dict[str, str]:
    """`network.transport` and `network.iana_number` of a protocol given by number or by name (any case); either may lack.

    A name is given in lower case as it stands, where it is not known; a number that has no name gives the number alone.
    """
    if protocol.isdecimal():
        name = NAMES.get(protocol)
        return {"iana_number": protocol} if name is None else {"iana_number": protocol, "transport": name}
    lower = protocol.lower()
    number = NUMBERS.get(lower)
    return {"transport": lower} if number is None else {"iana_number": number, "transport": NAMES[number]}
