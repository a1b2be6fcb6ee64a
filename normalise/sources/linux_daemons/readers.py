"""What a program's message says: the shapes of all programs, found by the program's name."""

from normalise.sources.linux_daemons.applications import APPLICATIONS
from normalise.sources.linux_daemons.mail import MAIL
from normalise.sources.linux_daemons.remote import REMOTE
from normalise.sources.linux_daemons.shapes import Shape, by_program, read_shapes
from vagt.contracts.event import Event

SHAPES: dict[str, list[Shape]] = by_program((*MAIL, *REMOTE, *APPLICATIONS))
# programs that sign with their own or a site's name, told by what only they write
_BY_WORDS = {
    "|user|": SHAPES["drupal"],
    "FAILED LOGIN for ": SHAPES["horde"],
    "login failure for user ": SHAPES["routeros"],
    "<SECURITY_LOG>: Connection": SHAPES["softethervpn"],
}


def shapes_of(program: str) -> list[Shape] | None:
    """The shapes of a program as a header names it (`cyrus/imaps`, `auth-worker(22401)`, `perdition.imaps`); none of others."""
    name = program.partition("(")[0].rpartition("/")[2].lower()
    shapes = SHAPES.get(name)
    return SHAPES.get(name.partition(".")[0]) if shapes is None and "." in name else shapes


def read_daemon(program: str, message: str, event: Event) -> bool:
    """Whether `message` of `program` is one that is known; if so what it says is added."""
    shapes = shapes_of(program)
    return shapes is not None and read_shapes(shapes, message, event)


def read_by_words(message: str, event: Event) -> bool:
    """The same of a message whose program is none that is known."""
    return any(words in message and read_shapes(shapes, message, event) for words, shapes in _BY_WORDS.items())
