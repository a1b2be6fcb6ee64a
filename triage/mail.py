"""One notification by mail (SMTP, RFC 5321; TLS unless the server is on loopback and the settings say none)."""

import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from triage.first_action import FirstActions
from triage.message_text import body_of, subject_of
from vagt.clock import from_iso
from vagt.errors import DependencyError
from vagt.settings.triage import MailSettings


def build_mail(
    note: Mapping[str, Any], actions: FirstActions, settings: MailSettings, link: str | None, sent: str
) -> EmailMessage:
    """The mail of a row of `notifications`; the same row gives the same Message-ID, so that a repeat can be told."""
    content, language = note["content"], note["language"]
    mail = EmailMessage()
    mail["Subject"] = subject_of(note["kind"], content, language)
    mail["From"] = settings.sender
    mail["To"] = note["recipient"]
    mail["Date"] = format_datetime(from_iso(sent))
    mail["Message-ID"] = f"<{note['id']}@{settings.sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
    if content["priority"] == "P1":
        mail["Importance"] = "high"
    mail.set_content(body_of(content, actions.get(content["first_action"]), language, link))
    return mail


def send_mail(mail: EmailMessage, settings: MailSettings, timeout: float) -> None:
    """Hand the mail to the server. Raises DependencyError with the reason."""
    try:
        with _connect(settings, timeout) as server:
            if settings.user is not None and settings.password_file is not None:
                server.login(settings.user, settings.password_file.read_text(encoding="utf-8").strip())
            server.send_message(mail)
    except (smtplib.SMTPException, OSError) as error:
        raise DependencyError(f"mail server {settings.host}:{settings.port}: {_reason(error)}") from error


def _connect(settings: MailSettings, timeout: float) -> smtplib.SMTP:
    host = settings.host or "localhost"
    if settings.tls == "none":
        return smtplib.SMTP(host, settings.port, timeout=timeout)
    context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    if settings.tls == "implicit":
        return smtplib.SMTP_SSL(host, settings.port, timeout=timeout, context=context)
    server = smtplib.SMTP(host, settings.port, timeout=timeout)
    try:
        server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


def _reason(error: Exception) -> str:
    """The error without the recipient's address, which an SMTP refusal carries."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({str(code) for code, _ in error.recipients.values()})
        return f"recipient refused ({', '.join(codes)})"
    return f"{type(error).__name__}: {error}"[:300]
