"""`dns`: question, answers and flags, as ECS has them."""

from typing import Any

from normalise.conform import valid_ip
from normalise.sources.zeek_logs.network import Record
from normalise.sources.zeek_logs.stamps import nanoseconds
from vagt.contracts.event import Event

_CLASSES = {"C_INTERNET": "IN", "C_CHAOS": "CH", "C_HESIOD": "HS", "C_NONE": "NONE", "C_ANY": "ANY"}
_FLAGS = ("AA", "TC", "RD", "RA")


def add_dns(event: Event, inner: dict[str, Any], record: Record, network: dict[str, Any]) -> None:
    """A lookup; without an answer's code it is a query that nobody answered (or whose answer was not seen)."""
    question: dict[str, Any] = {}
    if "query" in record:
        question["name"] = record["query"]
    if "qtype_name" in record:
        question["type"] = record["qtype_name"]
    if (name := record.get("qclass_name")).__class__ is str:
        question["class"] = _CLASSES.get(str(name), name)
    dns: dict[str, Any] = {"question": question} if question else {}
    if "trans_id" in record:
        dns["id"] = str(record["trans_id"])
    flags = [flag for flag in _FLAGS if record.get(flag) is True]
    if flags:
        dns["header_flags"] = flags
    answered = "rcode_name" in record or "answers" in record
    dns["type"] = "answer" if answered else "query"
    if (code := record.get("rcode_name")).__class__ is str:
        dns["response_code"] = code
        inner["outcome"] = "success" if code == "NOERROR" else "failure"
    if (answers := record.get("answers")).__class__ is list:
        _put_answers(dns, answers or [], record.get("TTLs"))
    event["dns"] = dns
    if (duration := nanoseconds(record.get("rtt"))) is not None:
        inner["duration"] = duration


def _put_answers(dns: dict[str, Any], answers: list[Any], lives: Any) -> None:
    texts = [str(answer) for answer in answers]
    found: list[dict[str, Any]] = [{"data": text} for text in texts]
    if lives.__class__ is list and len(lives) == len(texts):
        for answer, life in zip(found, lives, strict=True):
            if life.__class__ in (int, float) and 0 <= life < 2**32:
                answer["ttl"] = int(life)
    dns["answers"] = found
    if addresses := [text for text in texts if valid_ip(text)]:
        dns["resolved_ip"] = addresses
