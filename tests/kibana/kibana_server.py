"""An HTTPS server that answers as Kibana's documentation says, and refuses what Kibana would refuse.

It is no Kibana: it holds requests to the documented form (method, path, headers, the multipart field `file`, NDJSON), and does
with objects what the documentation says of an import: nothing is created while a conflict or a missing reference is left.
"""

import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from tests.servers.authority import Authority

USER, PASSWORD, API_KEY = "installer", "hemmelig", "aWQ6a2V5"
_BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
Key = tuple[str, str, str]  # space, type, id


@dataclass
class Kibana:
    """Its state. Tests set `version`, `refused` (an id to the error it gets) and `broken` (the status of every answer)."""

    url: str = ""
    ca: Path = Path()
    version: str | None = "9.5.3"
    spaces: dict[str, str] = field(default_factory=lambda: {"default": "Default"})
    objects: dict[Key, dict[str, Any]] = field(default_factory=dict)
    refused: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: int | None = None
    imports: list[tuple[str, bool, int]] = field(default_factory=list)

    def take(self, space: str, lines: list[dict[str, Any]], overwrite: bool) -> dict[str, Any]:
        """The answer to an import."""
        self.imports.append((space, overwrite, len(lines)))
        given = {(space, one["type"], one["id"]) for one in lines}
        errors = [fault for one in lines for fault in self._faults(space, one, given, overwrite)]
        failed = {(space, one["type"], one["id"]) for one in errors}
        done = [one for one in lines if (space, one["type"], one["id"]) not in failed]
        results = [self._result(space, one) for one in done]
        if all(one["error"]["type"] not in ("conflict", "missing_references") for one in errors):
            self.objects |= {(space, one["type"], one["id"]): one for one in done}
        answer = {"success": not errors, "successCount": len(done), "successResults": results, "warnings": []}
        return answer | ({"errors": errors} if errors else {})

    def _faults(self, space: str, one: dict[str, Any], given: set[Key], overwrite: bool) -> Iterator[dict[str, Any]]:
        about = {"type": one["type"], "id": one["id"], "title": one["attributes"]["title"], "meta": {}}
        known = given | set(self.objects)
        missing = [
            {"type": ref["type"], "id": ref["id"]}
            for ref in one["references"]
            if ref["type"] in ("index-pattern", "search") and (space, ref["type"], ref["id"]) not in known
        ]
        if missing:
            yield about | {"error": {"type": "missing_references", "references": missing}}
        elif one["id"] in self.refused:
            yield about | {"error": self.refused[one["id"]]}
        elif not overwrite and (space, one["type"], one["id"]) in self.objects:
            yield about | {"error": {"type": "conflict"}}

    def _result(self, space: str, one: dict[str, Any]) -> dict[str, Any]:
        result = {"type": one["type"], "id": one["id"], "meta": {"title": one["attributes"]["title"]}, "managed": False}
        return result | ({"overwrite": True} if (space, one["type"], one["id"]) in self.objects else {})


class _RefusedError(Exception):
    """What the request is answered with, in Kibana's form."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _handler(kibana: Kibana) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(self._get)

        def do_POST(self) -> None:
            self._answer(self._post)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

        def _answer(self, made: Any) -> None:
            try:
                if kibana.broken is not None:
                    raise _RefusedError(kibana.broken, "out of order")
                if self.headers.get("authorization") not in (_BASIC, f"ApiKey {API_KEY}"):
                    raise _RefusedError(401, "unable to authenticate")
                status, body = 200, made()
            except _RefusedError as refusal:
                status, body = refusal.status, {"statusCode": refusal.status, "error": "Error", "message": str(refusal)}
            content = orjson.dumps(body)
            self.send_response(status)
            self.send_header("content-type", "application/json; charset=utf-8")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _get(self) -> dict[str, Any]:
            path = urlsplit(self.path).path
            if path == "/api/status":
                overall = {"status": {"overall": {"level": "available"}}}
                return overall | ({"version": {"number": kibana.version}} if kibana.version else {})
            space = path.removeprefix("/api/spaces/space/")
            if space in kibana.spaces:
                return {"id": space, "name": kibana.spaces[space], "disabledFeatures": []}
            raise _RefusedError(404, "Not Found")

        def _post(self) -> dict[str, Any]:
            content = self.rfile.read(int(self.headers["content-length"]))
            if not self.headers.get("kbn-xsrf"):
                raise _RefusedError(400, "Request must contain a kbn-xsrf header.")
            parts = urlsplit(self.path)
            if parts.path == "/api/spaces/space":
                return self._create_space(content)
            prefix, _, _ = parts.path.partition("/api/saved_objects/_import")
            space = prefix.removeprefix("/s/") or "default"
            if parts.path != f"{prefix}/api/saved_objects/_import" or space not in kibana.spaces:
                raise _RefusedError(404, "Not Found")
            asked = parse_qs(parts.query, strict_parsing=True)
            if set(asked) - {"overwrite"} or asked.get("overwrite") not in (None, ["true"], ["false"]):
                raise _RefusedError(400, f"[request query]: {parts.query}")
            return kibana.take(space, self._lines(content), asked.get("overwrite") == ["true"])

        def _create_space(self, content: bytes) -> dict[str, Any]:
            space: dict[str, Any] = orjson.loads(content)
            if set(space) - {"id", "name", "description", "color", "initials", "disabledFeatures"} or not space.get("name"):
                raise _RefusedError(400, f"[request body]: {sorted(space)}")
            if space["id"] in kibana.spaces:
                raise _RefusedError(409, f"A space with the identifier {space['id']} already exists.")
            kibana.spaces[space["id"]] = space["name"]
            return space

        def _lines(self, content: bytes) -> list[dict[str, Any]]:
            kind = self.headers["content-type"]
            if not kind.startswith("multipart/form-data"):
                raise _RefusedError(415, "Unsupported Media Type")
            whole = message_from_bytes(f"content-type: {kind}\r\n\r\n".encode() + content, policy=policy.HTTP)
            (part,) = whole.iter_parts()
            if part.get_param("name", header="content-disposition") != "file":
                raise _RefusedError(400, "[request body.file]: expected value of type [Stream]")
            if not str(part.get_filename()).endswith(".ndjson"):
                raise _RefusedError(400, f"Invalid file extension of {part.get_filename()}")
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            return [orjson.loads(line) for line in payload.splitlines()]

    return Handler


@contextmanager
def kibana_server(folder: Path) -> Iterator[Kibana]:
    """A running one with a certificate of its own authority."""
    authority = Authority(folder)
    pem = authority.issue("kibana")
    kibana = Kibana(ca=authority.ca)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(kibana))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem.certificate, pem.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    kibana.url = f"https://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kibana
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
