"""medallion, a real TAXII 2.1 server, on loopback with its memory back end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medallion import application_instance, register_blueprints, set_config
from medallion.backends.memory_backend import MemoryBackend
from werkzeug.serving import WSGIRequestHandler, make_server

COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
READ_ONLY = "52892447-4d7e-4f70-b94d-d7f22742ff63"


@dataclass
class Taxii:
    """`answers` are statuses that the next pushes get instead of medallion's answer."""

    port: int
    backend: Any
    password_file: Path = Path()
    requests: list[tuple[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/trustgroup1/"

    def target(self, **more: Any) -> dict[str, Any]:
        """Settings of a target that pushes here."""
        login = {"user": "vagt", "password_file": str(self.password_file)}
        return {"name": "cert", "kind": "taxii", "url": self.url, "collection": COLLECTION} | login | more

    def empty(self, max_content_length: int = 10_000_000) -> None:
        """Forget everything; `max_content_length` bounds a request's bytes."""
        self.requests.clear()
        self.answers.clear()
        self.backend.data.clear()
        self.backend.data.update(_content(max_content_length))

    def objects(self) -> list[dict[str, Any]]:
        """What the collection holds, oldest first."""
        (collection, _) = self.backend.data["trustgroup1"]["collections"]
        found: list[dict[str, Any]] = collection["objects"]
        return found

    def pushes(self) -> int:
        return sum(method == "POST" for method, _ in self.requests)


def _content(max_content_length: int) -> dict[str, Any]:
    def collection(identity: str, *, can_write: bool) -> dict[str, Any]:
        common = {"title": "From the units", "can_read": True, "can_write": can_write}
        return {"id": identity, "media_types": [], "manifest": [], "objects": [], **common}

    information = {
        "title": "Municipal CERT",
        "versions": ["application/taxii+json;version=2.1"],
        "max_content_length": max_content_length,
    }
    collections = [collection(COLLECTION, can_write=True), collection(READ_ONLY, can_write=False)]
    return {
        "/discovery": {"title": "CERT", "api_roots": ["http://127.0.0.1/trustgroup1/"]},
        "trustgroup1": {"information": information, "status": [], "collections": collections},
    }


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def taxii_server() -> Iterator[Taxii]:
    """The server; one in a process, as medallion's application is a module's global."""
    set_config(application_instance, "users", {"users": {"vagt": "kodeord"}})
    set_config(application_instance, "taxii", {"taxii": {"max_page_size": 1000}})
    backend = MemoryBackend()
    application_instance.medallion_backend = backend
    register_blueprints(application_instance)

    def application(environ: dict[str, Any], start: Any) -> Any:
        server.requests.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if server.answers and environ["REQUEST_METHOD"] == "POST":
            status = server.answers.pop(0)
            start(f"{status} told by the test", [("Content-Type", "application/taxii+json;version=2.1")])
            return [b"{}"]
        return application_instance(environ, start)

    http = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    server = Taxii(http.server_port, backend)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
