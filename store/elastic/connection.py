"""Settings to a client of Elasticsearch, and its errors as ours, which say what an operator has to do."""

import logging
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from elasticsearch import ApiError, Elasticsearch, TransportError
from elasticsearch.exceptions import AuthenticationException, SSLError, UnsupportedProductError

from vagt.errors import DependencyError
from vagt.settings.elasticsearch import ElasticsearchSettings

_WAYS_OUT = {
    401: "it does not know who we are: see elasticsearch.user and password_file, or api_key_file",
    403: "our role does not allow it; `vagt elastic check` says what is missing",
    429: "it has too much to do, or takes no writes now",
}
_Mark = tuple[tuple[int, int], ...]


class Connection:
    """One process's connections; safe to use from several threads. Credentials and the authority are read again when their
    files change, so that a password, a key or a certificate can be replaced while we run."""

    def __init__(self, settings: ElasticsearchSettings, *, connections: int = 10) -> None:
        """`connections`: how many requests to one node may be under way at a time."""
        self._settings = settings
        self._connections = connections
        self._lock = threading.Lock()
        self._client: Elasticsearch | None = None
        self._mark: _Mark = ()
        self.place = ", ".join(settings.urls)
        # the library would put whole requests and answers, and with them log content, together for its debug log
        logging.getLogger("elastic_transport.node").propagate = False
        logging.getLogger("elastic_transport.transport").setLevel(logging.ERROR)

    @property
    def client(self) -> Elasticsearch:
        """The library's client; it repeats nothing by itself. Raises DependencyError where a file cannot be read."""
        with self._lock:
            mark = self._read_mark()
            if self._client is None or mark != self._mark:
                self._client, self._mark = self._connect(), mark
            return self._client

    def ask(self, method: str, path: str, body: Any = None, *, params: Mapping[str, Any] | None = None) -> Any:
        """The answer's JSON. `body` is JSON, or bytes that are sent as they are (NDJSON).

        Raises DependencyError for all that time or an operator puts right, and the library's ApiError (its NotFoundError
        for 404) for a request that is wrong.
        """
        kind = "application/x-ndjson" if isinstance(body, bytes) else "application/json"
        headers = {"accept": "application/json"} | ({"content-type": kind} if body is not None else {})
        with self.translated():
            return self.client.perform_request(method, path, params=params, headers=headers, body=body).body

    def knows(self, user: str, password: str) -> bool:
        """Whether a user may log in with this password. Raises DependencyError."""
        with self.translated():
            try:
                as_user = self.client.options(basic_auth=(user, password))
                as_user.perform_request("GET", "/_security/_authenticate", headers={"accept": "application/json"})
            except AuthenticationException:
                return False
        return True

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Errors of the library inside, as those that `ask` raises."""
        try:
            yield
        except UnsupportedProductError:
            raise DependencyError(f"{self.place} is no Elasticsearch; see elasticsearch.urls") from None
        except ApiError as error:
            status = error.status_code
            if status not in _WAYS_OUT and status < 500:
                raise
            way_out = _WAYS_OUT.get(status, "it cannot answer now; it is asked again")
            raise DependencyError(f"Elasticsearch at {self.place} answers {status} ({_reason(error)}): {way_out}") from None
        except SSLError as error:
            text = f"no trusted TLS connection to Elasticsearch at {self.place} ({error.message}); see elasticsearch.ca_file"
            raise DependencyError(text) from None
        except TransportError as error:
            raise DependencyError(f"Elasticsearch at {self.place} does not answer ({error.message[:300]})") from None

    def close(self) -> None:
        """Free the connections; the next call opens them again."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _connect(self) -> Elasticsearch:
        """The client before is not closed: other threads may be waiting for its answers. Its sockets go with it."""
        settings = self._settings
        options: dict[str, Any] = {}
        if any(url.startswith("https:") for url in settings.urls):
            options["ssl_context"] = self._trusted()
        if settings.api_key_file is not None:
            options["api_key"] = secret(settings.api_key_file, "api_key_file")
        elif settings.user is not None and settings.password_file is not None:
            options["basic_auth"] = (settings.user, secret(settings.password_file, "password_file"))
        return Elasticsearch(
            [_with_port(url) for url in settings.urls],
            request_timeout=settings.timeout_seconds,
            connections_per_node=self._connections,
            http_compress=settings.compress,
            max_retries=0,
            retry_on_status=(),
            max_dead_node_backoff=5,
            **options,
        )

    def _trusted(self) -> ssl.SSLContext:
        file = self._settings.ca_file
        try:
            return ssl.create_default_context(cafile=str(file) if file is not None else None)
        except (OSError, ssl.SSLError) as error:
            raise DependencyError(f"elasticsearch.ca_file: {file} is no readable PEM file ({error})") from None

    def _read_mark(self) -> _Mark:
        """Changes when one of the files does."""
        settings = self._settings
        files = [file for file in (settings.ca_file, settings.password_file, settings.api_key_file) if file is not None]
        try:
            found = [file.stat() for file in files]
        except OSError as error:
            raise DependencyError(f"cannot read {error.filename} ({error.strerror}); see the settings elasticsearch") from None
        return tuple((one.st_mtime_ns, one.st_ino) for one in found)


def secret(file: Path, name: str) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise DependencyError(f"elasticsearch.{name}: cannot read {file}") from None
    if not text:
        raise DependencyError(f"elasticsearch.{name}: {file} is empty")
    return text


def _with_port(url: str) -> str:
    """The library wants a port in every url; without one it is that of the scheme."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    host_ends = authority.rfind("]")  # of an IPv6 address
    if ":" not in authority[host_ends + 1 :]:
        authority += ":443" if scheme == "https" else ":80"
    return f"{scheme}://{authority}{slash}{path}"


def _reason(error: ApiError) -> str:
    """What went wrong, without the request's content."""
    body = error.body
    cause = body.get("error") if isinstance(body, dict) else None
    if isinstance(cause, dict):
        return f"{cause.get('type')}: {cause.get('reason')}"[:300]
    return str(error.message)[:300]
