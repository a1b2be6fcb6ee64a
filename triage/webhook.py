"""One notification as JSON by HTTP POST, signed: X-Vagt-Signature is `sha256=` and HMAC-SHA256 over `<timestamp>.<body>`."""

import hmac
import ssl
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import httpx
import orjson

from triage.first_action import FirstActions
from vagt.errors import DependencyError
from vagt.settings.triage import WebhookSettings


def build_body(note: Mapping[str, Any], actions: FirstActions, link: str | None) -> bytes:
    """The JSON of a row of `notifications`: what a mail says, as fields, with the first action in both languages."""
    action = actions.get(note["content"]["first_action"])
    document = {
        "id": note["id"],
        "kind": note["kind"],
        "role": note["role"],
        "incident": {"id": note["incident_id"], **note["content"]},
        "first_action": {language: action.in_language(language) for language in ("da", "en")},
        "link": link,
    }
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def sign(secret: bytes, timestamp: int, body: bytes) -> str:
    """The signature that the receiver recomputes; the timestamp (seconds) lets it refuse an old one."""
    return "sha256=" + hmac.new(secret, f"{timestamp}.".encode() + body, sha256).hexdigest()


def post_webhook(hook: WebhookSettings, note_id: str, body: bytes, timestamp: int, timeout: float) -> None:
    """POST to the hook. Raises DependencyError unless it answers 2xx in time."""
    try:
        secret = hook.secret_file.read_bytes().strip()
        headers = {
            "Content-Type": "application/json",
            "X-Vagt-Notification": note_id,
            "X-Vagt-Timestamp": str(timestamp),
            "X-Vagt-Signature": sign(secret, timestamp, body),
        }
        trust = ssl.create_default_context(cafile=str(hook.ca_file)) if hook.ca_file else True
        with httpx.Client(timeout=timeout, verify=trust, follow_redirects=False, trust_env=False) as client:
            response = client.post(hook.url, content=body, headers=headers)
    except (httpx.HTTPError, OSError) as error:
        raise DependencyError(f"webhook {hook.name}: {type(error).__name__}: {error}"[:300]) from error
    if not response.is_success:
        raise DependencyError(f"webhook {hook.name} answered {response.status_code}")
