"""Whether a record carries the number of a firewall's message, `%ASA-6-302013`."""

import re
from collections.abc import Callable


def has_number(products: bytes) -> Callable[[bytes], bool]:
    """Whether a body has a message number of one of `products` (`ASA|PIX`) as its first."""
    search = re.compile(rb"%(" + products + rb")-(?:\w{1,20}-)?[0-7]-\d{6}").search
    return lambda body: search(body) is not None
