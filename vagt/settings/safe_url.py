"""Addresses that vagt sends to: https, or http to loopback for tests and a receiver on the same machine."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def require_safe_url(url: str) -> str:
    """`url` itself. Raises ValueError for http to anywhere but loopback, another scheme, or a user name inside it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if "@" in parts.netloc:
        raise ValueError("put no user or password into a url; there are settings for them")
    if host and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))):
        return url
    raise ValueError(f"{url!r} is neither https nor http to loopback")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
