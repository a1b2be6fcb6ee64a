"""What fail2ban's own test lines mark as a match gives an event with that address and a failure, whatever the program."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
# products of which other sources answer: web servers' and postfix' own logs
ELSEWHERE = ("apache-", "nginx-", "postfix", "haproxy-", "squid", "php-url-fopen", "traefik-", "zoneminder")
# what a line holds, and why no event of that line alone can have an address and a failure
IMPOSSIBLE = {
    "Accepted password for ": "the login succeeded; what failed stands in earlier lines of the same process",
    "Disconnecting: Too many authentication failures": "no address in the line",
    "Read from socket failed": "no address in the line",
    "kex_exchange_identification: read: ": "no address in the line",
    "Unable to negotiate a key exchange method": "no address in the line",
    "no matching mac found": "no address in the line",
    "sshd[424228]: Connection closed by 192.0.2.15 port 35352": "an earlier line says that it was before the login",
    "] end connection ": "mongod's end of any connection; what failed stands in an earlier line",
}


@pytest.fixture(scope="module")
def answers(corpus: Path) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Every case that fail2ban matches, and the events of its line, the source not named."""
    lines = (corpus / "corpus" / "fail2ban" / "cases.jsonl").read_text().splitlines()
    cases = [case for case in map(json.loads, lines) if case["expected"] and case["expected"].get("match")]
    asked = "".join(json.dumps({"id": case["id"], "source": None, "raw": case["raw"]}) + "\n" for case in cases)
    command = [sys.executable, "-m", "vagt", "normalise", "--ndjson"]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, cwd=ROOT)
    events = {one["id"]: one.get("events") or [] for one in map(json.loads, done.stdout.splitlines())}
    return [(case, events[case["id"]]) for case in cases]


def has_address(event: dict[str, Any], host: str | None) -> bool:
    source = event.get("source", {})
    return host is None or host.lower() in (str(source.get(name, "")).lower() for name in ("ip", "address", "domain"))


def is_failure(event: dict[str, Any]) -> bool:
    return event["event"].get("outcome") == "failure" or "denied" in event["event"].get("type", [])


@pytest.mark.corpus
def test_every_match_has_its_address_and_is_a_failure(answers: list[tuple[dict[str, Any], list[dict[str, Any]]]]) -> None:
    good: Counter[str] = Counter()
    missed = []
    for case, events in answers:
        product, line = case["product"], case["raw"]
        if product.startswith(ELSEWHERE) or any(words in line for words in IMPOSSIBLE):
            continue
        if any(has_address(event, case["expected"].get("host")) and is_failure(event) for event in events):
            good[product] += 1
        else:
            missed.append(f"{product}: {line[:160]}")
    assert missed == []
    assert sum(good.values()) >= 420
