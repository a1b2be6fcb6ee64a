"""Kibana's HTTP API, as far as loading saved objects needs it (status, spaces, saved objects import)."""

import ssl
from pathlib import Path
from typing import Any

import httpx

from kibana.assets import DEFAULT_SPACE
from vagt.errors import DependencyError, SettingsError, UsageError
from vagt.settings.kibana import KibanaSettings

_OLDEST = (9, 0)  # our objects are of types and model versions that it knows
_SENT = {"kbn-xsrf": "vagt"}  # what Kibana asks of every request that changes something


class KibanaConnection:
    """A connection to the Kibana of the settings; a context manager."""

    def __init__(self, settings: KibanaSettings) -> None:
        """Raises SettingsError where there is no Kibana in the settings, or a file of theirs cannot be read."""
        if settings.url is None:
            raise SettingsError("kibana.url is empty; set it to Kibana's address, as https://kibana.example.org:5601")
        self.place = settings.url.rstrip("/")
        self._client = httpx.Client(
            base_url=self.place,
            headers=_SENT | _key(settings),
            auth=_login(settings),
            verify=_trusted(settings),
            timeout=settings.timeout_seconds,
        )

    def __enter__(self) -> "KibanaConnection":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def require_version(self) -> str:
        """Kibana's version. Raises SettingsError where it is too old for our objects, or hides its version from us."""
        answer = self._ask("GET", "/api/status")
        number = answer.get("version", {}).get("number") if isinstance(answer, dict) else None
        if not isinstance(number, str):
            raise SettingsError(f"{self.place} does not tell its version: it is no Kibana, or does not know who we are")
        parts = number.split("-")[0].split(".")
        if not all(part.isdigit() for part in parts) or tuple(int(part) for part in parts[:2]) < _OLDEST:
            raise SettingsError(f"Kibana at {self.place} is {number}; vagt's objects need {_OLDEST[0]}.{_OLDEST[1]} or newer")
        return number

    def create_space(self, space: str, name: str) -> bool:
        """Make the space unless it is there; whether it was made."""
        if self._send("GET", f"/api/spaces/space/{space}").status_code == httpx.codes.OK:
            return False
        body = {"id": space, "name": name, "description": f"vagt: {name}"}
        self._ask("POST", "/api/spaces/space", json=body)
        return True

    def import_objects(self, space: str, ndjson: bytes, *, overwrite: bool) -> dict[str, Any]:
        """Kibana's answer: `success`, `successCount`, `successResults`, and `errors` where there are some."""
        prefix = "" if space == DEFAULT_SPACE else f"/s/{space}"
        answer = self._ask(
            "POST",
            f"{prefix}/api/saved_objects/_import",
            params={"overwrite": "true" if overwrite else "false"},
            files={"file": ("vagt.ndjson", ndjson, "application/ndjson")},
        )
        if not isinstance(answer, dict) or not isinstance(answer.get("success"), bool):
            raise DependencyError(f"Kibana at {self.place} answered the import with something else than its result")
        return answer

    def _ask(self, method: str, path: str, **content: Any) -> Any:
        """The answer's JSON. Raises UsageError where Kibana does not take the request."""
        answer = self._send(method, path, **content)
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise UsageError(f"{self.place} has no {path}: is kibana.url right, with its base path, and the space there?")
        if answer.is_client_error:
            raise UsageError(f"Kibana at {self.place} refuses {path} ({answer.status_code}): {_told(answer)}")
        try:
            return answer.json()
        except ValueError:
            raise DependencyError(f"{self.place} does not answer as a Kibana ({answer.status_code} without JSON)") from None

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        """The answer, good or not. Raises what concerns every request: away, not allowed, broken."""
        try:
            answer = self._client.request(method, path, **content)
        except httpx.HTTPError as error:
            raise DependencyError(
                f"Kibana at {self.place} does not answer ({error}); see kibana.url and kibana.ca_file"
            ) from None
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise SettingsError(
                f"Kibana at {self.place} does not know who we are: see kibana.user and password_file, or api_key_file"
            )
        if answer.status_code == httpx.codes.FORBIDDEN:
            raise SettingsError(f"Kibana at {self.place} does not let us do {path}: {_told(answer)}")
        if answer.is_server_error:
            raise DependencyError(f"Kibana at {self.place} cannot do {path} now ({answer.status_code}): {_told(answer)}")
        return answer


def _login(settings: KibanaSettings) -> tuple[str, str] | None:
    if settings.user is None or settings.password_file is None:
        return None
    return settings.user, _secret(settings.password_file, "password_file")


def _key(settings: KibanaSettings) -> dict[str, str]:
    if settings.api_key_file is None:
        return {}
    return {"authorization": f"ApiKey {_secret(settings.api_key_file, 'api_key_file')}"}


def _secret(file: Path, name: str) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"kibana.{name}: cannot read {file}") from None
    if not text:
        raise SettingsError(f"kibana.{name}: {file} is empty")
    return text


def _trusted(settings: KibanaSettings) -> ssl.SSLContext:
    file = settings.ca_file
    try:
        return ssl.create_default_context(cafile=str(file) if file is not None else None)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"kibana.ca_file: {file} is no readable PEM file ({error})") from None


def _told(answer: httpx.Response) -> str:
    """What Kibana says of its refusal."""
    try:
        body = answer.json()
    except ValueError:
        return "no reason given"
    return str(body.get("message", "no reason given"))[:300] if isinstance(body, dict) else "no reason given"
