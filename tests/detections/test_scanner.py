"""Both scanners find the same literals, whatever the case of ASCII letters in the document."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detections import scanner
from detections.scanner import AhoCorasickScanner, HyperscanScanner, quick_to_scan

hyperscan = pytest.importorskip("hyperscan")
PIECES = st.sampled_from([b"a", b"B", b"c", b'"', b"\\", b"\\\\", b"\n", b".*", b"[", b"\xc5\xbf", b"\xff", b"x" * 300])
TEXTS = st.lists(PIECES, min_size=1, max_size=5).map(b"".join)


@given(
    st.lists(TEXTS.map(bytes.lower), min_size=1, max_size=6, unique=True),
    st.lists(TEXTS | st.just(b"\0"), max_size=8).map(b"".join),
)
def test_both_find_the_same(literals: list[bytes], document: bytes) -> None:
    expected = {index for index, literal in enumerate(literals) if literal in document.lower()}
    for made in (
        HyperscanScanner(literals),
        AhoCorasickScanner(literals, dense=True),
        AhoCorasickScanner(literals, dense=False),
    ):
        for _ in range(2):
            found = list(made.found(document))
            assert set(found) == expected
            assert len(found) == len(expected)


def test_what_hyperscan_cannot_compile_is_left_to_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(literals: Sequence[bytes]) -> HyperscanScanner:
        raise hyperscan.CompilerError("too large")

    monkeypatch.setattr(scanner, "HyperscanScanner", refuse)
    made = quick_to_scan([b"needle"])
    assert isinstance(made, AhoCorasickScanner)
    assert made.found(b"a NEEDLE in it") == [0]
