"""Addresses as Cisco's devices write them."""

from functools import lru_cache

_LENGTH = 17


@lru_cache(maxsize=8192)
def mac_address(text: str) -> str | None:
    """`0000.5e00.5301`, `00:00:5e:00:53:01` or `00-00-5e-00-53-01` as ECS writes it; None for what is no MAC address."""
    digits = text.replace(".", "").replace(":", "").replace("-", "").upper()
    found = "-".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    return found if len(found) == _LENGTH and all(digit in "0123456789ABCDEF" for digit in digits) else None
