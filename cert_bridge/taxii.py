"""A TAXII 2.1 client (OASIS TAXII 2.1 OS, 2021) of what a push needs: add objects, follow the status, check the collection."""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic, sleep
from types import TracebackType
from typing import Any

import httpx
import orjson

from cert_bridge.stix_objects import Stix
from vagt.clock import from_iso
from vagt.errors import DependencyError
from vagt.settings.cert_bridge import CertRetrySettings, TargetSettings

MEDIA_TYPE = "application/taxii+json;version=2.1"
_REASONS = {
    401: "not logged in: see user and password_file, token_file or certificate_file",
    403: "not allowed: this login may not write to the collection",
    404: "not found: see url (the API root) and collection",
    406: "the server speaks no TAXII 2.1",
    413: "one object alone is larger than the server takes",
    415: "the server takes no TAXII 2.1",
    422: "the server cannot use the objects",
}
_POLL_SECONDS = 0.5


@dataclass(slots=True)
class PushResult:
    """`accepted`: (id, version) that the server holds now; `pending`: status ids not yet complete; `refused`: id -> message.
    `lost`: the server no longer knows a status that was pending; `known`: how many of the accepted it had before."""

    status_ids: list[str] = field(default_factory=list)
    accepted: list[tuple[str, str]] = field(default_factory=list)
    known: int = 0
    pending: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    lost: bool = False


