"""Settings of the room `triage`. The minutes are vagt's own starting values; a unit puts those of its service agreement."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from vagt.settings.safe_url import require_safe_url
from vagt.settings.section import Section

Priority = Literal["P1", "P2", "P3"]
Level = Literal["informational", "low", "medium", "high", "critical"]
Language = Literal["da", "en"]


class LevelPriorities(Section):
    """The priority that a finding of each level starts with."""

    critical: Priority = Field(default="P1", description="for critical findings")
    high: Priority = Field(default="P2", description="for high findings")
    medium: Priority = Field(default="P3", description="for medium findings")
    low: Priority = Field(default="P3", description="for low findings")
    informational: Priority = Field(default="P3", description="for informational findings")


class ResponseMinutes(Section):
    """Minutes from opening to acknowledgement, by priority; service hours are 24x7."""

    p1: int = Field(default=15, gt=0, description="minutes for P1")
    p2: int = Field(default=60, gt=0, description="minutes for P2")
    p3: int = Field(default=480, gt=0, description="minutes for P3")


class ResolutionMinutes(Section):
    """Minutes from opening to resolution, by priority; service hours are 24x7."""

    p1: int = Field(default=240, gt=0, description="minutes for P1")
    p2: int = Field(default=1440, gt=0, description="minutes for P2")
    p3: int = Field(default=7200, gt=0, description="minutes for P3")


class RecipientSettings(Section):
    """One mailbox of a role: a function mailbox, not a person's (holiday, sickness)."""

    address: str = Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$", description="where mail goes")
    tenants: tuple[str, ...] = Field(default=(), description="only incidents of these; empty: of all")
    language: Language | None = Field(default=None, description="None: the unit's `language`")


class NotifySettings(Section):
    """Which roles are told of what."""

    opened_p1: tuple[str, ...] = Field(default=("soc_analyst", "it_security_officer", "duty_manager"), description="a new P1")
    opened_p2: tuple[str, ...] = Field(default=("soc_analyst", "it_security_officer"), description="a new P2")
    near_breach: tuple[str, ...] = Field(default=("soc_analyst", "duty_manager"), description="a clock that is nearly out")
    breached: tuple[str, ...] = Field(default=("soc_analyst", "duty_manager", "it_security_officer"), description="a clock out")


class MailSettings(Section):
    """The mail server that notifications go out through. No `host`: no mail."""

    host: str | None = Field(default=None, description="name or address")
    port: int = Field(default=587, gt=0, lt=65536, description="587 with starttls, 465 with implicit")
    tls: Literal["starttls", "implicit", "none"] = Field(default="starttls", description="none only for a server on loopback")
    ca_file: Path | None = Field(default=None, description="PEM; None: the system's authorities")
    user: str | None = Field(default=None, description="log in as; needs password_file")
    password_file: Path | None = Field(default=None, description="file that holds the password alone")
    sender: str = Field(default="vagt@example.org", description="the From address")

    @model_validator(mode="after")
    def _consistent(self) -> "MailSettings":
        if self.tls == "none" and self.host not in (None, "localhost", "127.0.0.1", "::1"):
            raise ValueError("tls: none is for a mail server on loopback only; use starttls or implicit")
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file go together")
        return self


class WebhookSettings(Section):
    """An address that gets notifications as JSON, signed with HMAC-SHA256 (header X-Vagt-Signature)."""

    name: str = Field(pattern=r"^[a-z0-9_-]{1,40}$", description="shown in receipts")
    url: str = Field(description="https, or http to loopback")
    secret_file: Path = Field(description="file that holds the signing secret alone")
    roles: tuple[str, ...] = Field(default=("soc_analyst",), description="the roles that it stands for")
    tenants: tuple[str, ...] = Field(default=(), description="only incidents of these; empty: of all")
    ca_file: Path | None = Field(default=None, description="PEM; None: the system's authorities")

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        return require_safe_url(url)


class RetrySettings(Section):
    """How a notification that cannot be delivered is repeated, and when it is given up (which is a finding)."""

    attempts: int = Field(default=8, gt=0, description="then it is given up")
    first_seconds: int = Field(default=30, gt=0, description="the first wait; each next one is twice as long")
    longest_seconds: int = Field(default=3600, gt=0, description="no wait is longer")
    timeout_seconds: float = Field(default=10, gt=0, description="for each answer of a mail server or webhook")


class TriageSettings(Section):
    """Settings of `triage`."""

    window_minutes: int = Field(default=60, gt=0, description="a finding joins an open incident this long after its last one")
    minimum_level: Level = Field(default="low", description="findings below it are kept but open no incident")
    level_priority: LevelPriorities = Field(default=LevelPriorities(), description="a level's priority")
    raise_at_rules: int = Field(default=3, gt=1, description="so many different rules on one incident raise it one priority")
    entity_weights: dict[str, int] = Field(
        default_factory=dict, description="pattern of entity (`host:dc*`) -> priorities that it raises an incident by"
    )
    response_minutes: ResponseMinutes = Field(default=ResponseMinutes(), description="to acknowledge")
    resolution_minutes: ResolutionMinutes = Field(default=ResolutionMinutes(), description="to resolve")
    near_breach: float = Field(default=0.8, gt=0, lt=1, description="the part of a clock after which people are warned")
    repeat_memory: int = Field(default=10_000, ge=0, description="event ids remembered of each finding, to count each once")
    retention_days: int = Field(
        default=396, gt=0, description="closed incidents and findings are deleted then (CFCS: 13 months)"
    )
    console_url: str | None = Field(default=None, description="where incidents are shown, for links: https://vagt.example.org")
    roles: dict[str, tuple[RecipientSettings, ...]] = Field(default_factory=dict, description="role -> its mailboxes")
    notify: NotifySettings = Field(default=NotifySettings(), description="who is told of what")
    mail: MailSettings = Field(default=MailSettings(), description="the mail server")
    webhooks: tuple[WebhookSettings, ...] = Field(default=(), description="addresses that get JSON")
    retry: RetrySettings = Field(default=RetrySettings(), description="repeats of notifications")
