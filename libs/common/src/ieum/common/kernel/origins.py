"""Where people reach Ieum in their browsers: an origin (RFC 6454), over TLS but on this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def check_origin(origin: str | None) -> str | None:
    """`https://host[:port]` without a path; http on this machine alone. Raises ValueError."""
    if origin is None:
        return None
    parts = urlsplit(origin)
    if origin != f"{parts.scheme}://{parts.netloc}" or not parts.hostname or "@" in parts.netloc:
        raise ValueError("expected https://host[:port], without a path")
    if not is_private(origin):
        raise ValueError("expected https: cookies and tokens travel by it")
    return origin


def is_private(url: str) -> bool:
    """Whether nobody on the way can read what is sent to a URL: TLS, or this machine itself."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
