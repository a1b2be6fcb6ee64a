"""What a notification says, in Danish and English: no log content, no user or host by name; the console has those."""

from collections.abc import Mapping
from typing import Any

from triage.first_action import FirstAction

_KIND = {
    "opened_p1": {"da": "Ny hændelse P1", "en": "New incident P1"},
    "opened_p2": {"da": "Ny hændelse P2", "en": "New incident P2"},
    "response_near_breach": {"da": "Svarfrist nærmer sig", "en": "Response time nearly out"},
    "response_breached": {"da": "Svarfrist overskredet", "en": "Response time exceeded"},
    "resolution_near_breach": {"da": "Løsningsfrist nærmer sig", "en": "Resolution time nearly out"},
    "resolution_breached": {"da": "Løsningsfrist overskredet", "en": "Resolution time exceeded"},
}
_WORDS = {
    "da": {
        "municipality": "Kommune/enhed",
        "number": "Hændelse",
        "what": "Hvad",
        "about": "Vedrører",
        "count": "Antal fund",
        "opened": "Åbnet",
        "respond": "Svar senest",
        "resolve": "Løst senest",
        "first": "Første handling",
        "call": "Ring til",
        "link": "Se hændelsen",
    },
    "en": {
        "municipality": "Municipality/unit",
        "number": "Incident",
        "what": "What",
        "about": "Concerns",
        "count": "Findings",
        "opened": "Opened",
        "respond": "Respond by",
        "resolve": "Resolve by",
        "first": "First action",
        "call": "Call",
        "link": "See the incident",
    },
}
_ENTITY = {
    "user": {"da": "en brugerkonto", "en": "a user account"},
    "host": {"da": "en server eller maskine", "en": "a server or machine"},
    "ip": {"da": "en netværksadresse", "en": "a network address"},
    "observer": {"da": "en netværksenhed", "en": "a network device"},
}
_OTHER = {"da": "se konsollen", "en": "see the console"}


def subject_of(kind: str, content: Mapping[str, Any], language: str) -> str:
    """`[P1] 2026-000123 Aarhus: Ny hændelse P1`; one line."""
    words = f"[{content['priority']}] {content['number']} {content['tenant_name']}: {_KIND[kind][language]}"
    return " ".join(words.split())


def body_of(content: Mapping[str, Any], action: FirstAction, language: str, link: str | None) -> str:
    """The plain text of the mail."""
    words = _WORDS[language]
    told = action.in_language(language)
    lines = [
        f"{words['number']}: {content['number']} ({content['priority']})",
        f"{words['municipality']}: {content['tenant_name']}",
        f"{words['what']}: {content['title']}",
        f"{words['about']}: {_ENTITY.get(content['entity_kind'], _OTHER)[language]}",
        f"{words['count']}: {content['finding_count']}",
        f"{words['opened']}: {content['created']} (UTC)",
        f"{words['respond']}: {content['response_due']}",
        f"{words['resolve']}: {content['resolution_due']}",
        "",
        f"{words['first']}: {told['title']}",
        *(f"{number}. {step}" for number, step in enumerate(told["steps"], start=1)),
        f"{words['call']}: {', '.join(told['call'])}",
    ]
    if link:
        lines += ["", f"{words['link']}: {link}"]
    return "\n".join(lines) + "\n"
