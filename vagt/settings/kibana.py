"""Kibana: where `vagt kibana install` loads data views, dashboards and saved searches."""

from pathlib import Path

from pydantic import Field, field_validator, model_validator

from vagt.settings.safe_url import require_safe_url
from vagt.settings.section import Section


class KibanaSettings(Section):
    """Kibana 9. Only `vagt kibana install` uses it."""

    url: str | None = Field(default=None, description="Its address with its base path, as https://kibana.example.org:5601")
    ca_file: Path | None = Field(default=None, description="PEM of its authority; none: the system's")
    user: str | None = Field(default=None, description="Log in with user and password_file")
    password_file: Path | None = Field(default=None, description="A file that holds the password alone")
    api_key_file: Path | None = Field(default=None, description="A file that holds an encoded API key; in place of a user")
    space: str = Field(
        default="vagt", pattern=r"^[a-z0-9_-]+$", description="The space of the unit's analysts, made if it is not there"
    )
    console_url: str | None = Field(default=None, description="Address of vagt's console, which incident numbers link to")
    timeout_seconds: float = Field(default=60, gt=0, description="For each answer")

    @field_validator("url", "console_url")
    @classmethod
    def _safe(cls, url: str | None) -> str | None:
        return url if url is None else require_safe_url(url)

    @model_validator(mode="after")
    def _complete(self) -> "KibanaSettings":
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file go together")
        if self.user is not None and self.api_key_file is not None:
            raise ValueError("give user and password_file, or api_key_file, not both")
        return self
