"""A host's name to its registered domain, by the Public Suffix List (https://publicsuffix.org/) that the package carries."""

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from normalise.conform import valid_ip

_LONGEST = 253  # RFC 1035 §2.3.4, in text


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


@lru_cache(maxsize=65536)
def domain_fields(name: str) -> dict[str, str]:
    """`registered_domain`, `top_level_domain` and, where there is more before it, `subdomain`.

    Nothing for an address, a bare host, and a name under no public suffix (`dc01.example.internal`). Nobody may change the
    answer.
    """
    lower = name.lower().rstrip(".")
    if "." not in lower or len(lower) > _LONGEST or valid_ip(lower):
        return {}
    registered = _suffixes().privatesuffix(lower)
    if registered is None:
        return {}
    fields = {"registered_domain": registered, "top_level_domain": registered.partition(".")[2]}
    if len(registered) < len(lower):
        fields["subdomain"] = lower[: -len(registered) - 1]
    return fields
