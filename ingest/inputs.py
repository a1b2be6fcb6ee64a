"""Which inputs the settings ask for, checked before any is started: tenants exist, ports are free, no token in the clear."""

from collections.abc import Iterator
from ipaddress import ip_address
from socket import SOCK_DGRAM, SOCK_STREAM
from ssl import CERT_OPTIONAL, CERT_REQUIRED

from ingest.journal import journal_fault
from ingest.listening import Certificates, Port, bind
from ingest.own_logs import OwnLogs, own_logs
from vagt.errors import SettingsError
from vagt.settings.ingest import GelfListener, HttpSettings, IngestSettings, Listener, NetflowListener, SyslogListener
from vagt.tenants import Tenants


def check_tenants(settings: IngestSettings, tenants: Tenants) -> None:
    """Raises SettingsError for a tenant that the unit does not serve; the message says where it stands."""
    for where, tenant in _named_tenants(settings):
        try:
            tenants.require(tenant)
        except SettingsError as error:
            raise SettingsError(f"{where}: {error}") from None


def _named_tenants(settings: IngestSettings) -> Iterator[tuple[str, str]]:
    for where, listener in listeners(settings):
        where = f"ingest.{where}"
        yield from ((f"{where}.clients", one.tenant) for one in listener.clients)
        yield from ((f"{where}.networks", one.tenant) for one in listener.networks)
        if listener.tenant is not None:
            yield f"{where}.tenant", listener.tenant
    for number, flows in enumerate(settings.netflow):
        yield from ((f"ingest.netflow.{number}.networks", one.tenant) for one in flows.networks)
        if flows.tenant is not None:
            yield f"ingest.netflow.{number}.tenant", flows.tenant
    yield from (("ingest.http.tokens", one.tenant) for one in settings.http.tokens)
    yield from (("ingest.http.clients", one.tenant) for one in settings.http.clients)
    yield from (("ingest.files", one.tenant) for one in settings.files if one.tenant is not None)
    yield from (("ingest.sources", one.tenant) for one in settings.sources if one.tenant is not None)
    if settings.journal.tenant is not None:
        yield "ingest.journal.tenant", settings.journal.tenant


def listeners(settings: IngestSettings) -> Iterator[tuple[str, SyslogListener | GelfListener]]:
    """Every syslog and GELF listener, with its name: `syslog.0`, `gelf.0`."""
    yield from ((f"syslog.{number}", listener) for number, listener in enumerate(settings.syslog))
    yield from ((f"gelf.{number}", listener) for number, listener in enumerate(settings.gelf))


def listener_port(listener: Listener, name: str) -> Port:
    """Bind one listener's port."""
    setting = f"ingest.{name}"
    certificates = Certificates(listener.tls, setting, CERT_REQUIRED) if listener.tls is not None else None
    kind = SOCK_DGRAM if listener.protocol == "udp" else SOCK_STREAM
    return Port(setting, bind(listener.host, listener.port, kind, setting), certificates)


def netflow_port(listener: NetflowListener, number: int) -> Port:
    """Bind one port for flows."""
    setting = f"ingest.netflow.{number}"
    return Port(setting, bind(listener.host, listener.port, SOCK_DGRAM, setting), None)


def http_port(http: HttpSettings) -> Port:
    """Bind the HTTP listener's port. Raises SettingsError where tokens would travel in the clear and nobody asked for that."""
    setting = "ingest.http"
    if http.tls is None and not http.allow_plain and not _is_loopback(http.host):
        raise SettingsError(
            f"{setting}.host is {http.host}: tokens would travel in the clear; set {setting}.tls, or {setting}.allow_plain "
            "where something before it does TLS"
        )
    certificates = Certificates(http.tls, setting, CERT_OPTIONAL) if http.tls is not None else None
    return Port(setting, bind(http.host, http.port, SOCK_STREAM, setting), certificates)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def local_inputs(settings: IngestSettings) -> OwnLogs:
    """The files and the journal to follow: those of the settings, or, where they name none, this machine's own.

    Raises SettingsError for a journal that is asked for and cannot be read.
    """
    journal = settings.journal
    if journal.enabled and (fault := journal_fault(journal)) is not None:
        raise SettingsError(f"ingest.journal.enabled: {fault}")
    if settings.files or not settings.own_logs:
        return OwnLogs(settings.files, journal if journal.enabled else None, ())
    return own_logs(journal)
