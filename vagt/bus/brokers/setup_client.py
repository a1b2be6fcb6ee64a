"""An administrator's connection to the brokers, and Kafka's errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import (
    AuthorizationError,
    InvalidReplicationFactorError,
    KafkaError,
    SaslAuthenticationFailedError,
    SecurityDisabledError,
)

from vagt.errors import DependencyError, SettingsError
from vagt.settings.bus import KafkaSettings

_PROTOCOLS = {"tls": "SSL", "sasl_tls": "SASL_SSL", "plaintext": "PLAINTEXT"}


@contextmanager
def administrator(settings: KafkaSettings) -> Iterator[KafkaAdminClient]:
    """A connection, closed afterwards. Raises SettingsError where we may not, DependencyError where Kafka is away."""
    place = ", ".join(settings.bootstrap_servers)
    with translated(place):
        client = KafkaAdminClient(**_options(settings))
    try:
        with translated(place):
            yield client
    finally:
        client.close()


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Kafka's errors as ours."""
    try:
        yield
    except SecurityDisabledError:
        raise SettingsError(
            f"the brokers at {place} control no access: set authorizer.class.name there, or name no bus.kafka.services"
        ) from None
    except (AuthorizationError, SaslAuthenticationFailedError) as error:
        raise SettingsError(
            f"Kafka at {place} does not let us ({type(error).__name__}): run this with an administrator's certificate or user"
        ) from None
    except InvalidReplicationFactorError:
        raise SettingsError(f"bus.kafka.replication: Kafka at {place} has fewer brokers than that") from None
    except (KafkaError, OSError) as error:
        raise DependencyError(f"Kafka at {place}: {type(error).__name__}: {error}") from None


def secret(path: Path, setting: str) -> str:
    """What the file holds. Raises SettingsError."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{setting}: cannot read {path}: {error}") from None
    if not text:
        raise SettingsError(f"{setting}: {path} is empty")
    return text


def _options(settings: KafkaSettings) -> dict[str, Any]:
    milliseconds = int(settings.request_timeout_seconds * 1000)
    options: dict[str, Any] = {
        "bootstrap_servers": list(settings.bootstrap_servers),
        "client_id": "vagt-setup",
        "security_protocol": _PROTOCOLS[settings.security],
        "request_timeout_ms": milliseconds,
        "bootstrap_timeout_ms": milliseconds,
    }
    files = {"ssl_cafile": settings.ca_file, "ssl_certfile": settings.certificate_file, "ssl_keyfile": settings.key_file}
    options |= {name: str(path) for name, path in files.items() if path is not None}
    if settings.security == "sasl_tls" and settings.password_file is not None:
        options |= {
            "sasl_mechanism": settings.mechanism,
            "sasl_plain_username": settings.user,
            "sasl_plain_password": secret(settings.password_file, "bus.kafka.password_file"),
        }
    return options
