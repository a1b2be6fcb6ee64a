"""Ports for servers of tests."""

import random
import socket

_FIRST, _LAST = 15_000, 32_000  # below the range that outgoing connections take theirs from: a server killed and started
# again on the same port would otherwise find it taken by a client


def free_port() -> int:
    """A TCP port on loopback that is free now."""
    while True:
        port = random.randrange(_FIRST, _LAST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
