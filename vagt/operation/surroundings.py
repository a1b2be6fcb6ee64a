"""What a worker stands on: the space of its disks, and when the certificates of its settings end."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import structlog
from pydantic import BaseModel

from vagt import metrics
from vagt.settings import Settings

_SECONDS = 60.0
_PEM = ("certificate_file", "ca_file", "client_ca_file", "tls_certificate", "certificate", "client_ca", "tls_client_ca")


def watch_surroundings(settings: Settings, ended: threading.Event) -> None:
    """Show them once a minute until `ended`."""
    while True:
        show_surroundings(settings)
        if ended.wait(_SECONDS):
            return


def show_surroundings(settings: Settings) -> None:
    """Set the gauges of disks and certificates; for about once a minute."""
    try:
        disk = os.statvfs(settings.data_dir)
    except OSError as error:
        structlog.get_logger().warning("disk_unknown", reason=error.strerror)
    else:
        metrics.DISK_FREE.labels("data_dir").set(disk.f_bavail * disk.f_frsize)
        metrics.DISK_SIZE.labels("data_dir").set(disk.f_blocks * disk.f_frsize)
    for name, path in certificate_files(settings):
        try:
            metrics.NOT_AFTER.labels(name).set(not_after(path))
        except (OSError, ValueError) as error:
            structlog.get_logger().warning("certificate_unknown", setting=name, reason=str(error))


def certificate_files(section: BaseModel, prefix: str = "") -> Iterator[tuple[str, Path]]:
    """The dotted name of each setting that names a certificate's file, and the file."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from certificate_files(value, f"{prefix}{name}.")
        elif isinstance(value, tuple):
            for number, one in enumerate(value):
                if isinstance(one, BaseModel):
                    yield from certificate_files(one, f"{prefix}{name}.{number}.")
        elif isinstance(value, Path) and name in _PEM:
            yield prefix + name, value


def not_after(path: Path) -> float:
    """Seconds since 1970. Of a chain it is the first certificate, our own. Raises OSError, ValueError."""
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc.timestamp()