class TaxiiClient:
    """One API root and collection. Every method raises DependencyError with what to look at. Use it as a context manager."""

    def __init__(
        self,
        target: TargetSettings,
        retry: CertRetrySettings,
        seconds: Callable[[], float] = monotonic,
        wait: Callable[[float], None] = sleep,
    ) -> None:
        self.target = target
        self.retry = retry
        self.seconds = seconds
        self.wait = wait
        self.root = (target.url or "").rstrip("/")
        self.collection = f"{self.root}/collections/{target.collection}"
        try:
            self.http = httpx.Client(
                timeout=retry.timeout_seconds,
                headers={"Accept": MEDIA_TYPE} | _bearer(target),
                auth=_basic(target),
                verify=_trust(target),
                follow_redirects=False,
                trust_env=False,
            )
        except (OSError, ssl.SSLError) as error:
            raise DependencyError(f"target {target.name}: cannot use its certificate, key or password file: {error}") from error

    def __enter__(self) -> "TaxiiClient":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.http.close()

    def check(self) -> dict[str, Any]:
        """What the server says of its API root and our collection. Raises DependencyError where we could not push."""
        root = self._json("GET", f"{self.root}/")
        collection = self._json("GET", f"{self.collection}/")
        if not collection.get("can_write"):
            raise DependencyError(f"target {self.target.name}: 403 {_REASONS[403]}")
        return {
            "api_root": root.get("title"),
            "versions": root.get("versions", []),
            "max_content_length": root.get("max_content_length"),
            "collection": collection.get("title"),
            "can_read": bool(collection.get("can_read")),
            "can_write": True,
        }

    def push(self, objects: Sequence[Stix]) -> PushResult:
        """Add `objects`, in parts where the server finds them too large, and follow the status for a while."""
        result = PushResult()
        self._push(list(objects), result)
        return result

    def follow(self, status_ids: Sequence[str], objects: Sequence[Stix]) -> PushResult:
        """What became of pushes of `objects` that were pending; told only once all of them are complete."""
        result = PushResult(status_ids=list(status_ids))
        failed: dict[str, str] = {}
        for status_id in status_ids:
            response = self._request("GET", f"{self.root}/status/{status_id}/")
            if response.status_code == 404:
                result.lost = True
                continue
            status = self._document(response, (200,))
            if status.get("status") == "pending":
                result.pending.append(status_id)
            failed |= self._failures(status)
        if not result.lost and not result.pending:
            self._sort(objects, failed, result)
        return result

    def _push(self, objects: list[Stix], result: PushResult) -> None:
        body = orjson.dumps({"objects": objects})
        response = self._request("POST", f"{self.collection}/objects/", body)
        if response.status_code == 413 and len(objects) > 1:
            middle = len(objects) // 2
            self._push(objects[:middle], result)
            self._push(objects[middle:], result)
            return
        status = self._document(response, (202, 200))
        end = self.seconds() + self.retry.status_seconds
        while status.get("status") == "pending" and self.seconds() < end:
            self.wait(_POLL_SECONDS)
            status = self._json("GET", f"{self.root}/status/{status['id']}/")
        self._read_status(status, objects, result)

    def _read_status(self, status: dict[str, Any], objects: Sequence[Stix], result: PushResult) -> None:
        status_id = str(status.get("id", ""))
        result.status_ids.append(status_id)
        if status.get("status") == "pending":
            result.pending.append(status_id)
            return
        self._sort(objects, self._failures(status), result)

    def _failures(self, status: dict[str, Any]) -> dict[str, str]:
        failed = {str(one.get("id")): str(one.get("message") or "no reason given") for one in status.get("failures") or []}
        if status.get("failure_count") and not failed:
            raise DependencyError(f"target {self.target.name}: {status['failure_count']} objects failed, the status names none")
        return failed

    def _sort(self, objects: Sequence[Stix], failed: dict[str, str], result: PushResult) -> None:
        for stix in objects:
            version = version_of(stix)
            if stix["id"] not in failed:
                result.accepted.append((stix["id"], version))
            elif self._holds(stix["id"], version):
                result.accepted.append((stix["id"], version))
                result.known += 1
            else:
                result.refused[stix["id"]] = failed[stix["id"]][:200]

    def _holds(self, object_id: str, version: str) -> bool:
        """Whether the collection has this version: some servers call an object failed that they already have."""
        response = self._request("GET", f"{self.collection}/objects/{object_id}/versions/")
        if response.status_code != 200:
            return False
        try:
            versions = response.json().get("versions") or []
            return bool(versions) and (not version or _moment(version) in {_moment(one) for one in versions})
        except (ValueError, AttributeError):
            return False

    def _json(self, method: str, url: str) -> dict[str, Any]:
        return self._document(self._request(method, url), (200,))

    def _document(self, response: httpx.Response, good: tuple[int, ...]) -> dict[str, Any]:
        if response.status_code not in good:
            reason = _REASONS.get(response.status_code, "unexpected answer")
            raise DependencyError(f"target {self.target.name}: {response.status_code} {reason}")
        try:
            document = response.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise DependencyError(f"target {self.target.name}: the answer is no TAXII resource; see url")
        return document

    def _request(self, method: str, url: str, body: bytes | None = None) -> httpx.Response:
        headers = {} if body is None else {"Content-Type": MEDIA_TYPE}
        try:
            return self.http.request(method, url, content=body, headers=headers)
        except httpx.HTTPError as error:
            reason = f"{type(error).__name__}: {error}"[:300]
            raise DependencyError(f"target {self.target.name}: {reason}") from error


def version_of(stix: Stix) -> str:
    """The version of an object as TAXII counts it: `modified`, else `created`; none for an observable."""
    return str(stix.get("modified") or stix.get("created") or "")


def _moment(text: str) -> datetime:
    return from_iso(text)


def _bearer(target: TargetSettings) -> dict[str, str]:
    return {"Authorization": f"Bearer {target.token_file.read_text(encoding='utf-8').strip()}"} if target.token_file else {}


def _basic(target: TargetSettings) -> httpx.BasicAuth | None:
    if target.user is None or target.password_file is None:
        return None
    return httpx.BasicAuth(target.user, target.password_file.read_text(encoding="utf-8").strip())


def _trust(target: TargetSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(target.ca_file) if target.ca_file else None)
    if target.certificate_file is not None:
        context.load_cert_chain(str(target.certificate_file), str(target.key_file))
    return context
