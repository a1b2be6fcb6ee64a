"""How Kafka is reached: from the settings to what each client library is given, and from their errors to ours.

Files are read and checked here, so that a wrong one is named by its setting before anything connects. No secret is logged.
"""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from vagt.errors import DependencyError, SettingsError
from vagt.settings.bus import KafkaSettings

_PROTOCOLS = {"tls": "SSL", "sasl_tls": "SASL_SSL", "plaintext": "PLAINTEXT"}
_ADVICE = {
    "tls": "is it up, is its certificate of the authority in bus.kafka.ca_file, and does it trust bus.kafka.certificate_file?",
    "sasl_tls": "is it up, and are bus.kafka.user, password_file and ca_file right? (a wrong password may show as a time-out)",
    "plaintext": "is it up, and does it listen there without TLS?",
}
_FIRST_BACKOFF_MS = 100
_LAST_BACKOFF_MS = 2_000  # a broker that comes back is found within this


def secret(path: Path, setting: str) -> str:
    """What the file holds. Raises SettingsError that names the setting."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{setting}: cannot read {path}: {_reason(error)}") from None
    if not text:
        raise SettingsError(f"{setting}: {path} is empty")
    return text


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else "it is not text in UTF-8"


def tls_context(settings: KafkaSettings) -> ssl.SSLContext:
    """Brokers and their host names are checked; TLS 1.2 or newer. Raises SettingsError that names a bad file's setting."""
    context = _RereadContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.ca_file is None:
        context.load_default_certs()
    else:
        _load(context.load_verify_locations, "bus.kafka.ca_file", settings.ca_file)
    if settings.certificate_file is not None and settings.key_file is not None:
        context.files = (settings.certificate_file, settings.key_file)
        _load(context.load_files, "bus.kafka.certificate_file and key_file", *context.files)
    return context


def _load(load: Callable[..., None], setting: str, *paths: Path) -> None:
    named = ", ".join(str(path) for path in paths)
    try:
        for path in paths:
            path.open("rb").close()  # OpenSSL's own error does not say which file
        load(*paths)
    except ssl.SSLError as error:
        raise SettingsError(f"{setting}: {named}: no PEM that can be used ({error.reason or 'no certificate in it'})") from None
    except OSError as error:
        raise SettingsError(f"{setting}: cannot read {error.filename or named}: {error.strerror}") from None


class _RereadContext(ssl.SSLContext):
    """A certificate that was replaced on the disk is the next connection's."""

    files: tuple[Path, Path] | None = None
    read_at: tuple[int, ...] = ()

    def load_files(self, certificate: Path, key: Path) -> None:
        """Read them; an encrypted key is an error, not a question at the terminal."""
        self.read_at = changed_at(certificate, key)
        self.load_cert_chain(certificate, key, password="")

    def wrap_socket(self, *arguments: Any, **named: Any) -> ssl.SSLSocket:
        """As the base's."""
        if self.files is not None and changed_at(*self.files) != self.read_at:
            self.load_files(*self.files)
        return super().wrap_socket(*arguments, **named)


def changed_at(*paths: Path | None) -> tuple[int, ...]:
    """When the files were last written; a file that is away counts as 0."""
    return tuple(path.stat().st_mtime_ns if path is not None and path.exists() else 0 for path in paths)


def credentials_changed_at(settings: KafkaSettings) -> tuple[int, ...]:
    """When the files that a client has read were last written."""
    return changed_at(settings.ca_file, settings.certificate_file, settings.key_file, settings.password_file)


def python_options(settings: KafkaSettings) -> dict[str, Any]:
    """What every client of kafka-python is given. Raises SettingsError."""
    milliseconds = int(settings.request_timeout_seconds * 1000)
    options: dict[str, Any] = {
        "bootstrap_servers": list(settings.bootstrap_servers),
        "client_id": "vagt",
        "security_protocol": _PROTOCOLS[settings.security],
        "request_timeout_ms": milliseconds,
        "bootstrap_timeout_ms": milliseconds,
        "reconnect_backoff_ms": _FIRST_BACKOFF_MS,
        "reconnect_backoff_max_ms": _LAST_BACKOFF_MS,
        "metadata_max_age_ms": int(settings.metadata_seconds * 1000),
    }
    if settings.security != "plaintext":
        options["ssl_context"] = tls_context(settings)
    if settings.security == "sasl_tls" and settings.password_file is not None:
        options |= {
            "sasl_mechanism": settings.mechanism,
            "sasl_plain_username": settings.user,
            "sasl_plain_password": secret(settings.password_file, "bus.kafka.password_file"),
        }
    return options


def confluent_options(settings: KafkaSettings) -> dict[str, Any]:
    """What every client of confluent-kafka is given. Raises SettingsError."""
    options: dict[str, Any] = {
        "bootstrap.servers": ",".join(settings.bootstrap_servers),
        "client.id": "vagt",
        "security.protocol": _PROTOCOLS[settings.security],
        "reconnect.backoff.ms": _FIRST_BACKOFF_MS,
        "reconnect.backoff.max.ms": _LAST_BACKOFF_MS,
        "topic.metadata.refresh.interval.ms": int(settings.metadata_seconds * 1000),
        "log_level": 2,  # what goes wrong is told by our errors
    }
    if settings.security != "plaintext":
        tls_context(settings)  # the same files, with an error that names the setting
        options["ssl.ca.location"] = str(settings.ca_file or "probe")
        if settings.certificate_file is not None:
            options["ssl.certificate.location"] = str(settings.certificate_file)
            options["ssl.key.location"] = str(settings.key_file)
    if settings.security == "sasl_tls" and settings.password_file is not None:
        options |= {
            "sasl.mechanism": settings.mechanism,
            "sasl.username": settings.user,
            "sasl.password": secret(settings.password_file, "bus.kafka.password_file"),
        }
    return options


Client = TypeVar("Client")


def connected(make: Callable[..., Client], settings: KafkaSettings, **options: Any) -> Client:
    """A client of kafka-python. Raises DependencyError, and then leaves no thread or socket behind."""
    parts: list[KafkaNetClient] = []

    def network(**configuration: Any) -> KafkaNetClient:
        parts.append(KafkaNetClient(**configuration))
        return parts[-1]

    try:
        return make(**python_options(settings), kafka_client=network, **options)
    except (KafkaError, OSError) as error:
        for part in parts:
            part.close()
        raise away(settings, error) from None


def away(settings: KafkaSettings, error: object) -> DependencyError:
    """Kafka does not serve us: says where, why, and what to look at."""
    places = ", ".join(settings.bootstrap_servers)
    return DependencyError(f"Kafka at {places} does not serve us: {error}; {_ADVICE[settings.security]}")


def forbidden(settings: KafkaSettings, what: str) -> DependencyError:
    """The brokers' access control refuses us."""
    places = ", ".join(settings.bootstrap_servers)
    return DependencyError(f"Kafka at {places} does not allow us {what}; an administrator grants it with `vagt kafka setup`")
