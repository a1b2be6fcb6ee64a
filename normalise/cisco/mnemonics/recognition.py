"""Whose a record with a mnemonic is: of IOS (XE, XR, a wireless controller), of NX-OS, or of another maker's device."""

import re
from datetime import UTC, datetime

from normalise.cisco.mnemonics.heads import Head, read_head
from vagt.errors import NormaliseError

_TAG = re.compile(
    rb"(?<![^\s:>\]])%([A-Z][A-Z0-9_]*)(?:-[A-Za-z0-9_]+){0,4}?-[0-7]-"
    rb"([A-Z_][A-Z0-9_]*[A-Z_][A-Z0-9_]*)(?: ?:|(?<=SYSTEM_MSG) |$)"
)
_LONGEST_HEAD = 512
_DAY = datetime(2000, 1, 1, 12, tzinfo=UTC)  # only the looks of the head matter here
# other products of Cisco's that write so: UCS, Unified Communications, and the firewalls
_OTHERS = frozenset(
    (b"ASA", b"FTD", b"NGIPS", b"PIX", b"FWSM", b"ACE", b"UCSM", b"CIMC", b"CCM_RTMT", b"UC_RTMT", b"UC", b"STKUNIT0")
)
_NXOS = frozenset(
    b"ACLLOG ACLMGR ACLQOS ADJMGR AMM ASCII-CFG AUTHPRIV BOOTVAR CFS CLIS DAEMON DEVICE_TEST ELTM ETHPC ETHPORT "
    b"ETH_PORT_CHANNEL ETH_PORT_SEC EVMED FS-DAEMON FWM IPQOSMGR KERN L2FM LICMGR LOG_ LOG_LOCAL0 LOG_LOCAL7 M2FIB MFDM "
    b"NETSTACK NOHMS OC_USD PFMA PIXM PORT-PROFILE QD RPM SATCTRL SECURITYD SNMPD U6RIB UFDM URIB USER VDC_MGR VIM "
    b"VLAN_MGR VMAN VMM VPC VSHD XBAR".split()
)
_SYSTEM = frozenset((b"SYSTEM_MSG", b"AAA_ACCOUNTING_MESSAGE"))  # mnemonics that only NX-OS has


def is_ios(body: bytes) -> bool:
    """Whether a record is of IOS, IOS XE, IOS XR or AireOS."""
    return _owner(body) == "ios"


def is_nxos(body: bytes) -> bool:
    """Whether a record is of NX-OS: its stamp begins with the year, or only NX-OS has the facility."""
    return _owner(body) == "nxos"


def _owner(body: bytes) -> str | None:
    global _last
    last, owner = _last
    if last is not body:
        owner = _find_owner(body)
        _last = body, owner
    return owner


_last: tuple[bytes, str | None] = b"", None  # both sources are asked for the same record


def _find_owner(body: bytes) -> str | None:
    tag = _TAG.search(body, 0, _LONGEST_HEAD + 128)
    if tag is None or tag[1] in _OTHERS or tag.start() > _LONGEST_HEAD:
        return None
    head = _head(body[: tag.start()])
    if head is None or head.loose:
        return None
    return "nxos" if head.year_first or tag[1] in _NXOS or tag[2] in _SYSTEM else "ios"


def _head(text: bytes) -> Head | None:
    try:
        return read_head(text.decode("utf-8", "replace"), _DAY, UTC)
    except NormaliseError:
        return None
