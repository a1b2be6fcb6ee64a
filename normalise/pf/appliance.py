"""One syslog line of a pf firewall -> events: the filter log, logins and changes, services, and any other program."""

from datetime import tzinfo
from typing import Any

from normalise.carried import syslog_part
from normalise.conform import shared_part
from normalise.pf.filterlog import add_packet, firewall
from normalise.pf.logins import read_page
from normalise.pf.services import read_service
from normalise.sources.linux_auth.parser import PROGRAM_READERS
from normalise.sources.linux_auth.parser import parse as parse_auth
from normalise.sources.syslog_generic.parser import process_fields
from normalise.sources.syslog_generic.programs import describe
from normalise.sources.syslog_generic.record import Record, read_record
from vagt.contracts.event import Event
from vagt.contracts.raw import RawLog

_PAGES = frozenset(("php-fpm", "php", "audit", "api", "configd.py", "webgui", "lighttpd", "nginx"))


def parse_line(raw: RawLog, zone: tzinfo, vendor: str, product: str, names: tuple[str, str]) -> list[Event]:
    """One event; `names` are those of the vendor's object, `("netgate", "pfsense")`. Raises NormaliseError."""
    record = read_record(raw, zone)
    program = record.app or ""
    if "/" in program:
        program = program.rpartition("/")[2]
    name = record.host or ""
    if program in PROGRAM_READERS:
        events = parse_auth(raw, zone)
        for login in events:
            login["observer"] = shared_part("observer", firewall, vendor, product, name)
        return events
    event: Event = {"event": {}, "message": record.message.strip()}
    if program == "filterlog":
        event[names[0]] = {names[1]: add_packet(event, event["message"], (vendor, product, name))}
        event["process"] = process_fields(record)
    else:
        _add_program(event, record, program, vendor, product)
    if record.time is not None:
        event["@timestamp"] = record.time
    if record.host is not None:
        event["host"] = shared_part("host", _host, record.host)
    if record.severity is not None:
        event["log"] = shared_part("log", syslog_part, record.facility, record.severity)
    return [event]


def _add_program(event: Event, record: Record, program: str, vendor: str, product: str) -> None:
    event["observer"] = shared_part("observer", firewall, vendor, product, record.host or "")
    if record.app is not None:
        event["process"] = process_fields(record._replace(app=program))
    known = (program in _PAGES and read_page(event, record.message)) or read_service(event, program, record.message)
    if not known:
        describe(program, event["message"], event)
        if "category" not in event["event"]:
            event["event"].update(category=["host"], type=["info"])


def _host(name: str) -> dict[str, Any]:
    return {"name": name, "hostname": name}
