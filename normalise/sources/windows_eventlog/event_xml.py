"""Windows' event XML (`wevtutil /f:xml`, Fluent Bit's Render_Event_As_XML, an event collector) in the shape of EVTX JSON.

The standard library's expat is fed text without a document type, so there are no entities to expand (CWE-776, CWE-611).
"""

from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

from vagt.errors import NormaliseError

Fields = dict[str, Any]
_DEEPEST = 16


def read_events(xml: str) -> list[Fields]:
    """The events of one `<Event>` or `<Events>`. Raises NormaliseError for what is no XML, or declares a document type."""
    start = xml.find("<Event")
    if start < 0 or "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise NormaliseError("no Windows event XML, or it declares a document type, which is refused")
    parser = XMLParser()  # noqa: S314 - without a document type expat has nothing to expand
    try:
        parser.feed(xml[start:].rstrip("\x00 \t\r\n"))
        root = parser.close()
    except (ParseError, ValueError, UnicodeError) as error:
        raise NormaliseError(f"Windows event XML cannot be read: {str(error)[:80]}") from None
    events = [root] if _name(root) == "Event" else [child for child in root if _name(child) == "Event"]
    if not events:
        raise NormaliseError("the XML holds no Windows event")
    return [{"Event": _event(event)} for event in events]


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _event(event: Element) -> Fields:
    found: Fields = {}
    for part in event:
        name = _name(part)
        found[name] = _event_data(part) if name == "EventData" else _element(part, 0)
    return found


def _event_data(part: Element) -> Fields:
    data: Fields = {}
    unnamed: list[str] = []
    for child in part:
        name = child.get("Name")
        value = "".join(child.itertext())
        if name:
            data[name] = value
        elif _name(child) == "Data":
            unnamed.append(value)
        else:
            data[_name(child)] = value
    if unnamed:
        data["Data"] = unnamed if len(unnamed) > 1 else unnamed[0]
    return data


def _element(element: Element, depth: int) -> Any:
    if depth > _DEEPEST:
        raise NormaliseError(f"the XML nests deeper than {_DEEPEST} levels")
    children = [(_name(child), _element(child, depth + 1)) for child in element]
    if not children and not element.attrib:
        return element.text or None
    found: Fields = dict(children)
    if element.attrib:
        found["#attributes"] = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
    if element.text and element.text.strip():
        found["#text"] = element.text
    return found
